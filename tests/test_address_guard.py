"""No request ever leaves for an address that is no portal's: judged on rules, and on real connections."""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Request

from crawler.gate import ForbiddenRequest, GateMiddleware
from crawler.guard import address_problem, name_problem
from crawler.replica.reply import Reply
from crawler.replica.server import Replica
from crawler.sites import Network
from tests.hostile import Portal, names, serving

MODULE = "/module/xxgk/xxgkAnnualReport.jsp?area=113708260043292687"
HERE, PUBLIC = "127.0.0.1", "127.0.0.2"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "0.0.0.0",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "198.18.0.5",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert address_problem(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "114.114.114.114", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_let_through(address: str) -> None:
    assert address_problem(address) is None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_however_ipv6_wraps_it(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    wrapped = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    )
    plain = address_problem(str(address)) is None
    assert [address_problem(str(other)) is None for other in wrapped] == [plain] * 3
    assert plain <= (address.is_global and not address.is_multicast)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "LOCALHOST",
        "a.localhost",
        "metadata.google.internal",
        "nas.local",
        "db",
        "",
        "127.1",
        "0x7f000001",
        "0x7f.0.0.1",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:10.0.0.1]",
    ],
)
def test_a_name_that_only_this_machine_or_its_network_knows_is_refused(host: str) -> None:
    assert name_problem(host)


@pytest.mark.parametrize("host", ["www.nx.gov.cn", "180.76.149.248", "local.gov.cn", "xn--fiq228c.cn"])
def test_a_portals_name_is_let_through(host: str) -> None:
    assert name_problem(host) is None


@pytest.mark.parametrize("path", ["robots.txt", "a.html"])
def test_the_gate_lets_through_what_goes_to_a_named_host_and_nothing_else(path: str) -> None:
    gate = GateMiddleware({"www.nx.gov.cn": Network()}, (None, None), 1000)
    gate.process_request(Request(f"http://www.nx.gov.cn/{path}"))
    for host in ("www.example.org", "nx.gov.cn", "www.nx.gov.cn:8080", "www.nx.gov.cn.example.org"):
        with pytest.raises(ForbiddenRequest, match="is no host of this site"):
            gate.process_request(Request(f"http://{host}/{path}"))


# ---- on real connections


def configured(folder: Path, host: str, *, before: str = "", after: str = "") -> Path:
    """A configuration whose site 微山 is served by that host."""
    (folder / "sites").mkdir(parents=True)
    text = Path("config/sites/shandong.toml").read_text("utf-8")
    text = text.replace('also = ["weishan.gov.cn"]\n', "").replace("www.weishan.gov.cn", host)
    text = text.replace("[agencies]", "[manners]\ndelay = 0\n\n[agencies]", 1).replace(
        before, before + after, 1
    )
    (folder / "sites" / "shandong.toml").write_text(text, "utf-8")
    return folder


def test_a_name_that_leads_to_this_machine_is_not_asked_for_anything(harvester: Any, tmp_path: Path) -> None:
    with serving(Portal("shandong")) as portal:
        config = configured(tmp_path / "config", f"www.weishan.gov.cn:{portal.port}")
        made = harvester(tmp_path / "data", None, "shandong", config)
        summary = made.run(before=names({"www.weishan.gov.cn": [HERE]}, public=PUBLIC))
    assert portal.asked == []
    assert summary["outcome"] == "failed"
    (said,) = [reason for reason in summary["reasons"] if "forbidden_address" in reason]
    assert "www.weishan.gov.cn leads to 127.0.0.1, a loopback address; nothing was sent there" in said


