"""What portals do to those who fetch from them, each on a real connection, and what a harvest makes of it."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from archive.fixity import audit
from archive.reader import iter_records, read_record
from crawler.replica.pages import answer
from crawler.replica.reply import Asked, Reply
from crawler.replica.world import Changes
from tests.hostile import Fault, Handler, Portal, names, old_tls, serving
from tests.office_files import docx, p

PUBLIC = "127.0.0.2"
HOSTS = ("www.jiyuan.gov.cn", "wglj.jiyuan.gov.cn", "sfj.jiyuan.gov.cn")
LIST, BUREAU = "/zwgk/zfxxgk/zfxxgknb/", "/zfxxgk/zfxxgknb/"
SLOW, STALLED, ENDLESS = (LIST + name for name in ("t386928.html", "t2758889.html", "t3119354.html"))
HUGE, BOMB = (LIST + name for name in ("t3493296.html", "t3861593.html"))
FAILING, RESET = (BUREAU + name for name in ("t2706933.html", "t3082769.html"))
SHORT, MISNAMED, SILENT = (BUREAU + name for name in ("t3454170.html", "t3840382.html", "t4226614.html"))
FILED = "/14204/15220/19023/19035/t3465755.html"
OWN_NAME = ('also = ["jiyuan.gov.cn"]\n', "")


def configured(folder: Path, site: str, *changes: tuple[str, str]) -> Path:
    (folder / "sites").mkdir(parents=True)
    text = Path(f"config/sites/{site}.toml").read_text("utf-8")
    for before, after in (("[agencies]", "[manners]\ndelay = 0\n\n[agencies]"), *changes):
        assert before in text, before
        text = text.replace(before, after, 1)
    (folder / "sites" / f"{site}.toml").write_text(text, "utf-8")
    return folder


# ---- replies that are broken, endless, swollen, or late


def drip(handler: Handler, reply: Reply) -> None:
    """A byte now and then, for ever (slow loris)."""
    handler.send(Reply(200, reply.body[:2000], reply.media_type), length=len(reply.body))
    try:
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.2)
    except OSError:
        handler.close_connection = True


def stall(handler: Handler, reply: Reply) -> None:
    """Half of the body, and then nothing at all."""
    handler.send(Reply(200, reply.body[:3000], reply.media_type), length=len(reply.body))
    handler.wfile.flush()
    time.sleep(8)
    handler.close_connection = True


def endless(handler: Handler, reply: Reply) -> None:
    """A page without end that says nothing of its length."""
    handler.send(Reply(200, reply.body, reply.media_type), ("Connection", "close"), length=-1)
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b"<p>2018</p>" * 4000)
    except OSError:
        return


def huge(handler: Handler, reply: Reply) -> None:
    """A reply that says itself that it is larger than anybody wants."""
    handler.send(Reply(200, reply.body, reply.media_type), length=5_000_000_000)
    handler.close_connection = True


def bomb(handler: Handler, reply: Reply) -> None:
    """Fifty megabytes of blanks in fifty kilobytes."""
    handler.send(
        Reply(200, gzip.compress(b" " * 50_000_000, 1), reply.media_type), ("Content-Encoding", "gzip")
    )


def first(times: int, fault: Fault) -> Fault:
    """A fault of the first requests alone."""
    left = [fault] * times

    def answer_once(handler: Handler, reply: Reply) -> None:
        if left:
            left.pop()(handler, reply)
        else:
            handler.send(reply)

    return answer_once


def fail(handler: Handler, _: Reply) -> None:
    handler.send(Reply(502, b"<html><body>502 Bad Gateway</body></html>"))


def short(handler: Handler, reply: Reply) -> None:
    """A compressed body that a gateway cut off and measured anew."""
    handler.send(Reply(200, gzip.compress(reply.body)[:-500], reply.media_type), ("Content-Encoding", "gzip"))


def misnamed(handler: Handler, reply: Reply) -> None:
    """A charset where a coding is to be named, as programs on Chinese portals do."""
    handler.send(reply, ("Content-Encoding", "UTF-8"))


def filed(handler: Handler, reply: Reply) -> None:
    """The report as a file, at the address of a page and under the type of one."""
    lines = (
        "2021年政府信息公开工作年度报告",
        "全年主动公开政府信息17条。",
        "收到政府信息公开申请3件，均已答复。",
    )
    handler.send(Reply(200, docx("".join(map(p, lines))), "text/html"))


def silent(handler: Handler, reply: Reply) -> None:
    handler.send(Reply(200, b"", reply.media_type))


def reset(handler: Handler, reply: Reply) -> None:
    """A body that breaks off with a reset of the connection."""
    handler.send(Reply(200, reply.body[:3000], reply.media_type), length=len(reply.body))
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    handler.close_connection = True


@pytest.fixture(scope="module")
def harvested(harvester: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """济源 harvested once from a server with every fault of a body, and what the harvest says."""
    folder = tmp_path_factory.mktemp("faults")
    with serving(Portal("henan", address=PUBLIC)) as portal:
        portal.faults.update(
            {
                SLOW: first(3, drip),
                STALLED: first(1, stall),
                ENDLESS: endless,
                HUGE: huge,
                BOMB: bomb,
                FAILING: first(1, fail),
                RESET: first(1, reset),
                SHORT: first(1, short),
                MISNAMED: misnamed,
                SILENT: first(1, silent),
                FILED: filed,
            }
        )
        hosts = [(f'host = "{host}"', f'host = "{host}:{portal.port}"') for host in HOSTS]
        config = configured(folder / "config", "henan", OWN_NAME, *hosts)
        (config / "gxcrawl.toml").write_text("timeout = 4\nmax_body = 300_000\n", "utf-8")
        made = harvester(folder / "data", None, "henan", config)
        summary = made.run(before=names({host: [PUBLIC] for host in HOSTS}, public=PUBLIC))
        yield made, summary, portal


def captures(made: Any, path: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = made.rows(
        f"SELECT status, truncated, verdict, payload_length FROM capture WHERE url LIKE '%{path}' ORDER BY id"
    )
    return rows


def test_a_body_that_comes_too_slowly_is_kept_as_far_as_it_came_and_asked_for_again(harvested: Any) -> None:
    kept = captures(harvested[0], SLOW)
    assert [row[:3] for row in kept] == [(200, "time", "truncated")] * 3 + [(200, None, "ok")]
    assert all(2000 < length < 2100 for _, truncated, _, length in kept if truncated)


def test_a_body_that_stops_half_way_is_kept_and_asked_for_again(harvested: Any) -> None:
    kept = captures(harvested[0], STALLED)
    assert [row[:3] for row in kept] == [(200, "time", "truncated"), (200, None, "ok")]
    assert kept[0][3] == 3000


def test_a_body_without_end_is_cut_off_at_the_size_allowed(harvested: Any) -> None:
    made, summary, portal = harvested
    ((status, truncated, verdict, length),) = captures(made, ENDLESS)
    assert (status, truncated, verdict) == (200, "length", "too_large")
    assert 300_000 < length < 600_000
    assert portal.paths.count(ENDLESS) == 1
    assert any(ENDLESS in reason and "300000 bytes allowed" in reason for reason in summary["reasons"])


def test_a_reply_that_says_that_it_is_too_large_is_not_read_at_all(harvested: Any) -> None:
    assert captures(harvested[0], HUGE) == [(200, "length", "too_large", 0)]


def test_a_small_body_that_swells_without_bound_is_kept_as_served_and_not_read(harvested: Any) -> None:
    made, summary, _ = harvested
    ((status, truncated, verdict, length),) = captures(made, BOMB)
    assert (status, truncated, verdict) == (200, None, "too_large")
    assert length < 250_000
    assert any(BOMB in reason and "once decompressed" in reason for reason in summary["reasons"])


def test_an_error_that_passes_is_followed_by_the_page(harvested: Any) -> None:
    assert [row[:3] for row in captures(harvested[0], FAILING)] == [
        (502, None, "server_error"),
        (200, None, "ok"),
    ]


def test_a_connection_that_is_reset_in_the_body_is_asked_again(harvested: Any) -> None:
    kept = captures(harvested[0], RESET)
    assert [row[:3] for row in kept][-1] == (200, None, "ok")


def test_a_compressed_body_that_is_cut_off_is_kept_as_that_and_asked_for_again(harvested: Any) -> None:
    assert [row[:3] for row in captures(harvested[0], SHORT)] == [
        (200, "disconnect", "truncated"),
        (200, None, "ok"),
    ]


def test_a_charset_in_the_place_of_a_coding_is_none(harvested: Any) -> None:
    assert [row[:3] for row in captures(harvested[0], MISNAMED)] == [(200, None, "ok")]


def test_a_reply_without_a_word_is_asked_for_once_more(harvested: Any) -> None:
    assert [row[:3] for row in captures(harvested[0], SILENT)] == [(200, None, "empty"), (200, None, "ok")]


def test_a_file_at_the_address_of_a_report_is_read(harvested: Any) -> None:
    made, summary, _ = harvested
    assert [row[:3] for row in captures(made, FILED)] == [(200, None, "ok")]
    assert made.rows(
        "SELECT count(*) FROM reading_source JOIN version ON version.id = version_id"
        f" JOIN document_url USING (document_id) WHERE url LIKE '%{FILED}'"
    ) == [(1,)]
    assert [reason for reason in summary["reasons"] if FILED in reason] == []


def test_what_was_cut_off_says_so_in_its_record_and_is_no_version_of_the_report(harvested: Any) -> None:
    made, _, _ = harvested
    folder = made.data / "archive"
    rows = made.rows("SELECT warc_file, warc_offset, truncated FROM capture WHERE truncated IS NOT NULL")
    assert len(rows) >= 5
    for file, offset, truncated in rows:
        assert read_record(folder, file, offset).headers["warc-truncated"] == truncated
    assert made.rows(
        "SELECT count(*) FROM showing JOIN capture ON capture.id = capture_id WHERE truncated IS NOT NULL"
    ) == [(0,)]
    assert audit(folder, complete=False) == []


def test_what_failed_is_named_once_each_and_nothing_is_called_gone(harvested: Any) -> None:
    _, summary, _ = harvested
    # The soft 404 and the dead link that 济源 lists are failed as well.
    assert (summary["failed"], summary["gone"], summary["found"]) == (3 + 2, 0, 15 - 3)


# ---- TLS of other days, and portals that ask where one comes from


def metadata(made: Any, host: str) -> list[dict[str, str]]:
    """The fields of the metadata records beside the captures of a host."""
    found = []
    for path in sorted((made.data / "archive").glob("*.warc.gz")):
        records = list(iter_records(path))
        urls = {record.record_id: record.url or "" for record in records}
        for record in records:
            if record.type == "metadata" and "verdict" in record.fields():
                url = urls[record.headers["warc-concurrent-to"].strip("<>")]
                if f"//{host}:" in url:
                    found.append(record.fields())
    return found


def needs_referer(reply_to: Callable[[Handler], str | None]) -> Fault:
    def judge(handler: Handler, reply: Reply) -> None:
        came_from = handler.headers.get("Referer")
        handler.send(reply if came_from == reply_to(handler) else Reply(404, b"<html>404</html>"))

    return judge


def test_old_tls_and_a_referer_are_for_the_portals_that_are_allowed_them(
    harvester: Any, tmp_path: Path
) -> None:
    column = "/zfxxgk/zfxxgknb/"
    with ExitStack() as stack:
        old = old_tls(newest=ssl.TLSVersion.TLSv1, refuse_names=True)
        allowed = stack.enter_context(serving(Portal("henan", address=PUBLIC), old))
        newer = old_tls(newest=ssl.TLSVersion.TLSv1_2)
        refused = stack.enter_context(serving(Portal("henan", address=PUBLIC), newer))
        plain = stack.enter_context(serving(Portal("henan", address=PUBLIC)))
        home, start = (f"http://sfj.jiyuan.gov.cn:{plain.port}{path}" for path in ("/", column))
        plain.faults[column] = needs_referer(lambda _: home)
        plain.faults[column + "t2706933.html"] = needs_referer(lambda _: start)
        config = configured(
            tmp_path / "config",
            "henan",
            (
                'host = "www.jiyuan.gov.cn"\nalso = ["jiyuan.gov.cn"]\nscheme = "http"',
                f'host = "www.jiyuan.gov.cn:{allowed.port}"\nscheme = "https"\nnetwork = {{ legacy_tls = true, sni = false }}',
            ),
            (
                'host = "wglj.jiyuan.gov.cn"\nscheme = "http"',
                f'host = "wglj.jiyuan.gov.cn:{refused.port}"\nscheme = "https"',
            ),
            (
                'host = "sfj.jiyuan.gov.cn"\nscheme = "http"',
                f'host = "sfj.jiyuan.gov.cn:{plain.port}"\nscheme = "http"\nnetwork = {{ referer = true }}',
            ),
        )
        made = harvester(tmp_path / "data", None, "henan", config)
        known = {f"{name}.jiyuan.gov.cn": [PUBLIC] for name in ("www", "wglj", "sfj")}
        summary = made.run(before=names(known, public=PUBLIC))
    told = metadata(made, "www.jiyuan.gov.cn")
    assert told
    assert all(fields["tls"] == "TLSv1 DHE-RSA-AES128-SHA" for fields in told)
    assert all(fields["tls-allowed"] == "legacy TLS, no server name" for fields in told)
    assert all(fields["certificate"].startswith("does not prove the host: ") for fields in told)
    assert refused.asked == []
    portals = {portal["host"].partition(":")[0]: portal for portal in summary["portals"]}
    assert portals["www.jiyuan.gov.cn"]["found"] > 0
    assert portals["wglj.jiyuan.gov.cn"]["found"] == 0
    assert any("wglj" in reason and "legacy_tls" in reason for reason in summary["reasons"]), summary[
        "reasons"
    ]
    assert portals["sfj.jiyuan.gov.cn"]["found"] > 0
    assert not any("t2706933" in reason for reason in summary["reasons"])
    assert plain.referers[column] == home
    assert all("tls" not in fields for fields in metadata(made, "sfj.jiyuan.gov.cn"))


# ---- charsets that are said wrongly


def in_gbk(page: bytes, declared: bytes) -> bytes:
    return page.decode().encode("gb18030").replace(b"charset=utf-8", declared)


def test_a_charset_that_is_said_wrongly_changes_no_figure(on: Callable[..., Any]) -> None:
    made, replica = on("henan")
    made.run(portal="sfj.jiyuan.gov.cn")
    header = (("Content-Type", "text/html; charset=UTF-8"),)
    for year, alter, headers in (
        (2019, lambda page: in_gbk(page, b"charset=gb2312"), ()),
        (2020, lambda page: in_gbk(page, b"charset=utf-8"), header),
        (2021, lambda page: page.replace(b"charset=utf-8", b"charset=gb2312"), header),
        (2022, lambda page: in_gbk(page, b"charset=gb2312").replace(b"Content-Type", b"ContentType", 1), ()),
        (2023, lambda page: b"\xef\xbb\xbf" + page.replace(b"charset=utf-8", b"charset=gbk"), ()),
    ):
        url = replica.url_of("hn-jiyuan-sfj", year)
        reply = answer(replica.world, Asked(url), Changes())
        assert reply is not None
        replica.serve(url, alter(reply.body), headers=headers)
    again = made.run(portal="sfj.jiyuan.gov.cn")
    assert (again["unchanged"], again["changed"], again["failed"]) == (5, 0, 0), again["reasons"]
    # The bytes are others, the texts (and so every figure taken from them) are the same.
    assert made.rows(
        "SELECT count(DISTINCT payload_sha256), count(DISTINCT version_id) FROM showing JOIN capture ON"
        " capture.id = capture_id"
    ) == [(10, 5)]
