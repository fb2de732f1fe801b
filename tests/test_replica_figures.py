"""The figures behind the replica's reports hold every identity of their form, and those of published reports are as printed."""

import json
import re
from pathlib import Path

import pytest

from crawler.replica.forms import APPLICANTS, codes
from crawler.replica.world import DATA, Figures, Page, edition_of, figures_of, load_world

SITES = ("ningxia", "henan", "shandong")
COMPLETE = {
    "nx-lingwu-sfj",
    "nx-zhongwei-sfj",
    "nx-sft",
    "nx-xingqing-sfj",
    "nx-yinchuan-bgs",
    "nx-yinchuan-sswj",
}
# Published reports whose figures are kept as printed, errors included.
PUBLISHED = {
    ("nx-lingwu-sfj", 2018),
    ("hn-jiyuan-sfj", 2019),
    ("nx-longde-sfj", 2023),
    ("nx-zhongwei-sfj", 2020),
}


def all_reports() -> list[tuple[str, Page]]:
    return [(site, page) for site in SITES for page in load_world(site).reports()]


def clean(slug: str, year: int) -> bool:
    return (slug, year) not in PUBLISHED


def figures_by_year() -> list[tuple[str, int, Figures]]:
    return [
        (path.stem, year, figures)
        for path in sorted((DATA / "agencies").glob("*.csv"))
        for year, figures in figures_of(path.stem).items()
    ]


def test_six_agencies_on_five_portals_have_every_year() -> None:
    world = load_world("ningxia")
    years: dict[str, set[int]] = {}
    for page in world.reports():
        years.setdefault(page.agency, set()).add(page.year or 0)
    assert {slug for slug, found in years.items() if found == set(range(2014, 2026))} == COMPLETE
    assert len({page.host for page in world.reports() if page.agency in COMPLETE}) == 5


def test_every_report_with_tables_has_its_figures_and_every_figure_its_report() -> None:
    reports = {(page.agency, page.year) for _, page in all_reports()}
    assert reports - {("sd-weishan-sfj", 2018)} == {(slug, year) for slug, year, _ in figures_by_year()}


def numbers(figures: Figures, *names: str) -> list[int]:
    return [int(figures[name]) for name in names]


@pytest.mark.parametrize(("slug", "year", "figures"), figures_by_year(), ids=lambda value: str(value)[:24])
def test_every_identity_of_the_form_holds(slug: str, year: int, figures: Figures) -> None:
    if edition_of(year) == "e1_2014":
        assert_2014(figures, published=not clean(slug, year))
        return
    rows = {code.rpartition(".")[0] for code in codes(edition_of(year)) if code.startswith("ar.t3.")}
    for row in rows:
        assert sum(numbers(figures, *(f"{row}.{c}" for c in APPLICANTS[:-1]))) == int(figures[f"{row}.total"])
    outcomes = [row for row in rows if ".outcome." in row and row != "ar.t3.outcome.total"]
    for column in APPLICANTS:
        total = int(figures[f"ar.t3.outcome.total.{column}"])
        assert sum(numbers(figures, *(f"{row}.{column}" for row in outcomes))) == total
        new, old, on = numbers(
            figures, *(f"ar.t3.{row}.{column}" for row in ("new_received", "carried_in", "carried_forward"))
        )
        assert new + old == total + on
    for channel in ("reconsideration", "litigation_direct", "litigation_after_reconsideration"):
        parts = numbers(
            figures, *(f"ar.t4.{channel}.{part}" for part in ("upheld", "corrected", "other", "pending"))
        )
        assert sum(parts) == int(figures[f"ar.t4.{channel}.total"])
    assert_section_two(year, figures)


def assert_section_two(year: int, figures: Figures) -> None:
    for kind in ("rules", "normative_documents"):
        stem = f"ar.t2.art20_1.{kind}"
        if figures.get(f"{stem}.issued") == "/" or figures.get(f"{stem}.newly_made") == "/":
            continue
        if year <= 2020:
            new, made, total = numbers(
                figures, *(f"{stem}.{part}" for part in ("newly_disclosed", "newly_made", "total_disclosed"))
            )
            assert new <= made
            assert new <= total
        else:
            issued, in_force = numbers(figures, f"{stem}.issued", f"{stem}.in_force")
            assert issued <= in_force


