"""Facts, contact, period, signature, sections and titles of narratives: what is told is found, what is not is not."""

from dataclasses import replace
from datetime import date

import pytest

from archive.text.plain import to_document
from gxstore import catalogue, regions
from gxstore.reading.attribution import attribute
from gxstore.reading.facts import read_facts
from gxstore.reading.json_form import to_json
from gxstore.reading.particulars import parse_date, read_contact, read_period, read_signature
from gxstore.reading.read import read
from gxstore.reading.report import Fact
from gxstore.reading.sections import Line, key_of, lines_of, read_sections
from gxstore.reading.titles import find_titles, year_in
from gxstore.reading.told import sentences


def _told(text: str) -> dict[str, object]:
    return {fact.code: fact.value for fact in read_facts([text])}


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("2018年本局累计主动公开政府信息 79 条，主要在网站上。", "nar.proactive_total", 79),
        ("全年共公开政府信息1503件。", "nar.proactive_total", 1503),
        ("发布信息170条，其中，在政府门户网站发布91条。", "nar.website", 91),
        ("政务公开平台全年共发布信息条目数 118 条。", "nar.website", 118),
        ("门户网站主动公开工作动态、财政预决算等各类信息23篇。", "nar.website", 23),
        ("门户网站发布规范性文件12件。", "nar.website", 12),
        ("门户网站发布政务类信息34条，其中通知8条。", "nar.website", 34),
        ("微信公众号发布218期932篇。", "nar.wechat", 932),
        ("微信公众号平均每月发布信息 5 次，共发布信息 240 余条。", "nar.wechat", 240),
        ("官方微博全年发布 350 余条。", "nar.weibo", 350),
        ("新媒体发布各类信息160余条。", "nar.new_media", 160),
        ("公众号现有关注人数12256人。", "nar.followers", 12256),
        ("平台关注数已突破 4 万人。", "nar.followers", 40000),
        ("本年未收到政府信息公开申请。", "nar.no_application", True),
        ("我局未收到任何形式的申请公开信息要求。", "nar.no_application", True),
        ("全年未接到提出公开政府信息的申请。", "nar.no_application", True),
        ("全年共收到政府信息公开申请15件，其中网络申请1件。", "nar.applications", 15),
        ("受理依申请公开申请 43 件。", "nar.applications", 43),
        ("全局未发生因政府信息公开申请提起的行政复议和行政诉讼案件。", "nar.no_cases", True),
        ("没有发生过有关公开的行政复议案、行政诉讼案。", "nar.no_cases", True),
        ("本年度未收取信息处理费用。", "nar.no_fee", True),
        ("25件申请收取了信息处理费2950元。", "nar.information_processing_fee", 2950),
        ("我局行政发文84件，均在网站公开，共计10件。", "nar.documents_issued", 84),
        ("我局行政发文84件，均在网站公开，共计10件。", "nar.documents_disclosed", 10),
        ("发布文件解读信息0条。", "nar.interpretations", 0),
        ("办理市人大建议1件，办理市政协提案3件。", "nar.proposals", {"npc": 1, "cppcc": 3}),
        ("现有行政许可职权6项，行政处罚职权14项。", "nar.powers", {"行政许可": 6, "行政处罚": 14}),
        ("设有微信公众号2个，青溪普法和青溪法援，及时公开。", "nar.accounts", 2),
        ("设立热线电话（8001234）。", "nar.hotline", "8001234"),
        ("不予公开的信息都属于内部的工作信息。", "nar.withheld", "不予公开的信息都属于内部的工作信息"),
        ("本年制作信息总数300条，其中主动公开政府信息185条，不予公开7条。", "nar.proactive_total", 185),
        ("去年主动公开政府信息500条，今年主动公开政府信息620条。", "nar.proactive_total", 620),
        ("2021年主动公开政府信息500条，2022年主动公开政府信息620条。", "nar.proactive_total", 620),
        ("全年主动公开我区各级单位政府信息2645条。", "nar.proactive_total", 2645),
        ("全区各部门共主动公开政府信息2645条。", "nar.proactive_total", 2645),
        ("今年，我县共公布政府信息2599条，主要在网站上。", "nar.proactive_total", 2599),
        ("累计主动公开政府信息条目1,234条。", "nar.proactive_total", 1234),
        ("全年主动公开政府信息数1.2万条。", "nar.proactive_total", 12000),
        ("今年以来主动公开政府信息77条。", "nar.proactive_total", 77),
        ("未收到书面的政府信息公开申请，收到网上申请4件。", "nar.applications", 4),
        ("2021年收到政府信息公开申请3件，2022年收到政府信息公开申请8件。", "nar.applications", 8),
        ("依申请公开方面。本年度全区共收到70件申请，办结69件。", "nar.applications", 70),
        ("未收到当面、网上、信函等形式的政府信息公开申请。", "nar.no_application", True),
        ("未收到信函和其他形式的政府信息公开申请。", "nar.no_application", True),
        ("未收到信息公开申请、投诉。", "nar.no_application", True),
        ("2025年，无收取信息处理费情况。", "nar.no_fee", True),
        ("截至2023年12月31日，全年累计主动公开政府信息1230条。", "nar.proactive_total", 1230),
        ("截至12月底，共主动公开政府信息1231条。", "nar.proactive_total", 1231),
        ("近三年来稳步推进，2023年主动公开政府信息1233条。", "nar.proactive_total", 1233),
        ("全市共收到政府信息公开申请1256件。", "nar.applications", 1256),
        ("未发生行政复议，也未发生行政诉讼。", "nar.no_cases", True),
        ("未发生不服政府信息公开答复的行政复议、行政诉讼。", "nar.no_cases", True),
        ("本年度我局无收费及减免情况。", "nar.no_fee", True),
        ("对25件申请发出收费通知，收取信息处理费2950元。", "nar.information_processing_fee", 2950),
        ("主动公开政府信息由398条增至412条。", "nar.proactive_total", 412),
        ("2023年1月至12月共主动公开政府信息412条。", "nar.proactive_total", 412),
        ("2023年1月1日至2023年12月31日，共主动公开政府信息412条。", "nar.proactive_total", 412),
        ("2021年至2023年开展专项整治，全年主动公开政府信息412条。", "nar.proactive_total", 412),
        ("我局及所属单位共公开政府信息600条。", "nar.proactive_total", 600),
        ("2022年收到政府信息公开申请4件，2023年未收到政府信息公开申请。", "nar.no_application", True),
    ],
)
def test_a_fact_is_found(text: str, code: str, value: object) -> None:
    assert _told(text)[code] == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("无锡市司法局依法办理行政复议5件，行政诉讼2件。", "nar.no_cases"),
        ("未收到信访件，收到信息公开申请3件。", "nar.no_application"),
        ("未收到行政复议申请。", "nar.no_application"),
        ("未收到法律援助申请。", "nar.no_application"),
        ("未收到信访件，未收到信息公开申请。", "nar.applications"),
        ("收到行政复议申请12件，均已公开。", "nar.applications"),
        ("收到法律援助申请12件。", "nar.applications"),
        ("发布文件解读信息12条。", "nar.proactive_total"),
        ("政务公开平台全年共发布信息118条。", "nar.proactive_total"),
        ("微信公众号共发布信息240条。", "nar.proactive_total"),
        ("微信公众号平均每月发布信息5次。", "nar.wechat"),
        ("网站收到留言12条。", "nar.website"),
        ("通过门户网站、公报等平台主动公开规章3件，规范性文件7件。", "nar.website"),
        ("门户网站发布政务类信息34条,概况类信息15条。", "nar.website"),
        ("其他文件均在门户网站公开，共计10件。", "nar.website"),
        ("备案规范性文件2件，换发证件264件，审查协议32件。", "nar.documents_issued"),
        ("1个政务公开平台、1个官方微博帐号、1个微信公众号。", "nar.accounts"),
        ("群众关注的问题有12个。", "nar.followers"),
        ("本年度收取了信息处理费400元。", "nar.no_fee"),
        ("未收取信息处理费，另有400元为复印费。", "nar.information_processing_fee"),
        ("县直各单位主动公开政府信息1251条，占六成。", "nar.proactive_total"),
        ("各乡镇主动公开政府信息602条。", "nar.proactive_total"),
        ("2019年以来累计主动公开政府信息5000条。", "nar.proactive_total"),
        ("自《条例》施行以来，累计公开政府信息3万余条。", "nar.proactive_total"),
        ("与2022年主动公开政府信息500条相比，有所增长。", "nar.proactive_total"),
        ("主动公开政府信息500条的基础上继续增加。", "nar.proactive_total"),
        ("全年超期公开信息共12条。", "nar.proactive_total"),
        ("全文电子化的主动公开信息数共148条。", "nar.proactive_total"),
        ("主动公开财政预决算信息12条。", "nar.proactive_total"),
        ("计划主动公开政府信息300条。", "nar.proactive_total"),
        ("其中主动公开政府信息12条。", "nar.proactive_total"),
        ("推进重大建设项目信息公开。全年共发布信息291条。", "nar.proactive_total"),
        ("自《条例》施行以来，政府网站发布信息3000条。", "nar.website"),
        ("去年微信公众号发布信息300条。", "nar.wechat"),
        ("未收到书面的政府信息公开申请，收到网上申请4件。", "nar.no_application"),
        ("未收到书面形式的政府信息公开申请。", "nar.no_application"),
        ("各镇街未收到政府信息公开申请，区直部门收到12件。", "nar.no_application"),
        ("各镇街未收到政府信息公开申请，区直部门收到政府信息公开申请12件。", "nar.applications"),
        ("未收到群众对政府信息公开申请答复不满意的反映。", "nar.no_application"),
        ("未收到要求公开的申请以外的其他申请。", "nar.no_application"),
        ("上年未收到政府信息公开申请。", "nar.no_application"),
        ("本单位未收到重复的政府信息公开申请，收到政府信息公开申请3件。", "nar.no_application"),
        ("自《条例》施行以来，共收到政府信息公开申请12件。", "nar.applications"),
        ("本年度共收到70件法律援助申请。", "nar.applications"),
        ("未发生政府信息公开行政复议、行政诉讼败诉案件。", "nar.no_cases"),
        ("没有因公开被复议，行政诉讼案件由法院全部审理办结完毕的共有2件。", "nar.no_cases"),
        ("对12件申请未收取费用。", "nar.no_fee"),
        ("经查，无违规收费情况。", "nar.no_fee"),
        ("逐项核对有无收费情况。", "nar.no_fee"),
        ("本年度没有收费减免情况。", "nar.no_fee"),
        ("本年度未收取检索费，收取信息处理费300元。", "nar.no_fee"),
        ("先后关停不规范的政务新媒体2个。", "nar.accounts"),
        ("本局共收到政府网站上公开申请2件。", "nar.website"),
        ("计划发布政策解读材料12篇。", "nar.interpretations"),
        ("对12件申请未收取费用，对3件申请收取信息处理费300元。", "nar.no_fee"),
        ("截至2023年底累计主动公开政府信息15600条。", "nar.proactive_total"),
        ("截至2023年底累计主动公开政府信息15600条，其中2023年公开1230条。", "nar.proactive_total"),
        ("截至目前，网站累计公开政府信息8600条，本年新增120条。", "nar.website"),
        ("截至12月31日，网站共发布信息8600条，其中本年新增120条。", "nar.website"),
        ("近三年来共主动公开政府信息8600条。", "nar.proactive_total"),
        ("三年来微信公众号共发布信息860条。", "nar.wechat"),
        ("全市主动公开政府信息5120条，我局公开118条。", "nar.proactive_total"),
        ("全市共收到政府信息公开申请1256件，我局收到12件。", "nar.applications"),
        ("全市共收到政府信息公开申请1256件。其中我局收到12件。", "nar.applications"),
        ("我局收到12件，全市共收到政府信息公开申请1256件。", "nar.applications"),
        ("收到政府信息公开申请3件，均为2022年结转。", "nar.applications"),
        ("没有收到不符合要求的政府信息公开申请。", "nar.no_application"),
        ("未收到超期答复的政府信息公开申请。", "nar.no_application"),
        ("除网上的2件外，未收到政府信息公开申请。", "nar.no_application"),
        ("未发生因答复不及时引起的行政复议和行政诉讼。", "nar.no_cases"),
        ("未发生行政复议和因答复超期引起的行政诉讼。", "nar.no_cases"),
        ("除1起外，未发生因政府信息公开引起的行政复议和行政诉讼。", "nar.no_cases"),
        ("未收取信息处理费100元以上的申请。", "nar.no_fee"),
        ("未违规收取信息处理费。", "nar.no_fee"),
        ("2021年至2023年累计主动公开政府信息2301条。", "nar.proactive_total"),
        ("2022年、2023年分别主动公开政府信息398条、412条。", "nar.proactive_total"),
        ("主动公开政府信息398条（2022年）、412条（2023年）。", "nar.proactive_total"),
        ("2023年1月至6月共主动公开政府信息23条。", "nar.proactive_total"),
        ("2022年度和2023年度共收到政府信息公开申请33件。", "nar.applications"),
        ("全市司法行政系统收到政府信息公开申请33件。", "nar.applications"),
        ("全市司法行政系统共主动公开政府信息6000条。", "nar.proactive_total"),
        ("我局所属5个单位共公开政府信息600条。", "nar.proactive_total"),
        ("2022年未收到政府信息公开申请，2023年收到1件。", "nar.no_application"),
        ("开通政务微信公众号1个、政务微博2个，抖音号1个。", "nar.accounts"),
        ("政府网站公开信息3698条，微博微信公开信息2148条。", "nar.wechat"),
        ("政务微信、微博公开信息2148条。", "nar.weibo"),
        ("2022年上半年，全区各级行政机关共制发公文707件。", "nar.documents_issued"),
    ],
)
def test_what_is_not_told_is_not_found(text: str, code: str) -> None:
    assert code not in _told(text)


