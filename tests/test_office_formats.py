"""The same report in every office format: the values are those of the page that it was made from."""

import base64
import io
import shutil
import struct
import tempfile
from functools import cache
from itertools import product
from pathlib import Path

import docx as python_docx
import pytest

from archive.text import office, word_doc
from archive.text.document import Document
from archive.text.extract import extract
from archive.text.refusal import NotReadable, NotYetReadable
from gxstore.reading.read import read
from gxstore.reading.report import Reading
from tests.forms import CATALOGUE, as_page, drawn_tables, laid_out, truth, wrong_cells
from tests.office_files import EDITIONS, convert, reports, zipped


def numbers(reading: Reading) -> dict[str, object]:
    return {value.code: (value.status, value.number, value.unit, value.raw) for value in reading.values}


@cache
def taken(to: str, edition: str) -> Document:
    """The text of a report in a format."""
    return extract(reports(to)[edition])


@pytest.mark.parametrize(
    ("to", "edition"),
    [*product(("docx", "doc", "xlsx", "xls"), EDITIONS), ("rtf", EDITIONS[2]), ("odt", EDITIONS[1])],
)
def test_a_report_in_an_office_format_gives_the_values_of_its_page(to: str, edition: str) -> None:
    cells = truth(edition)
    page = read([extract(as_page(edition, drawn_tables(edition, cells)))], CATALOGUE)
    found = read([taken(to, edition)], CATALOGUE)
    assert wrong_cells(found, edition, cells) == []
    assert numbers(found) == numbers(page)
    assert (found.title, found.edition, found.tables) == (page.title, page.edition, page.tables)
    assert [finding.rule for finding in found.findings] == [finding.rule for finding in page.findings]
    assert [section.key for section in found.sections] == [section.key for section in page.sections]


@pytest.mark.parametrize("to", ["docx", "doc", "xlsx", "xls"])
def test_the_same_file_gives_the_same_text_each_time(to: str) -> None:
    assert extract(reports(to)[EDITIONS[1]]).digest == taken(to, EDITIONS[1]).digest


def test_a_word_file_of_wps_is_read_as_what_it_is() -> None:
    """The bytes of a .wps file are those of a .doc; nobody looks at the name."""
    document = taken("doc", EDITIONS[0])
    assert (document.media_type, document.extractor) == ("application/msword", "gxcrawl-doc")
    assert document.extractor_version.startswith(f"{word_doc.VERSION}+lo")


def test_a_table_that_libreoffice_flattens_is_lost_and_not_absent() -> None:
    """A Word file that ends with its table, as no program but a careless one writes it."""
    edition = EDITIONS[0]
    made = python_docx.Document()
    made.add_paragraph("青溪县司法局2016年政府信息公开工作年度报告")
    ((_, drawn),) = drawn_tables(edition, truth(edition))
    grid = laid_out(drawn)
    table = made.add_table(len(grid), len(grid[0]))
    for row, line in enumerate(grid):
        for column, (text, _) in enumerate(line):
            table.cell(row, column).text = text
    out = io.BytesIO()
    made.save(out)
    flattened = convert({"a.docx": out.getvalue()}, "doc")["a"]
    reading = read([extract(flattened)], CATALOGUE)
    assert {value.why for value in reading.values} == {"lost_in_extraction"}
    assert "read.table_lost" in {finding.rule for finding in reading.findings}


def test_without_libreoffice_the_refusal_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    data = reports("doc")[EDITIONS[0]]
    monkeypatch.setattr(office, "office", lambda: None)
    with pytest.raises(NotYetReadable, match="apt-get install libreoffice-writer-nogui"):
        extract(data)


def test_without_antiword_the_reading_says_that_nobody_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = reports("doc")[EDITIONS[0]]
    monkeypatch.setattr(shutil, "which", lambda _: None)
    document = extract(data)
    assert any("apt-get install antiword" in remark for remark in document.remarks)
    assert {f.severity for f in read([document], CATALOGUE).findings} == {"info"}


def test_a_conversion_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    data = reports("rtf")[EDITIONS[0]]
    monkeypatch.setattr(office, "SECONDS", 0.05)
    with pytest.raises(NotReadable, match=r"more than 0\.05 seconds"):
        extract(data)


def test_nothing_is_left_behind_of_a_conversion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = reports("rtf")[EDITIONS[0]]
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    extract(data)
    assert list(tmp_path.iterdir()) == []


