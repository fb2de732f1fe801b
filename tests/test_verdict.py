"""What came back: the expected verdict is the name of the folder.

A file `<status>_<name>.html` is a body. A file `.http` is a whole exchange: the URL asked for, status, headers, body.
Under `ok/` stand pages that look like something else and are none.
"""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.verdict import BLOCKED, Verdict, judge

FOLDER = Path(__file__).parent / "fixtures" / "verdict"
CASES = sorted(FOLDER.glob("*/*"))
# The site of the fixtures, which has one host beside the government's own.
HOSTS = frozenset({"www.nxlw.gov.cn", "lingwu.nx.gov.cn"})


def judged(case: Path) -> Verdict:
    if case.suffix != ".http":
        return judge(int(case.name[:3]), {}, case.read_bytes())
    head, _, body = case.read_bytes().partition(b"\n\n")
    asked, status, *lines = head.decode().split("\n")
    fields = [line.partition(":") for line in lines]
    headers = {name.lower(): value.strip() for name, _, value in fields}
    host = urlsplit(asked.removeprefix("GET ")).hostname or ""
    return judge(int(status.split()[1]), headers, body, host=host, hosts=HOSTS)


@pytest.mark.parametrize("verdict", sorted({case.parent.name for case in CASES}))
def test_there_are_cases_enough_for_every_kind_of_reply(verdict: str) -> None:
    assert len([case for case in CASES if case.parent.name == verdict]) >= 3


def test_every_verdict_that_a_reply_can_get_has_its_folder() -> None:
    of_a_reply = {
        "ok",
        "moved",
        "soft_404",
        "not_found",
        "challenge",
        "waf",
        "login",
        "refused",
        "empty",
        "wrong_type",
        "server_error",
        "taken_over",
    }
    assert {case.parent.name for case in CASES} == of_a_reply


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}-{case.stem}" for case in CASES])
def test_a_reply_gets_the_verdict_of_its_folder(case: Path) -> None:
    verdict = judged(case)
    assert verdict.code == case.parent.name, verdict
    assert (verdict.code == "ok") == (verdict.reason == "")


def test_a_redirect_tells_where_the_page_went() -> None:
    verdict = judge(302, {"location": "https://www.nxlw.gov.cn/"}, b"")
    assert (verdict.code, verdict.target) == ("moved", "https://www.nxlw.gov.cn/")


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("200_refresh_to_the_folder", "../"),
        ("200_content_before_name", "http://www.nxlw.gov.cn/"),
        ("200_script", "/zwgk/index.html"),
    ],
)
def test_a_page_that_sends_its_reader_on_tells_where(name: str, target: str) -> None:
    assert judged(FOLDER / "moved" / f"{name}.http").target == target


def test_a_page_where_a_file_was_asked_for_is_of_the_wrong_type() -> None:
    page = b"<html><body>login first</body></html>"
    assert judge(200, {}, page, attachment=True).code == "wrong_type"
    assert judge(200, {}, b"PK\x03\x04....", attachment=True).code == "ok"
    assert judge(200, {}, b"\xff\xd8\xff\xe0", attachment=True).code == "ok"


def test_what_keeps_us_out_counts_as_blocked_and_what_is_missing_does_not() -> None:
    assert {"waf", "challenge", "login", "refused", "robots"} == BLOCKED


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["location", "content-type"]), st.text(max_size=40)),
    st.binary(max_size=300) | st.text("<>/!-metahrfscipub=\"' ;url0", max_size=300).map(str.encode),
    st.booleans(),
)
def test_any_reply_gets_a_verdict(
    status: int, headers: dict[str, str], body: bytes, attachment: bool
) -> None:
    verdict = judge(status, headers, body, attachment=attachment, host="www.example.org")
    assert verdict.code != "ok" or status == 200
