"""What came back: the expected verdict is the name of the folder, the status the beginning of the file's name."""

from pathlib import Path

import pytest

from crawler.verdict import BLOCKED, judge

FOLDER = Path(__file__).parent / "fixtures" / "verdict"
CASES = sorted(FOLDER.glob("*/*"))


def test_there_is_a_case_for_every_kind_of_reply() -> None:
    assert len({case.parent.name for case in CASES}) >= 11


@pytest.mark.parametrize("case", CASES, ids=[f"{case.parent.name}-{case.stem}" for case in CASES])
def test_a_reply_gets_the_verdict_of_its_folder(case: Path) -> None:
    assert judge(int(case.name[:3]), {}, case.read_bytes()).code == case.parent.name


def test_a_redirect_tells_where_the_page_went() -> None:
    verdict = judge(302, {"location": "https://www.nxlw.gov.cn/"}, b"")
    assert (verdict.code, verdict.target) == ("moved", "https://www.nxlw.gov.cn/")


def test_a_redirect_without_a_target_is_no_redirect() -> None:
    assert judge(302, {}, b"").code == "wrong_type"


def test_a_page_where_a_file_was_asked_for_is_of_the_wrong_type() -> None:
    assert judge(200, {}, b"<html><body>login first</body></html>", attachment=True).code == "wrong_type"
    assert judge(200, {}, b"PK\x03\x04....", attachment=True).code == "ok"


def test_what_keeps_us_out_counts_as_blocked_and_what_is_missing_does_not() -> None:
    assert "waf" in BLOCKED
    assert "challenge" in BLOCKED
    assert not {"soft_404", "not_found", "ok", "server_error"} & BLOCKED
