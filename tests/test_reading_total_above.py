"""The head of table three as the seeds print it: 总计 in its first row, 自然人 in the second, the five in the third."""

from pathlib import Path

import pytest

from archive.text.plain import to_document
from gxstore import catalogue
from gxstore.reading.read import read
from gxstore.reading.report import Value

CATALOGUE = catalogue.load()
COLUMNS = [column.code for column in CATALOGUE.columns]
ROW = "ar.t3.new_received."
SEEDS = ("001_e5194636313e52a0.txt", "003_8e4fae53c81d4e1a.txt", "004_ee5ad72c821d4185.txt")


def cells(text: str) -> dict[str, Value]:
    reading = read([to_document(text)], CATALOGUE)
    return {value.code: value for value in reading.values}


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("figures", [(1, 2, 3, 4, 5, 6, 21), (5, 0, 0, 0, 0, 0, 5), (0, 0, 0, 0, 0, 8, 8)])
def test_figures_put_into_a_seeds_own_row_come_back_in_their_columns(
    shared: Path, name: str, figures: tuple[int, ...]
) -> None:
    lines = (shared / "seeds" / name).read_text("utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if "本年新收政府信息公开申请数量" in line)
    mark = "|" if "|" in lines[at] else "\t"
    told = iter(figures)
    lines[at] = mark.join(
        part.replace("0", str(next(told))) if part.strip() == "0" else part for part in lines[at].split(mark)
    )
    found = cells("\n".join(lines))
    assert [found[ROW + column].number for column in COLUMNS] == list(figures)


HEAD = (
    "三、收到和处理政府信息公开申请情况\n\n{first}\n{second}\n"
    "\t\t\t商业企业\t科研机构\t社会公益组织\t法律服务机构\t其他\n"
    "一、本年新收政府信息公开申请数量\t\t{figures}\n二、上年结转政府信息公开申请数量\t\t{figures}\n"
)
LAST, LEADS = "1\t2\t3\t4\t5\t6\t21", "21\t1\t2\t3\t4\t5\t6"


@pytest.mark.parametrize(
    ("first", "second", "figures"),
    [
        ("勾稽\t\t申请人情况\t\t\t\t\t\t总计", "\t\t自然人\t法人或其他组织\t\t\t\t\t", LAST),
        ("勾稽\t\t\t\t\t\t\t\t总计", "\t\t自然人\t法人或其他组织\t\t\t\t\t", LAST),
        ("勾稽\t\t总计\t申请人情况\t\t\t\t\t", "\t\t\t自然人\t法人或其他组织\t\t\t\t", LEADS),
    ],
)
def test_a_total_in_the_row_above_closes_or_leads_as_it_stands(first: str, second: str, figures: str) -> None:
    found = cells(HEAD.format(first=first, second=second, figures=figures))
    assert [found[ROW + column].number for column in COLUMNS] == [1, 2, 3, 4, 5, 6, 21]


def test_in_a_stream_of_cells_a_total_before_the_persons_is_not_guessed() -> None:
    text = HEAD.format(first="申请人情况\t总计", second="自然人\t法人或其他组织", figures=LAST)
    found = cells("\n".join(part for line in text.split("\n") for part in line.split("\t") if part))
    assert all(found[ROW + column].number is None for column in COLUMNS if ROW + column in found)