def test_a_number_with_余_is_approximate_and_carries_its_sentence() -> None:
    fact = read_facts(["本局整理目录。官方微博全年发布 350 余条。"])[0]
    assert (fact.value, fact.approx, fact.quote) == (350, True, "官方微博全年发布350余条。")


@pytest.mark.parametrize(
    ("text", "value", "approx"),
    [
        ("今年发布近期政策，门户网站发布信息120条。", 120, False),
        ("门户网站发布约定信息120条。", 120, False),
        ("门户网站发布信息近120条。", 120, True),
        ("门户网站发布信息超过120条。", 120, True),
        ("门户网站发布信息多达120条。", 120, True),
        ("门户网站发布信息1.15万条。", 11500, False),
    ],
)
def test_a_number_is_approximate_only_where_the_word_stands_before_it(
    text: str, value: int, approx: bool
) -> None:
    fact = next(fact for fact in read_facts([text]) if fact.code == "nar.website")
    assert (fact.value, type(fact.value), fact.approx) == (value, int, approx)


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("对12件申请未收取费用，对3件申请收取信息处理费300元。", 3),
        ("对3件收取信息处理费300元。", 3),
        ("对25件申请发出收费通知，收取信息处理费300元。", 25),
        ("办理申请25件，收取信息处理费300元。", None),
        ("收取信息处理费300元。", None),
    ],
)
def test_a_fee_counts_the_requests_that_paid_it(text: str, cases: int | None) -> None:
    fact = next(fact for fact in read_facts([text]) if fact.code == "nar.information_processing_fee")
    assert (fact.value, fact.detail.get("cases")) == (300, cases)


