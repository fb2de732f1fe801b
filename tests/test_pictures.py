"""A picture where a table might stand: what it shows is not read, and nothing is said to be absent for it."""

from dataclasses import replace

import pytest

from archive.text.document import (
    PICTURE,
    PICTURE_NOT_HAD,
    Document,
    Heading,
    Paragraph,
    Picture,
    Place,
    Table,
)
from gxstore.reading.annexes import choose_annexes
from gxstore.reading.read import read
from tests import forms
from tests.forms import CATALOGUE

TITLE = Paragraph("海原县水务局2021年政府信息公开工作年度报告")


def _document(*blocks: Heading | Paragraph | Picture) -> Document:
    return Document((TITLE, *blocks), "application/pdf", None, "test", "1")


def test_a_page_that_is_a_picture_may_hold_any_table() -> None:
    with_picture = read([_document(Picture(place=Place(page=2)))], CATALOGUE)
    assert {value.why for value in with_picture.values} == {"table_is_image"}
    without = read([_document()], CATALOGUE)
    assert {value.why for value in without.values} == {"table_not_published"}


def test_a_picture_does_not_count_for_the_digest() -> None:
    assert _document(Picture("./W02.jpg")).digest == _document().digest
    assert [picture.target for picture in _document(Picture("./W02.jpg")).pictures()] == ["./W02.jpg"]


def _page(*blocks: Heading | Paragraph, remarks: tuple[str, ...]) -> Document:
    return Document((TITLE, *blocks), "text/html", "utf-8", "test", "1", remarks=remarks)


def test_a_page_of_nothing_but_pictures_may_hold_any_table_in_them() -> None:
    for remark, why in (
        (f"{PICTURE} a.jpg", "table_is_image"),
        (f"{PICTURE_NOT_HAD} a.jpg", "attachment_not_captured"),
    ):
        assert {value.why for value in read([_page(remarks=(remark,))], CATALOGUE).values} == {why}


def test_a_picture_that_was_not_captured_is_told() -> None:
    found = read([_page(remarks=(f"{PICTURE_NOT_HAD} http://a.gov.cn/W02.jpg",))], CATALOGUE)
    (told,) = [finding for finding in found.findings if finding.rule == "read.document"]
    assert told.severity == "warning"
    assert "http://a.gov.cn/W02.jpg" in told.message


def test_the_reading_is_another_where_a_picture_was_not_read() -> None:
    assert read([_document(Picture())], CATALOGUE).digest != read([_document()], CATALOGUE).digest


def _pictures_of(edition: str, at: int) -> tuple[Document, list[Document]]:
    """A page without tables, and its tables as pictures, table three cut in two: the second has no head."""
    whole = forms.as_html(edition, forms.tables_of(edition, forms.truth(edition), {}))
    words = tuple(block for block in whole.blocks if not isinstance(block, Table))
    two, three, four = (block for block in whole.blocks if isinstance(block, Table))
    above = replace(three, index=2, cells=tuple(cell for cell in three.cells if cell.row < at))
    moved = tuple(replace(c, row=c.row - at + 1) for c in three.cells if c.row >= at)
    below = replace(three, index=1, cells=moved)
    return replace(whole, blocks=words), [
        Document((two, above), "image/jpeg", None, "test", "1"),
        Document((below, replace(four, index=2)), "image/jpeg", None, "test", "1"),
    ]


@pytest.mark.parametrize("edition", [forms.E2, forms.E3])
def test_a_table_goes_on_from_one_picture_to_the_next(edition: str) -> None:
    page, pictures = _pictures_of(edition, 14)
    chosen = choose_annexes(page, pictures, {0, 1}, CATALOGUE)
    assert chosen == (0, 1)
    reading = read([page, *pictures], CATALOGUE)
    assert forms.wrong_cells(reading, edition, forms.truth(edition)) == []


def test_a_picture_that_adds_nothing_to_the_page_is_not_read_with_it() -> None:
    page, pictures = _pictures_of(forms.E3, 14)
    whole = forms.as_html(forms.E3, forms.tables_of(forms.E3, forms.truth(forms.E3), {}))
    assert choose_annexes(whole, pictures, {0, 1}, CATALOGUE) == ()
    photo = Document((Paragraph("培训会现场"),), "image/jpeg", None, "test", "1")
    assert choose_annexes(page, [photo], {0}, CATALOGUE) == ()


def test_a_table_of_another_year_in_pictures_stays_so_on_the_next_picture() -> None:
    page, pictures = _pictures_of(forms.E3, 14)
    year = forms.YEARS[forms.E3]
    own, others = read([page, *pictures], CATALOGUE), []
    title = Paragraph(f"附件：海原县水务局{year - 1}年政府信息公开工作年度报告")
    for number, picture in enumerate(pictures):
        blocks = (title, *picture.blocks) if number == 0 else picture.blocks
        others.append(replace(picture, blocks=blocks))
    found = read([page, *others], CATALOGUE)
    assert any(value.status == "reported" for value in own.values)
    assert not any(value.status == "reported" for value in found.values)