def assert_2014(figures: Figures, *, published: bool) -> None:
    def total(name: str, *parts: str) -> None:
        assert sum(numbers(figures, *(f"{name}.{part}" for part in parts))) == int(figures[name])

    total("st.application.received", "in_person", "fax", "online", "mail")
    total("st.application.concluded", "on_time", "extended")
    total(
        "st.application.replied",
        "already_public",
        "granted",
        "partly_granted",
        "refused",
        "not_this_agency",
        "not_exist",
        "amend_or_supplement",
        "other_channels",
    )
    total(
        "st.application.replied.refused",
        "state_secret",
        "trade_secret",
        "personal_privacy",
        "security_stability",
        "not_government_information",
        "other_statutory",
    )
    total("st.reconsideration", "upheld", "corrected", "other")
    total("st.litigation", "upheld", "corrected", "other")
    total("st.capacity.staff", "full_time", "part_time")
    assert figures["st.application.concluded"] == figures["st.application.replied"]
    if published:
        return
    channels = numbers(
        figures, *(f"st.proactive.by_channel.{c}" for c in ("gazette", "website", "weibo", "wechat", "other"))
    )
    assert max(channels) <= int(figures["st.proactive.items"]) <= sum(channels)
    for heading in (
        "proactive",
        "proactive.by_channel",
        "response",
        "response.by_channel",
        "application",
        "capacity",
        "training",
    ):
        assert figures[f"st.{heading}"] == ""


@pytest.mark.parametrize("slug", sorted({slug for slug, _, _ in figures_by_year()}))
def test_what_one_year_carries_forward_the_next_carries_in(slug: str) -> None:
    by_year = figures_of(slug)
    for year in sorted(by_year):
        if year - 1 not in by_year or year < 2020:
            continue
        now, before = by_year[year], by_year[year - 1]
        for column in APPLICANTS:
            assert now[f"ar.t3.carried_in.{column}"] == before[f"ar.t3.carried_forward.{column}"]
        if year == 2020:
            for stem in sorted(
                {code.rpartition(".")[0] for code in codes("e2_2019") if code.endswith("items_change")}
            ):
                expected = int(before[f"{stem}.items_previous_year"]) + int(before[f"{stem}.items_change"])
                assert int(now[f"{stem}.items_previous_year"]) == expected >= 0
        for kind in ("rules", "normative_documents"):
            stem = f"ar.t2.art20_1.{kind}"
            if year >= 2022 and now[f"{stem}.in_force"] != "/":
                issued, repealed, in_force = numbers(
                    now, f"{stem}.issued", f"{stem}.repealed", f"{stem}.in_force"
                )
                assert in_force == int(before[f"{stem}.in_force"]) + issued - repealed


@pytest.mark.parametrize("slug", sorted(COMPLETE))
def test_the_figures_of_a_complete_agency_differ_within_a_table_and_are_not_zero(slug: str) -> None:
    for year, figures in figures_of(slug).items():
        if not clean(slug, year):
            continue
        edition = edition_of(year)
        for table in ("st.", "ar.t2.", "ar.t3.", "ar.t4."):
            shown = [figures[code] for code in codes(edition) if code.startswith(table) and figures[code]]
            # Concluded and replied agree by rule; what was carried in or settled beforehand follows a published year.
            agreed = {figures["st.application.concluded"]} if edition == "e1_2014" else set()
            several = [
                text for text in set(shown) if shown.count(text) > 1 and text not in agreed and text != "0"
            ]
            assert len(several) <= (3 if (slug, year) == ("nx-zhongwei-sfj", 2019) else 0), (
                year,
                table,
                several,
            )
            assert shown.count("0") <= (7 if slug == "nx-zhongwei-sfj" else 0), (year, table)


@pytest.mark.parametrize(
    ("slug", "year", "seed"),
    [
        ("nx-lingwu-sfj", 2018, "000"),
        ("hn-jiyuan-sfj", 2019, "001"),
        ("nx-longde-sfj", 2023, "003"),
        ("nx-zhongwei-sfj", 2020, "004"),
    ],
)
def test_the_published_reports_carry_their_published_figures(
    shared: Path, slug: str, year: int, seed: str
) -> None:
    values = json.loads((shared / "gold" / f"{seed}.json").read_text(encoding="utf-8"))["values"]
    figures = figures_of(slug)[year]
    assert len(values) == len(codes(edition_of(year)))
    for code, value in values.items():
        number = value["value"]
        assert figures[code] == value.get("raw", "" if number is None else str(number)), code


def test_the_narratives_are_our_own(shared: Path) -> None:
    """No stretch of 40 characters of prose is a seed's: headings are official; contact data and the list of powers are facts."""
    seeds = "".join(
        re.sub(r"\s|\*", "", path.read_text(encoding="utf-8")) for path in (shared / "seeds").glob("*.txt")
    )
    for path in sorted((DATA / "prose").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            plain = re.sub(r"\s|\*|^#+ ", "", line)
            if line.startswith(("#", "@", "^")):
                continue
            shared_runs = [
                plain[at : at + 40] for at in range(len(plain) - 39) if plain[at : at + 40] in seeds
            ]
            assert not [run for run in shared_runs if not re.search("地址：|电话：|电话:|职权\\d", run)], (
                path.name,
                shared_runs,
            )