def test_a_name_that_changes_its_address_between_two_looks_comes_no_further(
    harvester: Any, tmp_path: Path
) -> None:
    with serving(Portal("shandong", address=PUBLIC)) as public:
        public.faults[MODULE] = lambda handler, reply: handler.send(reply, ("Connection", "close"))
        public.faults["/robots.txt"] = public.faults[MODULE]
        with serving(Portal("shandong", address=HERE, port=public.port)) as inside:
            config = configured(tmp_path / "config", f"www.weishan.gov.cn:{public.port}")
            made = harvester(tmp_path / "data", None, "shandong", config)
            addresses = {"www.weishan.gov.cn": [PUBLIC, PUBLIC, HERE]}
            summary = made.run(before=names(addresses, public=PUBLIC))
    assert public.paths == ["/robots.txt", MODULE]
    assert inside.asked == []
    assert summary["found"] == 0
    assert sum("leads to 127.0.0.1, a loopback address" in reason for reason in summary["reasons"]) > 3


def test_a_redirect_leads_to_no_host_but_the_sites_own(harvester: Any, tmp_path: Path) -> None:
    def away(target: str) -> Callable[..., None]:
        return lambda handler, _: handler.send(Reply(302, b"", headers=(("Location", target),)))

    with serving(Portal("shandong", address=PUBLIC)) as public, serving(Portal("shandong")) as inside:
        public.faults["/robots.txt"] = away(f"http://{HERE}:{inside.port}/robots.txt")
        public.faults[f"{MODULE}&fbtime=2018"] = away(f"http://{HERE}:{inside.port}/secret")
        public.faults[f"{MODULE}&fbtime=2019"] = away("http://169.254.169.254/latest/meta-data/")
        config = configured(tmp_path / "config", f"www.weishan.gov.cn:{public.port}")
        made = harvester(tmp_path / "data", None, "shandong", config)
        summary = made.run(before=names({"www.weishan.gov.cn": [PUBLIC]}, public=PUBLIC))
    assert inside.asked == []
    assert summary["failed"] == 2
    assert all("which is no host of this site" in reason for reason in summary["reasons"])
    assert made.rows("SELECT status, verdict FROM capture WHERE url LIKE '%/robots.txt'") == [(302, "moved")]


def test_a_robots_txt_that_sends_to_another_public_host_is_none_and_that_host_is_never_asked(
    harvester: Any, tmp_path: Path
) -> None:
    with (
        serving(Portal("shandong", address=PUBLIC)) as public,
        serving(Portal("shandong", address=PUBLIC)) as foreign,
    ):
        target = f"http://www.example.org:{foreign.port}/robots.txt"
        public.faults["/robots.txt"] = lambda handler, _: handler.send(
            Reply(302, b"", headers=(("Location", target),))
        )
        config = configured(tmp_path / "config", f"www.weishan.gov.cn:{public.port}")
        made = harvester(tmp_path / "data", None, "shandong", config)
        known = {"www.weishan.gov.cn": [PUBLIC], "www.example.org": [PUBLIC]}
        summary = made.run(before=names(known, public=PUBLIC))
    assert (foreign.asked, foreign.paths) == ([], [])
    # what leads elsewhere says nothing of this host (RFC 9309, 2.3.1.2, lets a crawler take it for none)
    assert (summary["outcome"], summary["found"]) == ("ok", 5)
    assert made.rows("SELECT status, verdict FROM capture WHERE url LIKE '%/robots.txt'") == [(302, "moved")]


def test_through_an_operators_proxy_names_are_judged_before_it_is_asked(
    harvester: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Replica("shandong") as proxy:
        monkeypatch.setattr(harvester, "environment", with_proxy(harvester.environment, proxy.proxy_url))
        inside = configured(tmp_path / "inside", "169.254.169.254")
        summary = harvester(tmp_path / "none", None, "shandong", inside).run()
        assert "169.254.169.254 is a link-local address; nothing was sent there" in summary["reasons"][0]
        assert proxy.requests == []
        made = harvester(
            tmp_path / "data", None, "shandong", configured(tmp_path / "config", "www.weishan.gov.cn")
        )
        assert made.run()["outcome"] == "ok"
        assert made.rows("SELECT vantage FROM run") == [(f"not stated, through the proxy {proxy.proxy_url}",)]


def with_proxy(environment: Callable[[Any], dict[str, str]], proxy: str) -> Callable[[Any], dict[str, str]]:
    return lambda made: environment(made) | {"GXCRAWL_PROXY": proxy}