def test_what_stands_before_a_sentence_is_kept_in_bounds() -> None:
    paragraph = "（10）推进项目信息公开。" + "本局按月更新栏目。" * 20_000 + "全年共发布信息291条。"
    assert max(len(told.before) for told in sentences(paragraph)) <= 800
    assert "nar.proactive_total" not in _told(paragraph)


def test_what_is_said_outright_of_the_whole_goes_before_what_may_be_a_part() -> None:
    texts = ["全年共发布信息166条。", "2017年全区主动公开政府信息2122条。"]
    assert [f.value for f in read_facts(texts) if f.code == "nar.proactive_total"] == [2122]


def test_the_quote_of_a_long_sentence_holds_the_words_that_tell_the_fact() -> None:
    sentence = "本局按月更新栏目，" * 60 + "全年主动公开政府信息79条，" + "按季检查栏目，" * 60 + "。"
    fact = next(fact for fact in read_facts([sentence]) if fact.code == "nar.proactive_total")
    assert "主动公开政府信息79条" in fact.quote
    assert len(fact.quote) <= 240
    assert fact.quote.strip("…") in sentence


def test_the_detail_of_a_fact_never_stands_in_the_place_of_the_fact() -> None:
    fact = Fact("nar.website", 12, approx=False, quote="网站12条", detail={"value": 13, "unit": "条"})
    reading = replace(read([to_document("正文。")], catalogue.load()), facts=(fact,))
    attribution = attribute([to_document("正文。")], reading, regions.load(), catalogue.load())
    shown = to_json({}, reading, replace(attribution, is_annual_report=True))
    assert shown["facts"] == [
        {"code": "nar.website", "value": 12, "approx": False, "quote": "网站12条", "unit": "条"}
    ]


