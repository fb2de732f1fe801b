"""What a harvest makes of replies that are no report: kept, told, never read, and never taken for a deletion."""

from collections.abc import Callable
from typing import Any

from crawler.intake import _is_front_door
from crawler.replica.server import Replica
from crawler.sites import load_site
from tests.test_verdict import FOLDER

INSTEAD = {
    "challenge": "412_ruishu.html",
    "waf": "405_wangfang.html",
    "refused": "403_nginx.http",
    "login": "200_password.html",
    "soft_404": "200_with_the_whole_frame.http",
    "empty": "200_markup_without_text.http",
    "wrong_type": "200_image_for_a_page.http",
    "taken_over": "200_report_with_words_replaced.http",
    "server_error": "500_trace.http",
    "not_found": "404_chrome.http",
    "moved": "200_refresh_to_the_folder.http",
}
BLOCKED = {"challenge", "waf", "refused", "login"}


def test_a_reply_that_is_no_report_is_kept_and_told_and_changes_nothing(
    on: Callable[..., tuple[Any, Replica]],
) -> None:
    made, replica = on("henan")
    made.first()
    held = "SELECT count(*), max(id) FROM version", "SELECT count(*), max(id) FROM reading"
    before = [made.rows(statement) for statement in held]
    pages = [page for page in replica.world.reports() if not page.host.startswith("wglj")]
    urls = dict(zip(INSTEAD, [replica.world.url(page) for page in pages], strict=False))
    assert set(urls) == set(INSTEAD)
    for verdict, name in INSTEAD.items():
        content = (FOLDER / verdict / name).read_bytes()
        body = content.partition(b"\n\n")[2] if name.endswith(".http") else content
        replica.serve(urls[verdict], body, status=int(name[:3]))
    summary = made.run()
    told = dict(made.rows("SELECT url, verdict FROM capture WHERE run_id = 2"))
    assert {verdict: told[url] for verdict, url in urls.items()} == {verdict: verdict for verdict in INSTEAD}
    assert [made.rows(statement) for statement in held] == before
    assert (summary["gone"], summary["blocked"], summary["changed"], summary["new"]) == (
        0,
        len(BLOCKED),
        0,
        0,
    )
    assert made.rows("SELECT count(*) FROM document WHERE gone_since IS NOT NULL") == [(0,)]
    for verdict, url in urls.items():
        word = "blocked: " if verdict in BLOCKED else "failed: "
        (reason,) = [reason for reason in summary["reasons"] if url in reason]
        assert reason.startswith(word), reason
        assert verdict in reason


def test_what_a_portal_sends_its_readers_to_instead_is_known_for_a_front_door() -> None:
    portal = load_site("ningxia").site.portal_of("http://www.xqq.gov.cn/")
    assert portal is not None
    asked = "http://www.xqq.gov.cn/zwgk/bmxxgkml/xqqsfj/xxgknb_9029/202302/t20230208_3948560.html"
    column = "/zwgk/bmxxgkml/xqqsfj/xxgknb_9029/"
    doors = [
        "",
        "/",
        "/index.html",
        "/index.shtml",
        "/default.htm",
        "/home",
        "/zwgk/",
        "/zwgk/index.jsp",
        column,
    ]
    doors += [column + "index.html", column + "202302/", "/zwgk/bmxxgkml/xqqzfb/xxgknb/"]
    for path in doors:
        assert _is_front_door(portal, asked, f"http://www.xqq.gov.cn{path}"), path
    for path in (
        "/zwgk/new/t20230208_3948560.html",
        "/content/3/post_3255421.html",
        "/public/column/1?year=2020",
    ):
        assert not _is_front_door(portal, asked, f"http://www.xqq.gov.cn{path}"), path
