"""The official tables as grids of cells with their spans, filled with figures as printed.

2014: 政府信息公开情况统计表 (国办发〔2014〕32号). 2019 and 2021: the tables of sections 二, 三 and 四
(国办公开办函〔2019〕60号, 国办公开办函〔2021〕30号).
"""

import csv
from dataclasses import dataclass
from functools import cache
from typing import Literal

from crawler.replica.world import DATA, Edition, Figures

TableKey = Literal["stat", "t2", "t3", "t4"]


@dataclass(frozen=True, slots=True)
class FormCell:
    """A cell as drawn; `code` names the indicator whose figure it shows."""

    text: str
    colspan: int = 1
    rowspan: int = 1
    code: str | None = None


Row = tuple[FormCell, ...]

APPLICANTS = (
    "natural_person",
    "commercial_enterprise",
    "research_institution",
    "public_welfare_organisation",
    "legal_service_organisation",
    "other_organisation",
    "total",
)
_PARTLY = "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"
_OVERDUE = "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"
_UNPAID = "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"
_REFUSED = (
    ("state_secret", "1.属于国家秘密"),
    ("other_law_prohibits", "2.其他法律行政法规禁止公开"),
    ("three_securities_one_stability", "3.危及“三安全一稳定”"),
    ("third_party_rights", "4.保护第三方合法权益"),
    ("internal_affairs", "5.属于三类内部事务信息"),
    ("process_information", "6.属于四类过程性信息"),
    ("enforcement_file", "7.属于行政执法案卷"),
    ("administrative_inquiry", "8.属于行政查询事项"),
)
_UNABLE = (
    ("not_held", "1.本机关不掌握相关政府信息"),
    ("needs_creation", "2.没有现成信息需要另行制作"),
    ("still_unclear", "3.补正后申请内容仍不明确"),
)
_NOT_HANDLED = (
    ("petition_complaint", "1.信访举报投诉类申请"),
    ("repeated", "2.重复申请"),
    ("publication", "3.要求提供公开出版物"),
    ("excessive", "4.无正当理由大量反复申请"),
    ("confirm_or_reissue", "5.要求行政机关确认或重新出具已获取信息"),
)
_OTHER_2021 = (("overdue_correction", _OVERDUE), ("unpaid_fee", _UNPAID), ("other", "3.其他"))
_OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")
_OUTCOME_CODES = ("upheld", "corrected", "other", "pending", "total")


def build(table: TableKey, edition: Edition, figures: Figures) -> tuple[Row, ...]:
    """The rows of a table, cells in the order of HTML: a cell below a row span is not repeated.

    Args:
        table: `stat` for the form of 2014; `t2`, `t3`, `t4` for the forms of 2019 and 2021.
        edition: which of the two forms `t2` and `t3` follow.
        figures: code to printed text; a code that is absent prints 0.
    """
    if table == "stat":
        return _stat(figures)
    if table == "t2":
        return _t2_2019(figures) if edition == "e2_2019" else _t2_2021(figures)
    if table == "t3":
        return _t3(edition, figures)
    return _t4(figures)


def codes(edition: Edition) -> frozenset[str]:
    """Every indicator that the tables of an edition print, heading rows of 2014 included."""
    keys: tuple[TableKey, ...] = ("stat",) if edition == "e1_2014" else ("t2", "t3", "t4")
    rows = [row for key in keys for row in build(key, edition, {})]
    return frozenset(cell.code for row in rows for cell in row if cell.code)


def _value(code: str, figures: Figures, colspan: int = 1) -> FormCell:
    return FormCell(figures.get(code, "0"), colspan, code=code)


@cache
def _stat_rows() -> tuple[tuple[str, str, str], ...]:
    with (DATA / "stat_form.csv").open(encoding="utf-8", newline="") as file:
        return tuple((row["code"], row["label"], row["unit"]) for row in csv.DictReader(file))


def _stat(figures: Figures) -> tuple[Row, ...]:
    head = (FormCell("统计指标"), FormCell("单位"), FormCell("统计数"))
    return (
        head,
        *((FormCell(label), FormCell(unit), _value(code, figures)) for code, label, unit in _stat_rows()),
    )


def _band(text: str) -> Row:
    return (FormCell(text, 4),)


def _line(
    label: str, stem: str, parts: tuple[str, ...], figures: Figures, spans: tuple[int, ...] = (1, 1, 1)
) -> Row:
    values = (
        _value(f"ar.t2.{stem}.{part}", figures, span)
        for part, span in zip(parts, spans[: len(parts)], strict=True)
    )
    return (FormCell(label), *values)


def _head(*labels: str, spans: tuple[int, ...] = (1, 1, 1)) -> Row:
    rest = (FormCell(label, span) for label, span in zip(labels, spans[: len(labels)], strict=True))
    return (FormCell("信息内容"), *rest)