def test_labels_of_a_table_are_no_narrative() -> None:
    text = "（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）\t条\t5\n其中：主动公开规范性文件数\t条\t3"
    assert read([to_document(text)], catalogue.load()).facts == ()


def test_the_contact_is_read_with_brackets_in_the_address() -> None:
    text = (
        "如有疑问，请与青溪县司法局办公室联系（地址：青溪县前进路8号（电影院三楼)，邮编：100000，"
        "电话：0123-8001234；电子邮箱：qx@example.org）。"
    )
    contact = read_contact(text)
    assert contact is not None
    assert contact.office == "青溪县司法局办公室"
    assert contact.address == "青溪县前进路8号（电影院三楼)"
    assert (contact.postcode, contact.phone, contact.email) == ("100000", "0123-8001234", "qx@example.org")


def test_a_hotline_is_no_contact() -> None:
    assert read_contact("设立热线电话：8001234，公布举报电话：8001235。") is None


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("（联系地址，青溪县前进路8号，邮编100000；电话:0123-8001234）", "address", "青溪县前进路8号"),
        ("联系地址：青溪县前进路8号；邮编：100000。", "address", "青溪县前进路8号"),
        ("联系地点：青溪县前进路8号，电话8001234。", "address", "青溪县前进路8号"),
        ("请登录本局网站地址，查询目录；电话：8001234。", "address", None),
        ("邮编100000；电话:0123-8001234", "postcode", "100000"),
        ("电话/传真：0123-8001234。", "phone", "0123-8001234"),
        ("联系电话（兼传真）：（0123）8001234。", "phone", "（0123）8001234"),
        ("电话：0123——8001234。", "phone", "0123——8001234"),
        ("联系电话8001234，邮编：100000。", "phone", "8001234"),
        ("投诉电话：8001234，邮编：100000。", "phone", None),
        ("请与青溪县政府办公室保密与政务处联系，邮编：100000。", "office", "青溪县政府办公室保密与政务处"),
        ("如有疑问与青溪县司法局办公室联系，邮编：100000。", "office", "青溪县司法局办公室"),
        ("电子邮箱：qx＠example.org", "email", "qx@example.org"),
    ],
)
def test_a_contact_is_read_in_its_many_forms(text: str, name: str, value: str | None) -> None:
    contact = read_contact(text)
    assert contact is not None
    assert getattr(contact, name) == value


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("统计期限为2018.1.1—2018.12.31。", (date(2018, 1, 1), date(2018, 12, 31))),
        ("数据统计时间为2018年1月至12月。", (date(2018, 1, 1), date(2018, 12, 31))),
        ("统计期限自二〇一八年一月一日至十二月三十一日。", (date(2018, 1, 1), date(2018, 12, 31))),
        ("统计期限自2018年1月1日起至同年12月31日止。", (date(2018, 1, 1), date(2018, 12, 31))),
        ("统计期限自2014月1日起至2014年12月31日。", None),
        ("统计期限自 2018 年 1 月 1 日起至 2018 年 12 月 31 日止。", (date(2018, 1, 1), date(2018, 12, 31))),
        ("本报告统计数据从2023年1月1日至12月31日。", (date(2023, 1, 1), date(2023, 12, 31))),
        ("报告于2023年1月1日至12月31日展出。", None),
        ("统计期限自202111日起至20211231日止。", None),
        ("统计期限自2021年1月1日至2021年13月40日。", None),
    ],
)
def test_the_statistics_period_is_read_where_it_is_whole(text: str, period: object) -> None:
    assert read_period(text) == period


