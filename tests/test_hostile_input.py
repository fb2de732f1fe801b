"""Input that is made to break a reader: each file is read in a process of its own with little memory and time."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MOST_MEMORY = 3 << 30
MOST_SECONDS = 60
HEAD = "<html><head><title>灵武市司法局2021年政府信息公开工作年度报告</title></head><body><div id=zoom><p>一、总体情况</p>"
TEXT_HEAD = "灵武市司法局2021年政府信息公开工作年度报告\n三、收到和处理政府信息公开申请情况\n"
ROW = "一、本年新收政府信息公开申请数量"
MEGABYTES = 10_000_000

_READ = """
import json, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from archive.text.extract import extract
from gxstore import catalogue
from gxstore.reading.read import read
reading = read([extract(Path(sys.argv[1]).read_bytes())], catalogue.load())
print(json.dumps({{
    "numbers": {{value.code: str(value.number) for value in reading.values if value.number is not None}},
    "why": sorted({{value.why for value in reading.values if value.why}}),
    "findings": [[finding.rule, finding.message] for finding in reading.findings],
}}))
"""


def filled(text: str, size: int = MEGABYTES) -> str:
    return text * (size // len(text.encode("utf-8", "surrogatepass")) + 1)


def cells(*texts: str) -> str:
    return "<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"


HOSTILE = {
    "tables_nested_in_each_other": HEAD + filled("<table><tr><td>"),
    "many_tables_nested_two_hundred_deep": HEAD
    + ("<table><tr><td>a<td>b<td>1" * 200 + "</table>" * 200) * (MEGABYTES // 6800),
    "a_table_of_a_million_rows": HEAD + "<table>" + cells("1", "2") * 1_000_000 + "</table>",
    "a_row_of_a_million_cells": HEAD + "<table><tr>" + "<td>1</td>" * 1_000_000 + "</tr></table>",
    "spans_without_end": HEAD
    + "<table>"
    + "<tr><td rowspan=99999999 colspan=99999999>1</td><td rowspan=99999999>3</td></tr>" * 30_000
    + "</table>",
    "a_row_that_is_repeated_without_end": HEAD + "<table>" + filled(cells(ROW, *"1234567")) + "</table>",
    "elements_nested_without_end": HEAD + filled("<div>"),
    "a_cell_nested_without_end": HEAD
    + f"<table><tr><td>{ROW}</td><td>"
    + filled("<span>")
    + "1</td></tr></table>",
    "one_number_of_millions_of_digits": HEAD + "<p>" + filled("1234567890") + "</p>",
    "one_sentence_of_millions_of_characters": HEAD
    + "<p>"
    + filled("全年收到政府信息公开申请12件，办结")
    + "</p>",
    "a_text_of_pipes": TEXT_HEAD + filled("|"),
    "a_text_of_tabs": TEXT_HEAD + filled("\t"),
    "millions_of_lines_with_one_number": TEXT_HEAD + filled("0\n"),
    "a_row_of_millions_of_numbers": TEXT_HEAD + ROW + filled(" 0"),
    "a_form_that_never_ends": TEXT_HEAD
    + filled(f"{ROW}\t1\t2\t3\t4\t5\t6\t7\n（一）予以公开\t1\t1\t1\t1\t1\t1\t6\n"),
    "surrogates": HEAD
    + filled("<p>&#xD800;&#55296;\ud800</p><table>" + cells("&#xDFFF;", "3", "4") + "</table>"),
    "nuls": HEAD + filled("<p>第\0二\0部分1\0 2</p>"),
}


def read_confined(tmp_path: Path, content: str) -> dict[str, Any]:
    """What is read of a file, in a process that is killed where it asks for too much."""
    path = tmp_path / "hostile"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    code = _READ.format(memory=MOST_MEMORY, seconds=MOST_SECONDS)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-400:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_within_bounds_and_the_reading_says_what_was_cut_off(
    tmp_path: Path, name: str
) -> None:
    told = read_confined(tmp_path, HOSTILE[name])
    said = [message for rule, message in told["findings"] if rule in ("read.document", "read.no_prose")]
    assert any("cut off" in message for message in said), told["findings"]
    assert len(told["findings"]) < 2000
    # What was cut off speaks of us, never of the agency.
    assert set(told["why"]) <= {"lost_in_extraction"}


def test_no_number_is_taken_from_a_row_that_is_repeated_with_other_numbers(tmp_path: Path) -> None:
    rows = [[n, n + 1, n + 2, n + 3, n + 4, n + 5, 6 * n + 15] for n in range(1, 3000)]
    head = cells("", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    told = read_confined(
        tmp_path, HEAD + f"<table>{head}" + "".join(cells(ROW, *map(str, r)) for r in rows) + "</table>"
    )
    assert told["numbers"] == {}
    rules = [rule for rule, _ in told["findings"]]
    assert 0 < rules.count("read.unreadable") <= 500


def test_a_report_with_nuls_and_surrogates_in_it_reads_as_it_does_without(tmp_path: Path) -> None:
    good = TEXT_HEAD + f"{ROW}\t1\t2\t3\t4\t5\t6\t21\n".join(["", ""])
    plain = read_confined(tmp_path, good)
    spoilt = read_confined(tmp_path, good.replace("申请", "申\0请"))
    assert plain["numbers"] == spoilt["numbers"]
    assert ["read.document", "Of the file, NUL characters were left out."] in spoilt["findings"]


def test_the_limits_are_real(tmp_path: Path) -> None:
    hog = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({MOST_MEMORY},) * 2); bytearray({MOST_MEMORY})"
    assert subprocess.run([sys.executable, "-c", hog], capture_output=True, check=False).returncode != 0
