"""What a page, or a script in it, says that is no report: the words by which a verdict is told. Patterns only."""

import re

WAF = re.compile(
    rb"eventid|wangfang|\bwaf\b|_waf_|btwaf|yundun|safedog|safeline|yunsuo|wangzhan\.360|jiasule|yunaq|sangfor|"
    rb"your support id is|errors\.aliyun\.com|\xe7\xbd\x91\xe9\x98\xb2G01|\xcd\xf8\xb7\xc0G01|"
    rb"\xe5\x88\x9b\xe5\xae\x87\xe7\x9b\xbe|\xb4\xb4\xd3\xee\xb6\xdc",
    re.IGNORECASE,
)
CHALLENGE = re.compile(
    rb"\$_ts\b|__jsl_clearance|__jsluid|acw_sc__v2|cf-chl-|_cf_chl_opt|/TSPD/|wzwsquestion|wzws_reurl|"
    rb"YunSuoAutoJump|security_verify_data|document\.cookie\s*=.{0,200}location|SafeLineChallenge|/cdn-cgi/js/captcha\.js|"
    rb"aliyun_waf_aa|aliyunwaf_|<(?:meta|script)\b[^>]{0,400}\br=[\"']m[\"']|"
    rb"\xef\xbe\x9f\xcf\x89\xef\xbe\x9f\xef\xbe\x89",  # the kaomoji that AAEncode begins with
    re.DOTALL,
)
MISSING_PAGE = re.compile(
    "页面(?:不存在|找不到|出错|丢失|走丢了|飞走了)|(?:页面|文件|内容|信息|网页|栏目|文章|链接)(?:已经?|可能已?|或已)?被?(?:删除|移除|下线|失效)或(?:者)?不存在|"
    "(?:找不到|无法找到|没有找到|未找到|未能找到)(?:您|你)?(?:要|所|想|正在)*(?:访问|请求|查看|浏览|查找)?的?(?:该|此|这个)?(?:页|网页|内容|文件|文章|资源)|"
    "您(?:要|所|想|正在)*(?:访问|查看|浏览|搜索|查找|请求|找)的(?:页面|网页|内容|信息|资源|文件|栏目)|"
    "(?:该|此|本)(?:页面|网页|信息|文章|内容|栏目|链接)(?:不存在|已(?:经)?被?(?:删除|移除|下线|失效|过期|撤销|停用|关闭))|"
    "(?:文件|内容|(?<!申请)(?<!政府)信息|数据|文章|栏目)不存在(?!数)|已被删除|404 Not Found|Page Not Found|File not found|type=Not Found",
    re.IGNORECASE,
)
# What a page says for the same that says nothing else; in a longer text it may be told of anything.
NOTHING_THERE = re.compile(
    "(?:信息|内容|文章|文档|页面|栏目|稿件)(?:暂|尚|还)?(?:未|没有)(?:公开|发布)|(?:信息|内容|文章|文档|稿件)(?:正在|未通过)?审核|"
    "(?:信息|内容|文章|文档|页面)已(?:经)?(?:撤回|下架|过期|撤销|失效|下线)|没有(?:该|此|这条)(?:信息|文章|内容|页面|文档)|"
    "记录不存在|参数(?:错误|有误|不正确)|非法(?:访问|参数)|未找到页面|页面未找到"
)
TELLS_FIGURES = re.compile(
    r"\d+(?:余|多)?(?:条|个|件|次|处|家)|[条个件次]\s*\d|整改|清理|修复|纠正|"
    # the shortest reports: 本年未发生应公开的政府信息未公开的情况
    "申请|收费|复议|诉讼|应当?公开|[本我][年村乡镇街局办委县市区单部机]"
)
MISSING_TITLE = re.compile("404|不存在|找不到|出错|错误|Not Found|无法访问|提示", re.IGNORECASE)
BROKEN = re.compile(
    r"50[0234]\s*-?\s*(?:Bad Gateway|Internal|Service|Gateway|Server)|HTTP Status 50\d|Internal Server Error|"
    "服务器(?:内部)?错误|服务(?:暂时)?不可用|(?:系统|网站|平台)(?:正在|升级|停机)*维护|正在维护|维护升级中|升级维护中|(?:系统|网站|平台)(?:正在)?升级(?:中|改造)|"
    "服务器繁忙|数据库连接(?:失败|错误|异常)|Service Unavailable|访问人数过多|站点创建成功|没有找到(?:对应的)?站点|系统(?:发生)?错误|"
    "服务时间为|ThinkPHP|Whitelabel Error|"
    r"系统(?:繁忙|异常)|暂停服务|OLE DB Provider|ODBC Driver|mysqli?_connect\(|Fatal error: |Welcome to nginx!|"
    "successfully installed Tomcat",
    re.IGNORECASE,
)
BROWSER_CHECK = re.compile(
    "安全验证|人机验证|访问验证|行为验证|滑块|拖动.{0,6}滑|向右滑动|正在(?:检查|验证|检测)(?:您的)?浏览器|"
    "正在进行.{0,6}(?:验证|检测)|浏览器安全检查|安全检查中|验证码保护|Environment Checking|"
    "请(?:先)?完成.{0,6}验证|频繁.{0,20}验证码|输入.{0,6}验证码.{0,6}(?:继续|访问|浏览)|Just a moment|Checking your browser",
    re.IGNORECASE,
)
BLOCKED_MESSAGE = re.compile(
    "被.{0,12}?(?:拦截|阻断|阻止)|访问(?:被|已)(?:拒绝|禁止)|访问(?:过于|太)?频繁|网防G01|安全狗|云防御|创宇盾|(?:网站|应用)防火墙|非法请求|D盾|疑似(?:攻击|黑客)|"
    "访问行为存在异常|请求已?阻断|非法攻击|(?:攻击|恶意)行为|安全拦截|"
    "Request Rejected|support ID is|Access Denied",
    re.IGNORECASE,
)
# What an error status is not told of unless somebody stands before the portal.
TAKEN_FOR_AN_ATTACK = re.compile(
    "被.{0,12}?(?:拦截|阻断|阻止)|(?:网站|应用)防火墙|疑似(?:攻击|黑客)|非法攻击|(?:攻击|恶意)行为|安全威胁"
)
# Only who stands elsewhere is let in: another network, another country, another program.
ELSEWHERE = re.compile(
    "政务(?:外|内)网|微信客户端(?:中)?打开|地区.{0,6}不支持访问|IP.{0,12}(?:禁止|限制|is blocked)|(?:没有|无)(?:权限|权)(?:访问|查看|浏览)|"
    "没有.{0,4}访问权限",
    re.IGNORECASE,
)
# A portal that has been given up says so, and no more.
CLOSED = re.compile(
    "(?:网站|本站|该站|该站点|站点|平台)(?:现|已)?(?:经)?(?:被管理员)?(?:永久|正式)?(?:下线|关闭|关停|暂停|停用|停止(?:更新|服务|运行|维护))|"
    "(?:网站|本站|页面|栏目)已(?:经)?迁移"
)
FOR_SALE = re.compile(
    "域名.{0,6}(?:出售|转让|过期|续费)|domain .{0,12}for sale|(?:网站|域名).{0,8}未.{0,4}备案", re.IGNORECASE
)
INDECENT = re.compile(
    "成人(?:视频|电影|小说|网站)|无码|一区二区|国产精品|日韩av|欧美日韩|人妻|av(?:在线|天堂)|传奇私服|新开传奇|私服发布",
    re.IGNORECASE,
)
SCRIPT_MOVE = re.compile(
    r"(?:window|self|top|document)?\.?location(?:\.href)?\s*(?:=\s*|\.(?:replace|assign)\s*\(\s*)"
    r"[\"'](?P<url>[^\"']+)[\"']"
)
SCRIPT_OPEN = re.compile(
    r"window\.open\(\s*[\"'](?P<url>[^\"']+)[\"']\s*,\s*[\"']_(?:self|top|parent)|\.navigate\(\s*[\"'](?P<to>[^\"']+)"
)
MOVE_TO_NAME = re.compile(
    r"location(?:\.href)?\s*(?:=\s*|\.(?:replace|assign)\s*\(\s*)(?P<name>[A-Za-z_]\w*)\s*[;)\n]"
)
ALERT = re.compile(r"alert\(\s*[\"']([^\"']{1,200})")
LOGIN_TITLE = re.compile("登录|登陆|身份认证|用户中心|login|log ?on|sign ?in", re.IGNORECASE)
SCAN_TO_ENTER = re.compile("扫码|扫一扫|二维码登|请.{0,4}登[录陆]|未登[录陆]")
ENTER_FIRST = re.compile(
    "请先登[录陆]|重新登[录陆]|(?:会话|登[录陆]|token).{0,3}(?:过期|超时|失效|无效)", re.IGNORECASE
)
LOGIN_PATH = re.compile(
    r"/(?:cas|sso|oauth2?|passport|auth)(?:[/.?]|$)|/[\w-]*(?:log-?in|log-?on|sign-?in)[\w-]*(?:[/.;?]|$)",
    re.IGNORECASE,
)
LOGIN_HOST = re.compile(r"^(?:sso|cas|passport|login|auth|iam|uaa|oauth|tyrz|sfrz)[\d-]*\.", re.IGNORECASE)
BACK_AFTERWARDS = re.compile(
    r"(?:^|&)(?:return_?(?:url|to)|redirect_?(?:url|uri|to)?|service|backurl|goto)=", re.IGNORECASE
)
OF_A_USER = re.compile(r"/(?:user|account|member|uc)(?:/|$)", re.IGNORECASE)
IS_HTML = re.compile(rb"<(?:!doctype html|html|head|body|meta|div|p|table|script)\b", re.IGNORECASE)
XML_ERROR = re.compile(rb"<Error>.*?<Code>(?P<code>NoSuch\w+|AccessDenied)</Code>", re.DOTALL)
# What betting sites say of themselves on a domain that they took over. A report speaks of betting as of an evil.
BETTING = re.compile(
    "博彩|彩票(?:平台|网站|投注|开奖)|体育(?:投注|博彩)|投注(?:平台|网站|网址|官网)|娱乐(?:城|官网|平台|场)|真人(?:娱乐|视讯|荷官|百家乐)|百家乐|"
    "老虎机|六合彩|时时彩|北京赛车|(?:开元|棋牌)(?:棋牌|游戏|官网|平台)|电子游艺|捕鱼(?:达人|游戏)|"
    "九游会|PG电子|麻将胡了|棋牌下载|炸金花|百人牛牛|上下分|威尼斯人|新葡京|太阳城|澳门(?:赌场|皇冠|银河|永利|金沙)|皇冠(?:体育|足球|现金)|赌场|首存|彩金|返水|注册送|"
    "bet365|betway|ag亚游|[a-z]{2,6}体育(?:官网|下载|app)|开云(?:体育|官网)|乐鱼(?:体育|官网)|米兰(?:体育|官网)|华体会|爱游戏",
    re.IGNORECASE,
)
# Names of such sites that no office bears: one in a title is enough, two in a text.
BETTING_NAME = re.compile(
    "皇冠(?:体育|足球|现金)|(?:开云|乐鱼|米兰|星空|九游|亚博|必威|万博|半岛|爱游戏|华体会)(?:体育|官网)|华体会|bet365|betway|ag亚游",
    re.IGNORECASE,
)
AGAINST_BETTING = re.compile(
    "整治|打击|查处|查获|取缔|严禁|禁止|防范|反诈|涉赌|违法|非法|赌博机|案件|清理|治理|举报|警惕|篡改|暗链|黑链"
)
# Clones write a Han character with its pinyin behind it (根據(jù)), to look new to a search engine.
PINYIN_INSERT = re.compile(r"[\u4e00-\u9fff][(（][a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）]")