@pytest.mark.parametrize(
    ("lines", "agency", "signed"),
    [
        (["正文。", "青溪县司法局", "2021年1月25日", "（此件公开发布）"], "青溪县司法局", date(2021, 1, 25)),
        (["正文。", "青溪县司法局", "二〇二一年一月二十五日"], "青溪县司法局", date(2021, 1, 25)),
        (["正文。", "青溪县司法局2021年1月25日"], "青溪县司法局", date(2021, 1, 25)),
        (["2021年，本局按月更新。", "无。"], None, None),
        (["正文。", "青溪县司法局", "二○一○年四月十日"], "青溪县司法局", date(2010, 4, 10)),
        (["正文。", "青溪县司法局", "二O二一年元月三十一日"], "青溪县司法局", date(2021, 1, 31)),
        (["正文。", "青溪县司法局", "二〇二一年二月三十日"], None, None),
    ],
)
def test_the_signature_is_read_at_the_end(lines: list[str], agency: str | None, signed: date | None) -> None:
    found = read_signature([Line(text, number, 0, marked=False) for number, text in enumerate(lines, 1)])
    assert (found.agency, found.signed) == (agency, signed)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-01-30", date(2023, 1, 30)),
        ("2022年01月18日来源:1", date(2022, 1, 18)),
        ("2012.02.15", date(2012, 2, 15)),
        ("2017- 01- 13 00: 00", date(2017, 1, 13)),
        ("20210112", date(2021, 1, 12)),
        ("2021-02-30", None),
        ("无", None),
    ],
)
def test_dates_of_pages_are_read_in_their_many_forms(text: str, day: date | None) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("总体情况", "overview"),
        ("工作基本情况", "overview"),
        ("收到和处理政府信息公开的申请情况", "applications"),
        ("因政府信息公开申请提起行政复议、行政诉讼的情况", "review_litigation"),
        ("政府信息公开的收费及减免情况", "fees"),
        ("存在问题及改进情况", "problems"),
        ("其他需要报告的事项", "other"),
        ("需要说明的事项与附表", "other"),
        ("发布解读、回应社会关切以及互动交流情况", "interpretation"),
        ("主动公开政府信息及公开平台建设情况", "proactive"),
        ("人大代表建议和政协提案办理结果公开情况", "proposals"),
        ("天气情况不明", "unknown"),
    ],
)
def test_a_part_is_named_by_the_words_of_its_heading(heading: str, key: str) -> None:
    assert key_of(heading) == key


