"""Facts, contact, period, signature, sections and titles of narratives: what is told is found, what is not is not."""

from datetime import date

import pytest

from archive.text.plain import to_document
from gxstore import catalogue
from gxstore.reading.facts import read_facts
from gxstore.reading.particulars import parse_date, read_contact, read_period, read_signature
from gxstore.reading.read import read
from gxstore.reading.sections import Line, key_of, lines_of, read_sections
from gxstore.reading.titles import find_titles, year_in


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
        ("其他文件均在门户网站公开，共计10件。", "nar.website"),
        ("备案规范性文件2件，换发证件264件，审查协议32件。", "nar.documents_issued"),
        ("1个政务公开平台、1个官方微博帐号、1个微信公众号。", "nar.accounts"),
        ("群众关注的问题有12个。", "nar.followers"),
        ("本年度收取了信息处理费400元。", "nar.no_fee"),
        ("未收取信息处理费，另有400元为复印费。", "nar.information_processing_fee"),
    ],
)
def test_what_is_not_told_is_not_found(text: str, code: str) -> None:
    assert code not in _told(text)


def test_a_number_with_余_is_approximate_and_carries_its_sentence() -> None:
    fact = read_facts(["本局整理目录。官方微博全年发布 350 余条。"])[0]
    assert (fact.value, fact.approx, fact.quote) == (350, True, "官方微博全年发布350余条。")


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
    ("text", "period"),
    [
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
        ("正文里没有题目。", None, None),
    ],
)
def test_a_title_is_put_together_from_its_lines(text: str, title: str | None, year: int | None) -> None:
    found = find_titles(lines_of([to_document(text)]), None)
    assert found.title == title
    assert (year_in(found.title) if found.title else None) == year