def _t2_2019(figures: Figures) -> tuple[Row, ...]:
    documents = ("newly_made", "newly_disclosed", "total_disclosed")
    items = ("items_previous_year", "items_change", "decisions")
    item_head = _head("上一年项目数量", "本年增/减", "处理决定数量")
    return (
        _band("第二十条第（一）项"),
        _head("本年新制作数量", "本年新公开数量", "对外公开总数量"),
        _line("规章", "art20_1.rules", documents, figures),
        _line("规范性文件", "art20_1.normative_documents", documents, figures),
        _band("第二十条第（五）项"),
        item_head,
        _line("行政许可", "art20_5.administrative_licensing", items, figures),
        _line("其他对外管理服务事项", "art20_5.other_external_services", items, figures),
        _band("第二十条第（六）项"),
        item_head,
        _line("行政处罚", "art20_6.administrative_penalty", items, figures),
        _line("行政强制", "art20_6.administrative_compulsion", items, figures),
        _band("第二十条第（八）项"),
        _head("上一年项目数量", "本年增/减", spans=(1, 2)),
        _line("行政事业性收费", "art20_8.administrative_charges", items[:2], figures, (1, 2)),
        _band("第二十条第（九）项"),
        _head("采购项目数量", "采购总金额", spans=(1, 2)),
        _line("政府集中采购", "art20_9.centralised_procurement", ("projects", "amount"), figures, (1, 2)),
    )


def _t2_2021(figures: Figures) -> tuple[Row, ...]:
    documents = ("issued", "repealed", "in_force")
    decisions = _head("本年处理决定数量", spans=(3,))
    return (
        _band("第二十条第（一）项"),
        _head("本年制发件数", "本年废止件数", "现行有效件数"),
        _line("规章", "art20_1.rules", documents, figures),
        _line("行政规范性文件", "art20_1.normative_documents", documents, figures),
        _band("第二十条第（五）项"),
        decisions,
        _line("行政许可", "art20_5.administrative_licensing", ("decisions",), figures, (3,)),
        _band("第二十条第（六）项"),
        decisions,
        _line("行政处罚", "art20_6.administrative_penalty", ("decisions",), figures, (3,)),
        _line("行政强制", "art20_6.administrative_compulsion", ("decisions",), figures, (3,)),
        _band("第二十条第（八）项"),
        _head("本年收费金额（单位：万元）", spans=(3,)),
        _line("行政事业性收费", "art20_8.administrative_charges", ("amount",), figures, (3,)),
    )


def _t3(edition: Edition, figures: Figures) -> tuple[Row, ...]:
    def values(row: str) -> Row:
        return tuple(_value(f"ar.t3.{row}.{column}", figures) for column in APPLICANTS)

    def group(label: str, stem: str, parts: tuple[tuple[str, str], ...]) -> list[Row]:
        rows: list[Row] = []
        for number, (part, text) in enumerate(parts):
            head = (FormCell(label, rowspan=len(parts)),) if number == 0 else ()
            rows.append((*head, FormCell(text), *values(f"outcome.{stem}.{part}")))
        return rows

    results: list[Row] = [
        (FormCell("（一）予以公开", 2), *values("outcome.granted")),
        (FormCell(_PARTLY, 2), *values("outcome.partly_granted")),
        *group("（三）不予公开", "refused", _REFUSED),
        *group("（四）无法提供", "unable", _UNABLE),
        *group("（五）不予处理", "not_handled", _NOT_HANDLED),
    ]
    if edition == "e2_2019":
        results.append((FormCell("（六）其他处理", 2), *values("outcome.other_handling")))
    else:
        results.extend(group("（六）其他处理", "other_handling", _OTHER_2021))
    results.append((FormCell("（七）总计", 2), *values("outcome.total")))
    results[0] = (FormCell("三、本年度办理结果", rowspan=len(results)), *results[0])
    note = FormCell("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 3, 3)
    return (
        (note, FormCell("申请人情况", 7)),
        (FormCell("自然人", rowspan=2), FormCell("法人或其他组织", 5), FormCell("总计", rowspan=2)),
        tuple(FormCell(text) for text in ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")),
        (FormCell("一、本年新收政府信息公开申请数量", 3), *values("new_received")),
        (FormCell("二、上年结转政府信息公开申请数量", 3), *values("carried_in")),
        *results,
        (FormCell("四、结转下年度继续办理", 3), *values("carried_forward")),
    )


def _t4(figures: Figures) -> tuple[Row, ...]:
    channels = ("reconsideration", "litigation_direct", "litigation_after_reconsideration")
    return (
        (FormCell("行政复议", 5), FormCell("行政诉讼", 10)),
        (
            *(FormCell(label, rowspan=2) for label in _OUTCOMES),
            FormCell("未经复议直接起诉", 5),
            FormCell("复议后起诉", 5),
        ),
        tuple(FormCell(label) for label in _OUTCOMES * 2),
        tuple(_value(f"ar.t4.{channel}.{part}", figures) for channel in channels for part in _OUTCOME_CODES),
    )
