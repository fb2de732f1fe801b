"""Addresses that a page writes as no request can bear them: Chinese characters, blanks and brackets, as names of files have."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

from crawler.replica.article import blocks
from crawler.replica.attachments import docx
from crawler.replica.server import Replica
from crawler.replica.world import Changes
from gxstore.runs import Item
from tests.pictured import page_of
from tests.stores import differences

FILES = "http://www.weishan.gov.cn/files/"
NAME = "2019年报 附件[1](终).docx"
ASKED = FILES + quote(NAME, safe="()")
TITLE = "微山县司法局2019年政府信息公开工作年度报告"
WHO, CODE = "sd-weishan-sfj", "ar.t3.new_received.natural_person"


def answer(made: Any) -> tuple[Any, ...]:
    asked = made.here("query", CODE, "--agency", WHO, "--years", "2019", "--json")
    (point,) = json.loads(asked.stdout)["points"]
    return point["value"], point["path"]["url"]


def test_an_address_is_one_and_the_same_in_ledger_document_capture_export_and_import(
    on: Callable[..., tuple[Any, Replica]], harvester: Any, tmp_path: Path
) -> None:
    made, replica = on("shandong")
    page = f'<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><a href="/files/{NAME}">{TITLE}</a></body></html>'
    replica.serve(replica.url_of(WHO, 2019), page.encode())
    replica.serve(ASKED, docx(blocks(replica.world, page_of(replica, WHO, 2019), Changes())))
    made.run()
    number, place = answer(made)
    assert (number is not None, place) == (True, ASKED)
    for table in ("capture", "document_url", "frontier"):
        assert made.rows(f"SELECT DISTINCT url FROM {table} WHERE url LIKE '{FILES}%'") == [(ASKED,)]
    if not made.store:
        assert made.here("db", "rebuild").returncode == 0
        stores = [f"sqlite:///{made.data / name}" for name in ("store.db", "store-rebuilt.db")]
        assert differences(*stores) == []
    wacz = tmp_path / "agency.wacz"
    assert made.here("archive", "export", "--wacz", str(wacz), "--agency", WHO).returncode == 0
    with ZipFile(wacz) as package:
        assert f'"{ASKED}"' in gzip.decompress(package.read("indexes/index.cdx.gz")).decode()
    other = harvester(tmp_path / "other", None, "shandong")
    assert other.here("import", "--replica", str(wacz)).returncode == 0
    assert answer(other) == (number, place)
    parent = "SELECT count(*) FROM document WHERE kind = 'attachment' AND parent_id IS NOT NULL"
    assert other.rows(parent) == made.rows(parent) == [(1,)]


def test_a_folder_at_an_address_brings_a_page_with_the_files_that_it_names_in_chinese(
    harvester: Any, tmp_path: Path
) -> None:
    made = harvester(tmp_path / "data", None, "shandong")
    folder = tmp_path / "kept"
    (folder / "附件").mkdir(parents=True)
    with Replica("shandong") as replica:
        page = f'<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><a href="附件/{NAME}">{TITLE}</a></body></html>'
        (folder / "2019.html").write_text(page)
        annex = docx(blocks(replica.world, page_of(replica, WHO, 2019), Changes()))
        (folder / "附件" / NAME).write_bytes(annex)
    words = ("--replica", "--url", "http://www.weishan.gov.cn/年报", "--date", "2020-03-04")
    done = made.here("import", "--json", *words, str(folder))
    assert (done.returncode, json.loads(done.stdout)["captures"]) == (0, 2), done.stdout
    assert made.rows("SELECT kind, parent_id FROM document ORDER BY id") == [
        ("report", None),
        ("attachment", 1),
    ]


def test_a_list_is_asked_for_as_the_site_file_writes_it() -> None:
    written = 'http://a.gov.cn/list?q={"a":1}'
    assert Item(written, "column", "a.gov.cn").url == written
    assert Item(written, "report", "a.gov.cn").url == "http://a.gov.cn/list?q=%7B%22a%22:1%7D"
