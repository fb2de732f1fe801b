"""What came back: the expected verdict is the name of the folder.

A file `<status>_<name>.html` is a body. A file `.http` is a whole exchange: the URL asked for, status, headers, body.
Under `ok/` stand pages that look like something else and are none.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.verdict import BLOCKED, Verdict, judge

FOLDER = Path(__file__).parent / "fixtures" / "verdict"
CASES = sorted(FOLDER.glob("*/*"))
# The site of the fixtures, which has one host beside the government's own.
HOSTS = frozenset({"www.nxlw.gov.cn", "lingwu.nx.gov.cn"})


def judged(case: Path) -> Verdict:
    if case.suffix != ".http":
        return judge(int(case.name[:3]), {}, case.read_bytes())
    head, _, body = case.read_bytes().partition(b"\n\n")
    asked, status, *lines = head.decode().split("\n")
    fields = [line.partition(":") for line in lines]
    headers = {name.lower(): value.strip() for name, _, value in fields}
    host = urlsplit(asked.removeprefix("GET ")).hostname or ""
    return judge(int(status.split()[1]), headers, body, host=host, hosts=HOSTS)


@pytest.mark.parametrize("verdict", sorted({case.parent.name for case in CASES}))
def test_there_are_cases_enough_for_every_kind_of_reply(verdict: str) -> None:
    assert len([case for case in CASES if case.parent.name == verdict]) >= 3


def test_every_verdict_that_a_reply_can_get_has_its_folder() -> None:
    of_a_reply = {
        "ok",
        "moved",
        "soft_404",
        "not_found",
        "challenge",
        "waf",
        "login",
        "refused",
        "empty",
        "wrong_type",
        "server_error",
        "taken_over",
    }
    assert {case.parent.name for case in CASES} == of_a_reply


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}-{case.stem}" for case in CASES])
def test_a_reply_gets_the_verdict_of_its_folder(case: Path) -> None:
    verdict = judged(case)
    assert verdict.code == case.parent.name, verdict
    assert (verdict.code == "ok") == (verdict.reason == "")


def test_a_redirect_tells_where_the_page_went() -> None:
    verdict = judge(302, {"location": "https://www.nxlw.gov.cn/"}, b"")
    assert (verdict.code, verdict.target) == ("moved", "https://www.nxlw.gov.cn/")


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("/新闻/a b.html?x=%E4", "/%E6%96%B0%E9%97%BB/a%20b.html?x=%E4"),
        ("https://www.nxlw.gov.cn/#/年报", "https://www.nxlw.gov.cn/#/%E5%B9%B4%E6%8A%A5"),
    ],
)
def test_a_redirect_that_prints_chinese_is_followed_as_a_browser_does(written: str, target: str) -> None:
    assert judge(302, {"location": written.encode().decode("latin-1")}, b"").target == target


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("200_refresh_to_the_folder", "../"),
        ("200_content_before_name", "http://www.nxlw.gov.cn/"),
        ("200_script", "/zwgk/index.html"),
    ],
)
def test_a_page_that_sends_its_reader_on_tells_where(name: str, target: str) -> None:
    assert judged(FOLDER / "moved" / f"{name}.http").target == target


def test_a_page_where_a_file_was_asked_for_is_of_the_wrong_type() -> None:
    page = b"<html><body>login first</body></html>"
    assert judge(200, {}, page, attachment=True).code == "wrong_type"
    assert judge(200, {}, b"PK\x03\x04....", attachment=True).code == "ok"
    assert judge(200, {}, b"\xff\xd8\xff\xe0", attachment=True).code == "ok"


def test_a_file_may_stand_at_the_address_of_a_report_and_not_at_that_of_a_list() -> None:
    assert judge(200, {}, b"%PDF-1.4 ...").code == "wrong_type"
    assert judge(200, {}, b"%PDF-1.4 ...", file_will_do=True).code == "ok"
    assert judge(200, {}, b"GIF89a\x01\x00\x01", file_will_do=True).code == "wrong_type"


def test_a_report_that_is_a_page_under_the_name_of_a_file_is_one_and_a_list_is_none() -> None:
    report = (FOLDER / "ok" / "200_report.html").read_bytes()
    assert judge(200, {}, report, attachment=True).code == "ok"
    listed = (FOLDER / "ok" / "200_short_list.html").read_bytes()
    assert judge(200, {}, listed, attachment=True).code == "wrong_type"


# What each kind of page says, by itself and in traditional characters.
MESSAGES = {
    "soft_404": [
        "您访问的页面不存在",
        "抱歉，没有找到您要访问的网页！",
        "此栏目已下线",
        "該信息已被刪除",
        "無法找到該頁",
    ],
    "challenge": ["请完成安全验证，拖动滑块", "請完成安全驗證"],
    "waf": ["您的请求已被网站防火墙拦截", "您的訪問已被阻斷"],
    "server_error": ["网站正在维护升级，请稍后访问", "502 Bad Gateway"],
}
SAID = [(kind, message) for kind, messages in MESSAGES.items() for message in messages]
COLUMNS = ["机构职能", "政府信息公开年报", "政府信息公开指南", "网上办事", "登录", "网站维护", "领导之窗"]


@given(
    said=st.sampled_from(SAID),
    script=st.integers(0, 40_000),
    tag=st.sampled_from(["p", "div", "h1", "h3", "td", "span"]),
    links=st.integers(0, 400),
    frame=st.sampled_from(["div", "nav", "ul", "header"]),
)
def test_neither_size_nor_frame_changes_what_a_page_says(
    said: tuple[str, str], script: int, tag: str, links: int, frame: str
) -> None:
    kind, message = said
    if kind != "soft_404":  # A gate stands alone; a missing page stands in the frame of the portal.
        links %= 15
    menu = "".join(f"<a href='/c{number}'>{COLUMNS[number % len(COLUMNS)]}</a> " for number in range(links))
    page = (
        f"<html><head><title>灵武市</title><script>{'x' * script}</script></head><body>"
        f"<{frame}>{menu}</{frame}><{tag}>{message}</{tag}><footer>宁ICP备05000017号</footer></body></html>"
    )
    assert judge(200, {}, page.encode(), host="www.nxlw.gov.cn").code == kind


REPORT = (
    (FOLDER / "ok" / "report_that_quotes_a_missing_page.http").read_bytes().partition(b"\n\n")[2].decode()
)


@given(
    st.lists(
        st.sampled_from([message for _, message in SAID] + COLUMNS + ["赌博治理", "请登录后扫码"]), max_size=6
    ),
    st.sampled_from(["p", "div", "h3", "td", "span", "a"]),
    st.integers(0, 5000),
    st.sampled_from(["", "404", "403", "错误", "提示信息", "页面不存在", "登录", "安全验证"]),
)
def test_a_report_stays_a_report_whatever_words_it_holds(
    told: list[str], tag: str, script: int, title: str
) -> None:
    extra = "".join(f"<{tag}>{words}</{tag}>" for words in told)
    page = REPORT.replace("<p>三、", f"{extra}<script>{'x' * script} $_ts; yundun;</script><p>三、")
    page = page.replace("<title>灵武市司法局2022年政府信息公开工作年度报告", f"<title>{title}")
    assert extra in page
    assert f"<title>{title}</title>" in page
    assert judge(200, {}, page.encode(), host="www.nxlw.gov.cn").code == "ok"


def test_data_where_a_file_was_asked_for_is_no_file() -> None:
    assert judge(200, {}, b'{"total":7}', attachment=True).code == "wrong_type"
    assert judge(200, {}, b"file error", attachment=True).code == "wrong_type"
    assert judge(200, {}, b"\x0d\x01", attachment=True).code == "empty"
    assert judge(200, {}, "<span>文件不存在</span>".encode(), attachment=True).code == "soft_404"


def test_an_address_that_a_page_sends_to_may_be_no_address() -> None:
    assert judge(302, {"location": "http://[::1/login"}, b"").code in ("login", "moved")


def test_what_keeps_us_out_counts_as_blocked_and_what_is_missing_does_not() -> None:
    assert {"waf", "challenge", "login", "refused", "robots"} == BLOCKED


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["location", "content-type"]), st.text(max_size=40)),
    st.binary(max_size=300) | st.text("<>/!-metahrfscipub=\"' ;url0", max_size=300).map(str.encode),
    st.booleans(),
)
def test_any_reply_gets_a_verdict(
    status: int, headers: dict[str, str], body: bytes, attachment: bool
) -> None:
    verdict = judge(status, headers, body, attachment=attachment, host="www.example.org")
    assert verdict.code != "ok" or status == 200


@pytest.mark.parametrize("program", ["word", "excel"])
def test_a_file_that_an_office_program_wrote_as_a_page_is_a_file(program: str) -> None:
    body = (
        f'<html xmlns:x="urn:schemas-microsoft-com:office:{program}"><body><table><tr><td>规章</td><td>7</td></tr></table>'
        "</body></html>"
    ).encode()
    assert judge(200, {}, body, attachment=True).code == "ok"
    assert judge(200, {}, body.replace(b"office:", b"x:"), attachment=True).code == "wrong_type"


@pytest.mark.parametrize(
    "shown",
    [
        "<p>2009年本村信息没有公开申请。</p>",
        "<p>2009年，我镇所有信息未公开收费，没有行政复议。</p>",
        "<p>本年未发生应公开的政府信息未公开的情况。</p>",
        "<iframe src='https://bdimg.share.baidu.com/x.html'></iframe><p><a href='/down?id=3'>附件</a></p>",
    ],
)
def test_a_report_of_one_line_or_beside_a_frame_for_sharing_is_neither_gone_nor_moved(shown: str) -> None:
    page = f"<html><title>桥西镇2009年政府信息公开年报</title><h1>桥西镇2009年政府信息公开年报</h1>{shown}</html>"
    hosts = ("www.qingxi.gov.cn",)
    assert judge(200, {}, page.encode(), host=hosts[0], hosts=hosts).code == "ok"
