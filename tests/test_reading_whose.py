"""A table is the report's own unless a heading over it says another year or another body."""

import pytest

from archive.text.extract import extract
from gxstore.reading.agency import same_body
from gxstore.reading.read import read
from gxstore.reading.report import Reading
from tests.forms import CATALOGUE, E1, E2, E3, Drawn, Truth, drawn_tables, truth

OWN = truth(E3, 41)
OTHER = truth(E3, 42)
KEYS = ("t2", "t3", "t4")
HEADINGS = dict(
    zip(
        KEYS,
        ("二、主动公开政府信息情况", "三、收到和处理申请情况", "四、行政复议、行政诉讼情况"),
        strict=True,
    )
)
TITLE = "青溪县司法局2023年政府信息公开工作年度报告"


def _tables(edition: str, cells: Truth) -> dict[str, str]:
    keys = ("stat",) if edition == E1 else KEYS
    return {key: _html(table) for key, (_, table) in zip(keys, drawn_tables(edition, cells), strict=True)}


def _html(table: Drawn) -> str:
    rows = ("".join(f'<td rowspan="{d}" colspan="{a}">{text}</td>' for text, d, a in row) for row in table)
    return "<table border='1'>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


def _p(*lines: str) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def _page(body: str, title: str = TITLE) -> bytes:
    text = f"<html><head><meta charset='utf-8'></head><body><div id='zoom'><h1>{title}</h1>{body}</div></body></html>"
    return text.encode()


def _report(skip: str = "", first: str = "", last: str = "", over: dict[str, str] | None = None) -> str:
    tables = _tables(E3, OWN)
    body = _p("一、总体情况", "我局专人负责公开，按月清点。") + first
    for key in KEYS:
        if key != skip:
            body += _p(HEADINGS[key]) + (over or {}).get(key, "") + tables[key]
    return (
        body
        + _p("五、存在的主要问题及改进情况", "公开的栏目仍要充实。", "六、其他需要报告的事项", "无。")
        + last
    )


def _read(*bodies: str) -> Reading:
    return read([extract(_page(bodies[0])), *(extract(_page(b, "")) for b in bodies[1:])], CATALOGUE)


def _of(reading: Reading, key: str) -> set[str]:
    return {v.status for v in reading.values if CATALOGUE.by_code[v.code].table == key}


def _foreign(reading: Reading) -> list[str]:
    return [f.message for f in reading.findings if f.rule == "read.foreign_table"]


def _exact(reading: Reading) -> None:
    for value in reading.values:
        if value.number is not None:
            assert str(value.number) == str(OWN[value.code]), value


ANOTHER = (
    "附：青溪县司法局2021年政府信息公开工作年度报告",
    "附件2：二〇二二年度政府信息公开情况表",
    "附：青溪县公安局2023年主动公开政府信息情况",
    "2022年数据（对照）",
    "附：上年数据",
    "2023年上半年政府信息公开统计表",
    "附件：2023年1—6月份情况",
    "2023年第四季度",
    "（截至2023年6月30日）",
    "2023年1月至9月",
    "填报单位：青溪县公安局",
)


@pytest.mark.parametrize("heading", ANOTHER)
@pytest.mark.parametrize("key", KEYS)
def test_a_table_of_another_year_or_body_does_not_fill_the_reports_gap(heading: str, key: str) -> None:
    annex = _p(heading) + _tables(E3, OTHER)[key]
    reading = _read(_report(skip=key, last=annex))
    assert _of(reading, key) == {"missing"}
    assert len(_foreign(reading)) == 1
    assert any(aside.table == key for aside in reading.aside)
    _exact(reading)


def test_every_part_of_an_annexed_report_stays_that_reports() -> None:
    annex = _p(ANOTHER[0])
    for key, table in _tables(E3, OTHER).items():
        annex += _p(HEADINGS[key]) + table
    annex += _p("2021年收到政府信息公开申请77件。")
    reading = _read(_p("一、总体情况", "我局专人负责公开。", "六、其他需要报告的事项", "无。") + annex)
    assert {v.status for v in reading.values} == {"missing"}
    assert len(_foreign(reading)) == 3
    assert not reading.facts


def test_the_report_goes_on_behind_the_table_of_another_year() -> None:
    shown = _p("2022年数据（对照）") + _tables(E3, OTHER)["t2"]
    reading = _read(_report(first=shown))
    assert all("reported" in _of(reading, key) for key in KEYS)
    assert len(_foreign(reading)) == 1
    _exact(reading)


def test_the_title_row_inside_a_table_is_read() -> None:
    table = _tables(E3, OTHER)["t2"].replace(
        "<tr>", '<tr><td colspan="4">青溪县司法局2022年主动公开情况</td></tr><tr>', 1
    )
    reading = _read(_report(skip="t2", last=table))
    assert _of(reading, "t2") == {"missing"}
    assert len(_foreign(reading)) == 1


def test_an_annex_of_another_year_without_a_title_is_left_aside() -> None:
    reading = _read(_report(skip="t3"), _p("2022年度") + _tables(E3, OTHER)["t3"])
    assert _of(reading, "t3") == {"missing"}
    assert len(_foreign(reading)) == 1


def test_an_annex_that_names_no_year_supplies_the_table() -> None:
    reading = _read(_report(skip="t3"), _tables(E3, OWN)["t3"])
    assert "reported" in _of(reading, "t3")
    assert not _foreign(reading)
    _exact(reading)