def test_a_conversion_has_no_network(tmp_path: Path) -> None:
    """Where the system allows it; elsewhere the profile's dead proxy stands in its place."""
    ended = office._run(["/bin/cat", "/proc/net/dev"], tmp_path, "a file")
    devices = [line.split(":")[0].strip() for line in ended.stdout.decode().splitlines()[2:]]
    assert devices == ["lo"] or not office.can_shut_off_network()


def test_a_protected_word_file_is_refused() -> None:
    data = bytearray(reports("doc")[EDITIONS[0]])
    at = data.index(struct.pack("<H", 0xA5EC))  # wIdent of the FIB (MS-DOC, 2.5.2)
    data[at + 11] |= 0x01  # fEncrypted
    with pytest.raises(NotReadable, match="protected by a password"):
        extract(bytes(data))


@pytest.mark.parametrize(
    ("to", "kept"),
    [*product(("docx", "xlsx", "xls"), (0.02, 0.3, 0.8)), ("doc", 0.02), ("doc", 0.8), ("odt", 0.8)],
)
def test_a_file_cut_off_anywhere_is_refused_in_a_sentence_or_says_what_is_lost(to: str, kept: float) -> None:
    whole = reports(to)[EDITIONS[2]]
    cut = whole[: int(len(whole) * kept)]
    try:
        reading = read([extract(cut)], CATALOGUE)
    except NotReadable:
        return
    assert not [
        v for v in reading.values if v.number is not None and v.number != truth(EDITIONS[2]).get(v.code)
    ]


@pytest.mark.parametrize("suffix", ["xml", "mht"])
def test_a_word_file_in_one_text_file_is_read(suffix: str) -> None:
    cells = truth(EDITIONS[2])
    page = as_page(EDITIONS[2], drawn_tables(EDITIONS[2], cells))
    if suffix == "mht":
        gbk = page.decode().replace("charset='utf-8'", "charset='gb2312'").encode("gbk")
        data = (
            (
                b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="----=_Part"\r\n\r\n'
                b"------=_Part\r\nContent-Location: file:///C:/1.files/a.xml\r\nContent-Type: text/xml\r\n\r\n<xml/>\r\n"
                b'------=_Part\r\nContent-Type: text/html; charset="gb2312"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            )
            + base64.encodebytes(gbk)
            + b"------=_Part--\r\n"
        )
    else:
        paragraphs = "".join(
            f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
            for text in ("青溪县司法局2023年政府信息公开工作年度报告",)
        )
        data = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><?mso-application progid="Word.Document"?>'
            '<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:body>'
            f"{paragraphs}</w:body></w:wordDocument>"
        ).encode()
    document = extract(data, media_type_hint="application/msword")
    reading = read([document], CATALOGUE)
    assert reading.title == "青溪县司法局2023年政府信息公开工作年度报告"
    if suffix == "mht":
        assert wrong_cells(reading, EDITIONS[2], cells) == []
        assert (document.media_type, document.charset) == ("multipart/related", "gb18030")


def test_a_workbook_that_excel_saved_as_frames_in_one_file_is_read_sheet_by_sheet() -> None:
    cells = truth(EDITIONS[2])
    tables = drawn_tables(EDITIONS[2], cells)
    sheets = [
        as_page(EDITIONS[2], [table]).decode().replace("charset='utf-8'", "charset='gb2312'")
        for table in tables
    ]
    frames = "<html><frameset rows='*,39'><frame src='a'><noframes><body>此页使用框架</body></noframes></frameset></html>"
    parts = [frames, "<html><body>Sheet1 一张表的名字在此处</body></html>", *sheets]
    data = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
    for part in parts:
        head = (
            b'--b\r\nContent-Type: text/html; charset="gb2312"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        )
        data += head + base64.encodebytes(part.encode("gbk"))
    document = extract(data + b"--b--\r\n")
    assert [table.index for table in document.tables()] == list(range(1, len(tables) + 1))
    assert wrong_cells(read([document], CATALOGUE), EDITIONS[2], cells) == []


def test_an_open_spreadsheet_is_said_not_to_be_read_and_not_to_be_damaged() -> None:
    parts = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}
    with pytest.raises(NotYetReadable, match=r"OpenDocument spreadsheet \(\.ods\)"):
        extract(zipped(parts))


def test_an_office_file_of_another_kind_is_no_archive() -> None:
    with pytest.raises(NotYetReadable, match="Office file"):
        extract(zipped({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>"}))
