"""A picture where a table might stand: what it shows is not read, and nothing is said to be absent for it."""

from archive.text.document import Document, Heading, Paragraph, Picture, Place
from gxstore.reading.read import read
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
