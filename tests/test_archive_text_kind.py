"""What a file is, and which charset it is in: told from its bytes, whatever it calls itself."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.text.charset import declared, decode
from archive.text.extract import extract
from archive.text.kind import kind_of
from archive.text.refusal import NotReadable, NotYetReadable

TEXT = "中卫市司法局政府信息公开工作年度报告，本年新收政府信息公开申请数量为十二件。"
RARE = "䶮㑇公开年报，负责人朱镕基、喆堃。"  # two characters that only GB18030 can write


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
KINDS = {
    "html": (b"\xef\xbb\xbf\r\n<!DOCTYPE html><html></html>", "text/html", "HTML page"),
    "fragment": ("年报<p>一、总体情况</p>".encode(), "text/html", "HTML page"),
    "utf-16 html": (
        b"\xff\xfe" + "<html><body>年报</body></html>".encode("utf-16-le"),
        "text/html",
        "HTML page",
    ),
    "text": (TEXT.encode(), "text/plain", "text file"),
    "gbk text": (TEXT.encode("gbk"), "text/plain", "text file"),
    "text with a NUL": (TEXT.encode() + b"\0", "text/plain", "text file"),
    "text of a comparison": (b"1 < 2 and 3 > 2", "text/plain", "text file"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf", "PDF"),
    "pdf after rubbish": (b"\n\n rubbish %PDF-1.4 ", "application/pdf", "PDF"),
    "ole": (OLE, "application/x-ole-storage", "OLE file"),
    "docx": (
        zipped("[Content_Types].xml", "word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Word document (.docx)",
    ),
    "xlsx": (
        zipped("xl/workbook.xml"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel workbook (.xlsx)",
    ),
    "ofd": (zipped("OFD.xml", "Doc_0/Document.xml"), "application/ofd", "OFD document"),
    "zip": (zipped("年报.doc"), "application/zip", "ZIP archive"),
    "broken zip": (zipped("word/document.xml")[:30], "application/zip", "ZIP archive"),
    "rtf": (rb"{\rtf1\ansi", "application/rtf", "RTF"),
    "mhtml": (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n<html>',
        "multipart/related",
        "MHTML page",
    ),
    "rar": (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar", "RAR archive"),
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", "JPEG picture"),
    "png": (b"\x89PNG\r\n\x1a\n", "image/png", "PNG picture"),
    "gif": (b"GIF89a\x01\x00", "image/gif", "GIF picture"),
    "tiff": (b"II*\x00\x08\x00", "image/tiff", "TIFF picture"),
    "gzip": (gzip.compress(b"x"), "application/gzip", "gzip archive"),
    "empty": (b"", "application/x-empty", "empty file"),
    "two bytes": (b"\r\n", "application/x-empty", "empty file"),
    "binary": (bytes(range(256)) * 4, "application/octet-stream", "binary file"),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_of_a_file_is_told_from_its_bytes(name: str) -> None:
    data, media_type, word = KINDS[name]
    kind = kind_of(data)
    assert (kind.media_type, kind.word) == (media_type, word)


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind_and_a_text(data: bytes) -> None:
    assert kind_of(data).word
    text, name = decode(data)
    assert name
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("data", "hint", "charset"),
    [
        # the five real mismatches (PORTALS, A4)
        (f"<meta charset=gb2312><p>{TEXT}{RARE}".encode("gb18030"), "gb2312", "gb18030"),
        (f"<html><head></head><p>{TEXT}".encode("gbk"), "UTF-8", "gb18030"),
        (
            f'<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>{TEXT}'.encode(),
            "UTF-8",
            "utf-8",
        ),
        (
            f'<meta httpequiv="ContentType" content="text/html; charset=gb2312"><p>{TEXT}'.encode("gbk"),
            None,
            "gb18030",
        ),
        (b"\xef\xbb\xbf" + f"<meta charset=gbk><p>{TEXT}".encode(), "gbk", "utf-8"),
    ],
    ids=[
        "gb2312 is GB18030",
        "header UTF-8, body GBK",
        "UTF-8, meta gb2312",
        "misspelt meta",
        "byte order mark",
    ],
)
def test_a_wrong_declaration_does_not_spoil_the_text(data: bytes, hint: str | None, charset: str) -> None:
    text, name = decode(data, hint)
    assert name == charset
    assert TEXT in text
    assert "\ufffd" not in text
    assert not text.startswith("\ufeff")
    if charset == "gb18030" and hint == "gb2312":
        assert RARE in text


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (TEXT.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        ("<html><body><p>2023</p></body></html>".encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode() * 4 + b"\xe6\xb3", "utf-8"),  # cut off inside a character
        (TEXT.encode() * 30 + b"\xff\xfe" + TEXT.encode() * 30, "utf-8"),
        (TEXT.encode("gb18030") * 4 + b"\xb9", "gb18030"),
        (b"2023 12", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_damaged_and_unmarked_text_is_read_as_far_as_it_goes(data: bytes, charset: str) -> None:
    assert decode(data)[1] == charset


def test_big5_is_read_as_big5_where_the_page_says_so_or_the_bytes_do() -> None:
    traditional = "政府資訊公開工作年度報告，本年收到申請十二件，予以公開九件。" * 3
    assert decode(f"<meta charset=big5>{traditional}".encode("big5"))[0].endswith(traditional)


def test_a_declaration_is_only_a_hint() -> None:
    assert declared(b'<meta charset="GBK"><meta charset=nonsense>', "text/html; charset=utf-8") == [
        "utf-8",
        "gbk",
    ]
    assert decode(TEXT.encode("gbk"), "latin-1")[0] == TEXT
    assert decode(TEXT.encode("gbk"), "no-such-charset")[0] == TEXT


def test_a_page_goes_to_the_html_extractor_and_a_text_to_the_plain_one() -> None:
    page = extract(
        f"<html><body><div id=zoom><p>{TEXT}</p></div></body></html>".encode("gbk"), charset_hint="utf-8"
    )
    assert (page.media_type, page.charset, page.text()) == ("text/html", "gb18030", TEXT + "\n")
    text = extract(TEXT.encode("gbk"), media_type_hint="text/html; charset=gb2312")
    assert (text.media_type, text.charset) == ("text/plain", "gb18030")
    assert TEXT in text.text()


def test_a_kind_that_is_not_read_yet_says_so_and_that_it_is_kept() -> None:
    data = b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    with pytest.raises(NotYetReadable) as refusal:
        extract(data, media_type_hint="text/html")
    assert "Excel" in str(refusal.value)
    assert "kept as served" in str(refusal.value)


@pytest.mark.parametrize("name", ["empty", "two bytes", "binary", "gzip"])
def test_what_holds_no_report_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(NotReadable) as refusal:
        extract(KINDS[name][0])
    assert not isinstance(refusal.value, NotYetReadable)
    assert str(refusal.value).endswith(".")


def test_every_seed_is_read_as_text(shared: Path) -> None:
    seeds = sorted((shared / "seeds").glob("*.txt"))
    assert len(seeds) == 5
    for seed in seeds:
        document = extract(seed.read_bytes())
        assert document.media_type == "text/plain"
        assert document.text()
