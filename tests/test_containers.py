"""Archives: whatever they are, every file in them is read, or named with the reason."""

import io
import zipfile

import libarchive
import pytest

from archive.text import container, wire
from archive.text.container import NOT_READ, members
from archive.text.document import Paragraph
from archive.text.extract import extract
from archive.text.kind import kind_of
from archive.text.refusal import NotReadable, NotYetReadable
from gxstore.reading.bundled import reports_in
from gxstore.reading.read import read
from tests import forms
from tests.office_files import docx, ole, p, rar4, rar5, tbl, tc, zipped

TABLE = tbl(tc("甲") + tc("1") + tc("2"), tc("乙") + tc("3") + tc("4"))
REPORT = docx(p("青溪县司法局2023年政府信息公开工作年度报告") + TABLE)
ANNEX = docx(p("附表") + TABLE.replace("3", "5"))


def seven_zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()

    def write(block: bytes) -> int:
        return out.write(block)

    with libarchive.custom_writer(write, "7zip") as archive:
        for name, data in files.items():
            archive.add_file_from_memory(name, len(data), data)
    return out.getvalue()


PACKED = {"zip": zipped, "rar4": rar4, "rar5": rar5, "7z": seven_zip}


@pytest.mark.parametrize("how", PACKED)
def test_every_file_of_an_archive_is_read_and_named(how: str) -> None:
    data = PACKED[how](
        {"年报/正文.docx": REPORT, "年报/附表.docx": ANNEX, "年报/读我.exe": b"MZ\x90\x00\x03" * 80}
    )
    document = extract(data)
    assert [block.text for block in document.blocks if isinstance(block, Paragraph)] == [
        "青溪县司法局2023年政府信息公开工作年度报告",
        "附表",
    ]
    assert [table.index for table in document.tables()] == [1, 2]
    assert set(document.meta) == {"file 年报/正文.docx", "file 年报/附表.docx"}
    (remark,) = document.remarks
    assert remark.startswith(f"{NOT_READ} 年报/读我.exe: This is a binary file")


def test_names_in_gbk_are_read_without_the_flag_for_utf_8() -> None:
    data = zipped({"XXXX.docx": REPORT}).replace(b"XXXX.docx", "年报.docx".encode("gbk"))
    assert [member.name for member in members(data, "a ZIP archive", is_zip=True)] == ["年报.docx"]


def test_the_same_text_twice_is_read_once() -> None:
    document = extract(
        zipped({"a.docx": REPORT, "b.docx": REPORT, "__MACOSX/._a.docx": b"\0\0", ".DS_Store": b"x"})
    )
    assert len(list(document.tables())) == 1
    assert document.meta["file b.docx"] == "the same text once more"
    assert document.remarks == ()


def test_an_archive_in_an_archive_is_opened_and_no_deeper() -> None:
    once = zipped({"a.zip": zipped({"a.docx": REPORT})})
    assert len(list(extract(once).tables())) == 1
    with pytest.raises(NotReadable, match="an archive in an archive in an archive"):
        extract(zipped({"b.zip": once}))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (zipped({"a.txt": b"0" * (130 << 20)}), "more than 128 MB"),
        (zipped({f"{n}.txt": b"x" for n in range(400)}), "more than 300 files"),
        (zipped({}), "no file can be read. It is empty"),
        (zipped({"a.exe": b"MZ\x90\x00\x03" * 80}), "no file can be read. a.exe: This is a binary file"),
        (rar5({"a.docx": REPORT})[:300], "cut off or damaged"),
        (rar4({"a.docx": REPORT})[:300], "cut off or damaged"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(60), "no file can be read|cut off or damaged"),
    ],
    ids=["bomb", "files", "empty", "nothing in it", "rar5 cut off", "rar4 cut off", "7z damaged"],
)
def test_an_archive_that_holds_nothing_to_read_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(NotReadable, match=sentence):
        extract(data)