def test_a_numbered_sentence_inside_a_part_is_no_heading() -> None:
    text = "一、总体情况\n\n本局做了三件事。\n\n一、每月更新栏目，专人负责。\n\n二、主动公开政府信息情况\n\n已公开。"
    sections = read_sections(lines_of([to_document(text)]), frozenset())
    assert [(s.key, s.number) for s in sections] == [
        ("preamble", None),
        ("overview", "一"),
        ("proactive", "二"),
    ]


def test_headings_without_numbers_and_with_a_dash_for_一_are_found() -> None:
    text = "—、总体情况\n\n本局按月更新。\n\n其他需要报告的事项\n\n没有。"
    sections = read_sections(lines_of([to_document(text)]), frozenset())
    assert [s.key for s in sections] == ["preamble", "overview", "other"]


@pytest.mark.parametrize(
    ("text", "title", "year"),
    [
        (
            "青溪县司法局\n\n2020 年政府信息公开工作年度报告\n\n正文。",
            "青溪县司法局2020年政府信息公开工作年度报告",
            2020,
        ),
        (
            "青溪县司法局2020年\n\n政府信息公开工作年度报告\n\n正文。",
            "青溪县司法局2020年政府信息公开工作年度报告",
            2020,
        ),
        ("2013年青溪县司法局政府信息公开年报\n\n正文。", "2013年青溪县司法局政府信息公开年报", 2013),
        (
            "青溪县司法局202020年政府信息公开工作年度报告\n\n正文。",
            "青溪县司法局202020年政府信息公开工作年度报告",
            None,
        ),
        (
            "青溪县司法局二〇一九年政府信息公开工作年度报告\n\n正文。",
            "青溪县司法局二〇一九年政府信息公开工作年度报告",
            2019,
        ),
        ("青溪县司法局政府信息公开年度报告2021\n\n正文。", "青溪县司法局政府信息公开年度报告2021", 2021),
        (
            "关于印发《青溪县2020年政府信息公开工作年度报告》的通知\n\n正文。",
            "青溪县2020年政府信息公开工作年度报告",
            2020,
        ),
        ("正文里没有题目。", None, None),
    ],
)
def test_a_title_is_put_together_from_its_lines(text: str, title: str | None, year: int | None) -> None:
    found = find_titles(lines_of([to_document(text)]), None)
    assert found.title == title
    assert (year_in(found.title) if found.title else None) == year


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("2021年共主动公开政府信息417条，2022年因系统更换未统计。", "nar.proactive_total", None),
        ("力争2025年主动公开政府信息620条。", "nar.proactive_total", None),
        ("我们的目标是主动公开政府信息620条以上。", "nar.proactive_total", None),
        ("全县主动公开政府信息4310条，其中我局主动公开政府信息96条。", "nar.proactive_total", None),
        ("上半年收到政府信息公开申请4件，全年收到政府信息公开申请13件。", "nar.applications", 13),
        ("收到政府信息公开申请较上年减少6件。", "nar.applications", None),
        ("收到政府信息公开申请办理满意度评价9件。", "nar.applications", None),
        ("收到代表建议、委员提案和政府信息公开申请合计31件。", "nar.applications", None),
        ("收到政府信息公开申请2,417件。", "nar.applications", 2417),
        ("收到政府信息公开申请十七件。", "nar.applications", 17),
        ("收到政府信息公开申请由2021年的9件增至14件。", "nar.applications", 14),
        ("未收到超过5件的政府信息公开申请。", "nar.no_application", None),
        ("全区未发生因政府信息公开引发的行政复议和行政诉讼案件，我局发生行政诉讼2件。", "nar.no_cases", None),
        ("2021年收取信息处理费640元，2022年未收取。", "nar.information_processing_fee", None),
        ("未收取信息处理费之外的费用。", "nar.no_fee", None),
        ("网站发布信息由73条减少至58条。", "nar.website", 58),
        ("网站月均发布信息7条。", "nar.website", None),
        ("每周在网站发布信息4条。", "nar.website", None),
        ("2022年共主动公开政府信息417条，2023年计划继续充实栏目。", "nar.proactive_total", 417),
    ],
)
def test_a_number_of_another_time_body_or_thing_is_no_fact(text: str, code: str, value: int | None) -> None:
    found = [fact.value for fact in read_facts([text]) if fact.code == code]
    assert found == ([] if value is None else [value])
