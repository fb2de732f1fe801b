"""Site files: those that are shipped are sound, and a broken one is refused with file and key."""

from datetime import date
from pathlib import Path

import pytest

from crawler.sites import Known, SiteError, load_site, load_site_file, site_names

SOUND = """
name = "probe"
title = "试"
region = "640000"
publisher = "x"
notes = "x"
checked = 2026-11-20
[expect]
reports = 1
first_year = 2019
[agencies]
source = "x"
date = 2026-11-20
[[agency]]
slug = "probe-sfj"
name = "试县司法局"
region = "640181"
level = "county"
function = "司法"
[[portal]]
host = "www.probe.example"
scheme = "http"
family = "trs"
evidence = "inferred"
[[portal.column]]
path = "/xxgknb/"
agency = "probe-sfj"
evidence = "inferred"
"""


def written(folder: Path, text: str, name: str = "probe.toml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    site = load_site_file(written(tmp_path, SOUND)).site
    assert site.portal[0].start_url(site.portal[0].column[0]) == "http://www.probe.example/xxgknb/"
    assert site.hosts == {"www.probe.example"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('title = "试"', 'titel = "试"', "key titel is unknown"),
        ("[expect]\nreports = 1\nfirst_year = 2019", "", "key expect is missing"),
        ("reports = 1", "reports = 0", "key expect.reports"),
        ('family = "trs"', 'family = "trs9"', "family 'trs9' is unknown; known are aspnet, "),
        ('agency = "probe-sfj"', 'agency = "other"', "names the agency 'other', which has no"),
        ('scheme = "http"', 'scheme = "gopher"', "key portal[1].scheme"),
        ('path = "/xxgknb/"', 'path = "xxgknb/"', "key portal[1].column[1].path"),
        (
            'evidence = "inferred"\n[[portal.column]]',
            "[[portal.column]]",
            "key portal[1].evidence is missing",
        ),
        ('name = "probe"', 'name = "other"', "key name: it says 'other'"),
        ('name = "试县司法局"', 'name = "试县司法局"\nsuperior = "nobody"', "superior 'nobody' has no"),
        ('title = "试"', "title = ", "is not valid TOML"),
    ],
)
def test_a_broken_file_is_refused_with_file_and_key(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in SOUND
    path = written(tmp_path, SOUND.replace(before, after, 1))
    with pytest.raises(SiteError) as caught:
        load_site_file(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_an_agency_given_twice_is_refused(tmp_path: Path) -> None:
    twice = (
        SOUND + '[[agency]]\nslug = "probe-sfj"\nname = "y"\nregion = "1"\nlevel = "county"\nfunction = "z"\n'
    )
    with pytest.raises(SiteError, match="agency probe-sfj is given twice"):
        load_site_file(written(tmp_path, twice))


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ('also = ["other"]', "names the agency 'other', which has no"),
        ('family = "trs9"', "family 'trs9' is unknown"),
        (
            'options = { tag = "x" }',
            "has the option 'tag', which the family trs does not know; it knows none",
        ),
        ('family = "igs"', "lacks the option 'code', which the family igs needs"),
        (
            'family = "lonsun"\noptions = { from = "x" }',
            "the option 'from', which the family lonsun does not know; it knows form",
        ),
    ],
)
def test_a_column_that_its_family_cannot_read_is_refused(tmp_path: Path, column: str, said: str) -> None:
    with pytest.raises(SiteError) as caught:
        load_site_file(written(tmp_path, SOUND + column + "\n"))
    assert said in str(caught.value)


def test_an_unknown_site_suggests_the_nearest() -> None:
    with pytest.raises(SiteError, match="Did you mean 'ningxia'"):
        load_site("ninxia")


def test_a_name_that_leaves_the_folder_is_no_site() -> None:
    with pytest.raises(SiteError, match="There is no site"):
        load_site("../gxcrawl")


@pytest.mark.parametrize("name", site_names())
def test_every_shipped_site_marks_what_is_inferred_and_has_a_floor(name: str) -> None:
    site = load_site(name).site
    assert site.expect.reports >= 1
    assert all(portal.evidence in ("seen", "inferred") for portal in site.portal)
    covered = {
        slug for portal in site.portal for column in portal.column for slug in (column.agency, *column.also)
    }
    shared = any(column.agency is None for portal in site.portal for column in portal.column)
    for agency in site.agency:
        assert agency.slug in covered or shared, f"{agency.slug} is expected, but no column can give it"


def test_a_known_trouble_covers_its_verdict_until_its_date_and_no_other() -> None:
    known = Known(host="www.nx.gov.cn", verdict="waf", until=date(2027, 6, 30), why="x")
    assert known.covers("https://www.nx.gov.cn/zwgk/", "waf", date(2027, 6, 30))
    assert not known.covers("https://www.nx.gov.cn/zwgk/", "waf", date(2027, 7, 1))
    assert not known.covers("https://www.nx.gov.cn/zwgk/", "soft_404", date(2026, 1, 1))
    assert not known.covers("https://sft.nx.gov.cn/zwgk/", "waf", date(2026, 1, 1))