def test_an_archive_with_a_password_is_refused() -> None:
    data = bytearray(zipped({"a.docx": REPORT}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(NotReadable, match="protected by a password"):
        extract(bytes(data))


def test_a_zip_needs_no_libarchive_and_a_rar_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "libarchive", None)
    assert extract(zipped({"a.docx": REPORT})).blocks
    with pytest.raises(NotYetReadable, match=container.INSTALL):
        extract(rar5({"a.docx": REPORT}))


def test_a_file_is_not_extracted_by_a_name_that_leads_elsewhere(tmp_path: object) -> None:
    found = members(zipped({"../../etc/passwd": b"x" * 30}), "a ZIP archive", is_zip=True)
    assert [member.name for member in found] == [
        "../../etc/passwd"
    ]  # a name and no place: nothing is written


@pytest.mark.parametrize(
    ("names", "media_type"),
    [
        (("WordDocument", "1Table"), "application/msword"),
        (("Workbook",), "application/vnd.ms-excel"),
        (("Book",), "application/vnd.ms-excel"),
        (("EncryptedPackage", "EncryptionInfo"), "application/x-ole-storage"),
        (("CONTENTS", "MatOST"), "application/x-ole-storage"),
        (("PowerPoint Document",), "application/x-ole-storage"),
    ],
)
def test_an_ole_file_is_told_by_its_directory(names: tuple[str, ...], media_type: str) -> None:
    assert kind_of(ole(*names)).media_type == media_type
    # Words in the text of a file are no names of its streams.
    assert kind_of(ole(*names) + "WordDocument Workbook".encode("utf-16-le")).media_type == media_type


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (ole("EncryptedPackage", "EncryptionInfo"), "protected by a password"),
        (ole("PowerPoint Document"), "PowerPoint"),
        (ole("CONTENTS", "MatOST"), r"holds CONTENTS, MatOST.*before 2000"),
        (ole("WordDocument")[:600], "cut off or damaged"),
    ],
)
def test_an_ole_file_of_another_kind_is_refused_with_what_it_holds(data: bytes, sentence: str) -> None:
    with pytest.raises(NotReadable, match=sentence):
        extract(data)


def test_a_zip_of_plain_text_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "年报.txt", "青溪县司法局2023年政府信息公开工作年度报告\n一、总体情况\n".encode("gbk")
        )
    assert "总体情况" in extract(out.getvalue()).text()


# ---- several reports in one archive


def report_of(body: str, year: int, seed: int, *, title: str | None = None) -> bytes:
    whole = forms.as_page(forms.E3, forms.tables_of(forms.E3, forms.truth(forms.E3, seed), {}))
    own = title if title is not None else f"{body}{year}年政府信息公开工作年度报告"
    return whole.replace(forms._title(forms.E3).encode(), own.encode())


@pytest.mark.parametrize("others", [("青溪县教育局", 2023), ("青溪县司法局", 2022)])
def test_reports_of_several_bodies_or_years_are_told_apart(others: tuple[str, int]) -> None:
    packed = extract(zipped({"1.html": report_of("青溪县司法局", 2023, 3), "2.html": report_of(*others, 4)}))
    one, other = reports_in(packed, forms.CATALOGUE)
    for report, seed in ((one, 3), (other, 4)):
        assert forms.wrong_cells(read([report], forms.CATALOGUE), forms.E3, forms.truth(forms.E3, seed)) == []
    assert [table.index for report in (one, other) for table in report.tables()] == [1, 2, 3, 4, 5, 6]
    assert "it holds 2 reports; this one is 1.html" in one.remarks


def test_a_report_and_its_annex_or_its_copy_are_one_report() -> None:
    report = report_of("青溪县司法局", 2023, 3)
    for more in ({"附表.docx": ANNEX}, {"附件.zip": zipped({"a.html": report.replace(b"<h1", b"<h1 ")})}, {}):
        packed = extract(zipped({"正文.html": report, **more}))
        assert reports_in(packed, forms.CATALOGUE) == (packed,)


def test_a_table_that_does_not_say_whose_it_is_belongs_to_none_of_several_reports() -> None:
    bare = report_of("", 0, 5, title="")
    packed = extract(
        zipped(
            {
                "1.html": report_of("甲县司法局", 2023, 3),
                "2.html": report_of("乙县教育局", 2023, 4),
                "3.html": bare,
            }
        )
    )
    reports = reports_in(packed, forms.CATALOGUE)
    assert len(reports) == 2
    assert all("its file 3.html does not say" in report.remarks[-1] for report in reports)
    assert [len(list(report.tables())) for report in reports] == [3, 3]


def test_an_archive_whose_files_contradict_each_other_without_a_title_is_not_read() -> None:
    packed = extract(
        zipped({"1.html": report_of("", 0, 3, title=""), "2.html": report_of("", 0, 4, title="")})
    )
    assert reports_in(packed, forms.CATALOGUE) == ()


def test_the_files_of_an_archive_come_out_of_the_reading_process() -> None:
    packed = extract(zipped({"a.docx": REPORT, "b.zip": zipped({"c.docx": ANNEX})}))
    assert packed.files == (("a.docx", 0), ("b.zip/c.docx", 2))
    assert wire.from_bytes(wire.to_bytes(packed)) == packed
