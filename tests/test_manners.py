"""How a harvest behaves towards portals."""

from pathlib import Path

import pytest

from crawler.manners import TOOL, scrapy_settings
from crawler.settings import Settings, SettingsError, load_settings
from crawler.sites import load_site

SITE = load_site("ningxia").site


def test_one_request_at_a_time_goes_to_a_host_with_the_sites_delay() -> None:
    found = scrapy_settings(SITE.networks, Settings(), delay=SITE.manners.delay, replica=None)
    assert found["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert found["DOWNLOAD_DELAY"] == SITE.manners.delay > 0
    assert found["AUTOTHROTTLE_ENABLED"]
    assert found["ROBOTSTXT_OBEY"]


def test_only_the_replica_is_asked_without_a_delay_to_speak_of() -> None:
    found = scrapy_settings(SITE.networks, Settings(), delay=2.0, replica="http://127.0.0.1:1")
    # None at all would let all that waits for a host go out at once.
    assert 0 < found["DOWNLOAD_DELAY"] < 0.01


def test_the_user_agent_is_honest_and_says_whom_to_write_to() -> None:
    found = scrapy_settings(
        SITE.networks, Settings(contact="keeper@example.org"), delay=SITE.manners.delay, replica=None
    )
    assert found["USER_AGENT"] == f"{TOOL} (+keeper@example.org)"
    assert TOOL.startswith("gxcrawl/")


def test_only_what_the_archive_can_undo_is_asked_for() -> None:
    found = scrapy_settings(SITE.networks, Settings(max_body=7), delay=SITE.manners.delay, replica=None)
    assert found["DEFAULT_REQUEST_HEADERS"]["Accept-Encoding"] == "gzip, deflate"
    assert found["COMPRESSION_ENABLED"] is False


def test_a_proxys_user_and_password_are_kept_apart_from_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GXCRAWL_PROXY", "http://oper:se%40krit@proxy.example:3128")
    found = load_settings()
    assert found.proxy_url == "http://proxy.example:3128"
    assert found.proxy_authorization == "Basic b3BlcjpzZUBrcml0"


def test_no_proxy_is_used_unless_one_is_named() -> None:
    assert (Settings().proxy_url, Settings().proxy_authorization) == (None, None)
    assert (
        scrapy_settings(SITE.networks, Settings(), delay=SITE.manners.delay, replica=None)[
            "HTTPPROXY_ENABLED"
        ]
        is False
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GXCRAWL_PROXY", "proxy.example:3128", "http://HOST:PORT"),
        ("GXCRAWL_PROXY", "http://proxy.example:port", "port is no number from 1 to 65535"),
        ("GXCRAWL_PROXY", "http://proxy.example:99999", "port is no number from 1 to 65535"),
        ("GXCRAWL_PROXY", "http://proxy.example", "http://HOST:PORT"),
        ("GXCRAWL_PROXY", "socks5://proxy.example:1080", "http://HOST:PORT"),
        ("GXCRAWL_ARCHIVE_URL", "s3://bucket/warc", "no folder"),
        ("GXCRAWL_TIMEOUT", "soon", "timeout"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        load_settings()


def test_archive_and_store_lie_in_the_data_folder_unless_named() -> None:
    assert Settings(data=Path("x")).archive == Path("x/archive")
    assert Settings(data=Path("x"), archive_url="file:///y").archive == Path("/y")
    assert Settings(data=Path("x")).database == "sqlite:///x/store.db"