OWN_LINES = (
    "与2022年相比，主动公开的数量略有增加。",
    "2022年，我局公开较少。2023年公开的数量见下表。",
    "与2022年对比情况",
    "（三）2022年问题整改落实情况",
    "2024年工作打算",
    "发布日期：2024年1月15日",
    "2024年1月",
    "青司发〔2024〕3号",
    "根据《条例》（2019年修订）编制",
    "上一篇：青溪县司法局2022年政府信息公开工作年度报告",
    "附件：2023年政府信息公开情况表",
    "附件：青溪县人民政府司法局2023年政府信息公开情况统计表",
    "县司法局2023年主动公开情况",
    "2022、2023年主动公开情况",
    "统计期限：2023年1月1日至2023年12月31日",
    "1-12月",
    "截至2023年12月31日",
    "上半年的工作与下半年的工作",
    "填报日期：2024年1月5日",
    "填报单位：青溪县司法局（盖章）",
    "按2021年版格式编制",
)


@pytest.mark.parametrize("line", OWN_LINES)
def test_a_line_that_speaks_of_another_time_disowns_no_table(line: str) -> None:
    reading = _read(_report(over={key: _p(line) for key in KEYS}))
    assert not _foreign(reading)
    assert all("reported" in _of(reading, key) for key in KEYS)
    _exact(reading)


def test_where_the_title_has_the_year_of_publication_the_statistics_period_counts_too() -> None:
    told = _p(
        "一、概述", "统计期限自2016年1月1日起至2016年12月31日止。", "附件：2016年政府信息公开情况统计表"
    )
    page = _page(told + _tables(E1, truth(E1, 4))["stat"], "青溪县司法局2017年政府信息公开年度报告")
    reading = read([extract(page)], CATALOGUE)
    assert "reported" in _of(reading, "stat")
    assert not _foreign(reading)


@pytest.mark.parametrize("edition", [E1, E2])
def test_of_two_editions_the_one_that_the_year_asks_for_is_the_reports(edition: str) -> None:
    key = "stat" if edition == E1 else "t2"
    reading = _read(_report(last=_p("附表") + _tables(edition, truth(edition, 9))[key]))
    assert reading.edition == E3
    assert {v.code for v in reading.values} == {cell.code for cell in CATALOGUE.of_edition(E3)}
    assert len(_foreign(reading)) == 1
    _exact(reading)


def test_the_report_of_2019_may_print_the_old_table_beside_the_new_form() -> None:
    cells, old = truth(E2, 6), truth(E1, 6)
    body = "".join(_p(HEADINGS[key]) + table for key, table in _tables(E2, cells).items())
    body += _p("附件：政府信息公开情况统计表") + _tables(E1, old)["stat"]
    reading = read([extract(_page(body, "青溪县司法局2019年政府信息公开工作年度报告"))], CATALOGUE)
    assert "reported" in _of(reading, "stat")
    assert "reported" in _of(reading, "t2")
    assert not _foreign(reading)


def test_a_local_table_of_the_narrative_supplies_no_row_of_the_form() -> None:
    own = _tables(E3, OWN)["t2"]
    row = '<tr><td rowspan="1" colspan="1">行政处罚</td>'
    at = own.index(row)
    without = own[:at] + own[own.index("</tr>", at) + 5 :]
    local = "<table><tr><td>信息内容</td><td>本年处理决定数量</td></tr><tr><td>行政处罚</td><td>61</td></tr></table>"
    body = _report(first=_p("执法案件分布如下表") + local).replace(own, without)
    reading = _read(body)
    value = reading.value("ar.t2.art20_6.administrative_penalty.decisions")
    assert value is not None
    assert value.status == "missing"
    assert len(_foreign(reading)) == 1
    _exact(reading)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("司法局", "青溪县司法局", True),
        ("县司法局", "青溪县司法局", True),
        ("青溪县人民政府", "青溪县人民政府办公室", True),
        ("枫林镇", "青溪县枫林镇人民政府", True),
        ("公安局", "青溪县司法局", False),
        ("白石县司法局", "青溪县司法局", False),
        ("青溪县公安局", "青溪县司法局", False),
    ],
)
def test_a_body_is_known_by_its_short_name(one: str, other: str, same: bool) -> None:
    assert same_body(one, other) is same


def test_the_office_that_fills_in_the_form_of_a_government_disowns_nothing() -> None:
    body = _report(over={key: _p("填报单位：青溪县政务服务管理局") for key in KEYS})
    reading = read([extract(_page(body, "青溪县2023年政府信息公开工作年度报告"))], CATALOGUE)
    assert not _foreign(reading)
    _exact(reading)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("title", ["", "<tr><td colspan='4'>两年办理情况对比</td></tr>"])
def test_a_table_that_holds_years_against_each_other_takes_nothing_from_the_form(
    before: bool, title: str
) -> None:
    rows = (
        "本年新收政府信息公开申请数量",
        "（一）予以公开",
        "（二）部分公开",
        "行政许可",
        "四、结转下年度继续办理",
    )
    table = f"<table>{title}<tr><td>项目</td><td>2022年</td><td>2023年</td><td>增减</td></tr>"
    table += "".join(
        f"<tr><td>{row}</td><td>{7 * n}</td><td>{9 * n}</td><td>{2 * n}</td></tr>"
        for n, row in enumerate(rows, 1)
    )
    reading = _read(_report(first=table + "</table>") if before else _report(last=table + "</table>"))
    assert all(_of(reading, key) == {"reported"} for key in KEYS)
    assert any("2022、2023" in message for message in _foreign(reading))
    _exact(reading)
