"""Files beside a page that are not what their name promises: named where the report is in them, a remark where it is not."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest

from archive.text.extract import extract
from archive.text.refusal import NotReadable
from crawler.attachments import why_unread
from crawler.hollow import emptied
from crawler.missed import hollow_pages, years_given
from crawler.replica.article import blocks
from crawler.replica.attachments import docx
from crawler.replica.server import Replica
from crawler.replica.world import Changes, Page
from gxstore.frontier import LedgerRow
from tests.pictured import page_of

HOST, SLUG = "www.nxlw.gov.cn", "nx-lingwu-sfj"
RUBBISH = {
    2024: b"file error",
    2023: '{"code":500,"msg":"文件不存在"}'.encode(),
    2022: b"\r\x01",
    2021: b"PK\x03\x04" + b"x" * 3000,
    2020: b"%PDF-1.4\n%%EOF",
    2019: "<span>文件不存在</span>".encode(),
}


@pytest.mark.parametrize("body", RUBBISH.values())
def test_what_is_served_in_the_place_of_a_file_is_told_from_a_file(body: bytes) -> None:
    try:
        text: Any = extract(body)
    except NotReadable as error:
        text = error
    assert why_unread(body, text)


def test_a_long_text_under_the_name_of_a_file_is_read() -> None:
    body = ("灵武市司法局2020年政府信息公开工作年度报告。" * 40).encode()
    assert why_unread(body, extract(body)) is None


def row(url: str, kind: str = "report", **values: Any) -> LedgerRow:
    context = {"portal": HOST, "column": "/x/", "agency": SLUG, "listed": True, "year": 2023}
    given = {"state": "done", "verdict": "ok", "result": "new", "reason": None, "told": None} | values
    return LedgerRow(url=url, kind=kind, host=HOST, context=context, **given)


def page(files: list[str]) -> LedgerRow:
    return row(
        "p", told={"shows": {"agency": SLUG, "year": 2023, "title_year": 2023, "text": "t", "files": files}}
    )


def test_a_page_of_whose_files_none_was_read_is_no_report_taken() -> None:
    unread = row("a.pdf", "attachment", told={"unread": "It is damaged."})
    rows = [page(["a.pdf"]), unread]
    assert list(hollow_pages(rows)) == ["p"]
    assert years_given(rows, {}) == {}
    troubles, notes = emptied(rows)
    assert [(trouble.code, trouble.url) for trouble in troubles] == [("no_text", "p")]
    assert notes == ["a.pdf could not be read: It is damaged."]
    assert hollow_pages([page(["a.pdf", "b.pdf"]), unread, row("b.pdf", "attachment")]) == {}


def test_a_file_that_failed_is_named_once_and_not_with_its_page() -> None:
    rows = [page(["a.pdf"]), row("a.pdf", "attachment", state="failed", verdict="wrong_type")]
    assert emptied(rows) == ([], [])
    assert years_given(rows, {}) == {}


def where(page: Page) -> str:
    return f"http://{page.host}{page.path}"


def test_a_harvest_names_each_unreadable_file_that_holds_a_report(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("ningxia")
    served = {year: where(page_of(replica, SLUG, year)) for year in RUBBISH}
    for year, body in RUBBISH.items():
        title = f"灵武市司法局{year}年政府信息公开工作年度报告"
        file = f"./P{year}0120.docx"
        text = f'<h1>{title}</h1><div class="TRS_Editor"><p>附件：<a href="{file}">{title}.docx</a></p></div>'
        whole = f"<html><head><title>{title}</title></head><body>{text}</body></html>"
        replica.serve(served[year], whole.encode())
        replica.serve(
            urljoin(served[year], file), body, headers=[("Content-Type", "application/octet-stream")]
        )
    good = page_of(replica, SLUG, 2018)
    title = "灵武市司法局2018年政府信息公开工作年度报告"
    text = f'<h1>{title}</h1><p><a href="./good.docx">{title}.docx</a></p>'
    replica.serve(
        where(good), f"<html><head><title>{title}</title></head><body>{text}</body></html>".encode()
    )
    replica.serve(urljoin(where(good), "./good.docx"), docx(blocks(replica.world, good, Changes())))
    summary = made.run(portal=HOST)
    bad = sorted(urljoin(served[year], f"./P{year}0120.docx") for year in RUBBISH)
    assert summary["outcome"] == "partial"
    named = {reason.split()[1]: reason.split("): ")[1].split(",")[0] for reason in summary["reasons"]}
    assert sorted(named.keys() & set(bad)) == bad
    # what says that there is no such file, or that the server failed, is told as that
    assert {named[url] for url in bad} <= {"wrong_type", "soft_404", "server_error", "empty"}
    assert not [reason for reason in summary["reasons"] if "good.docx" in reason]
