"""What a run may have missed without any request failing: reports out of reach, under names that nobody knows, in years that
no list gave. Pure.

A list that is read without a fault can still leave a report out: it stands on a host that the site file does not name, beside
the list, or under a name that the body bore before. Each is named here, unless that body's report of that year was found.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crawler.links import agency_named, body_named, year_in
from crawler.sites import Column, Portal, Site
from gxstore.frontier import LedgerRow

Given = Mapping[str, set[int]]
"""Per agency slug the years whose report a list gave, whatever became of it then."""

PART = "sublist"
"""In the context of a page of a list: which of the lists that the column is parted into it is of, from 1."""

TAB = "tab"
"""In the context of a page of such a list: the one year that its column names it by."""

PAGE_IS_OF = ": the page is of "
"""What stands in the reason of a page left aside before the body that it is of."""

# Governments publish by 31 March (政府信息公开条例, 2019, art. 50), departments by 31 January (art. 49).
_ALL_DUE, _DEPARTMENTS_DUE = (4, 1), (2, 1)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding about a list or a report: its code and URL, by which a site file may acknowledge it, and a sentence."""

    code: str
    url: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


def is_due(year: int, slug: str | None, site: Site, today: date) -> bool:
    """Whether the report for a year has to be out: that of a government in April of the next, any other in February.

    Args:
        year: the year that is reported on.
        slug: the body, where one is known.
        site: the site that knows it.
        today: the day.
    """
    government = slug is not None and site.agency_by_slug(slug).function == "政府"
    return year <= _last_due(today, _ALL_DUE if government else _DEPARTMENTS_DUE)


def _last_due(today: date, from_then: tuple[int, int]) -> int:
    return today.year - (1 if (today.month, today.day) >= from_then else 2)


def years_given(rows: Sequence[LedgerRow], found: Mapping[str, set[int]]) -> Given:
    """The years of the reports that were read, and of those that a list named and that failed or were kept from us. A link
    that sent its reader on gave none itself, nor did a page of whose files none could be read, and a page that is of another
    year than the list says gave that one.

    Args:
        rows: the run's ledger.
        found: per agency slug the years of the reports that were listed and read.
    """
    given = {slug: set(years) for slug, years in found.items()}
    hollow = hollow_pages(rows)
    for row in rows:
        if row.kind != "report" or row.state == "left_aside" or row.verdict == "moved" or not is_listed(row):
            continue
        if row.url in hollow:
            continue
        shows = (row.told or {}).get("shows") or {}
        slug, year = row.context.get("agency") or shows.get("agency"), row.context.get("year")
        if shows and year not in (shows["year"], shows["title_year"]):
            year = shows["year"]
        if slug and year:
            given.setdefault(slug, set()).add(year)
    return given


def hollow_pages(rows: Sequence[LedgerRow]) -> dict[str, list[LedgerRow]]:
    """URL -> its files on the ledger, of each page of which nothing was read but a title.

    Args:
        rows: the run's ledger.
    """
    by_url = {row.url: row for row in rows if not row.asked}
    found: dict[str, list[LedgerRow]] = {}
    for row in rows:
        files = ((row.told or {}).get("shows") or {}).get("files")
        if files is None or row.state != "done":
            continue
        own = [by_url[url] for url in files if url in by_url]
        if not any(_was_read(file, by_url) for file in own):
            found[row.url] = own
    return found


def _was_read(file: LedgerRow, by_url: dict[str, LedgerRow]) -> bool:
    further = (file.told or {}).get("moved_to")
    if further in by_url and by_url[further] is not file:
        file = by_url[further]
    return (
        file.state == "done" and file.verdict == "ok" and not (file.reason or (file.told or {}).get("unread"))
    )


def out_of_reach(rows: Sequence[LedgerRow], given: Given) -> Iterator[Trouble]:
    """Reports that a list names on a host that the site file does not, and links named like reports that stand beside a
    list, where no list gave that body's report of that year."""
    for row in rows:
        if row.verdict == "off_site" and row.kind == "report" and is_listed(row):
            year, slug = year_in(str(row.context.get("title"))), row.context.get("agency")
            if year is None or year not in given.get(slug or "", ()):
                host = row.host
                yield Trouble(
                    "off_site",
                    row.url,
                    f"a list names {named(row)}, and {host} is no host of this site: add it to the portal's also, or as a portal",
                )
    beside: dict[str, tuple[str, int, str]] = {}
    for row in rows:
        for url, slug, year in (row.told or {}).get("beside", ()):
            if row.kind == "column" and year not in given.get(slug, ()):
                beside.setdefault(url, (slug, year, source_of(row)))
    for url, (slug, year, source) in beside.items():
        yield Trouble(
            "beside",
            url,
            f"{source} links to {url} as to the report of {slug} for {year}, which no list gave: is that another column?",
        )


def untaken(rows: Sequence[LedgerRow], given: Given) -> Iterator[Trouble]:
    """Links that a list names as a report, or as what may be one, and whose page is none, where no list gave that body's
    report of that year: the page may be a challenge, or one put in the report's place. Without a year none can be found."""
    for row in rows:
        if row.verdict != "not_a_report" or row.state != "left_aside" or not is_listed(row):
            continue
        if "year" not in row.context:
            continue  # left aside by its title alone
        slug, year = row.context.get("agency"), row.context["year"]
        years = given.get(slug, set()) if slug else {one for own in given.values() for one in own}
        if year is None or year not in years:
            yield Trouble(
                "not_a_report",
                row.url,
                f"{named(row)} may be named as a report, and its page is none: {row.reason}",
            )


def under_other_names(site: Site, rows: Sequence[LedgerRow], given: Given) -> Iterator[Trouble]:
    """Columns of one body that list other bodies' reports which are nobody's: of a body that the site file does not know,
    for years in which no report of the column's own was found (a former name, as likely as not), or of a body that it does
    know, for years in which no list gave that one's."""
    for portal, column in _owned(site):
        assert column.agency is not None
        strangers: dict[str, set[int]] = defaultdict(set)
        misplaced: dict[str, set[int]] = defaultdict(set)
        for row in rows:
            if row.verdict != "other_agency" or source_of(row) != portal.source(column):
                continue
            title = str(row.context.get("title") or "")
            body, year = body_named(title) or _said_by_the_page(row), year_in(title)
            if body is None or year is None:
                continue
            owner = agency_named(body, site.agency, year)
            if owner is None and year not in given.get(column.agency, ()):
                strangers[body].add(year)
            if owner is not None and owner.slug != column.agency and year not in given.get(owner.slug, ()):
                misplaced[f"{owner.name} ({owner.slug})"].add(year)
        start, source = portal.start_url(column), portal.source(column)
        for body, years in strangers.items():
            own = site.agency_by_slug(column.agency).name
            sentence = (
                f"the column {source} lists reports of {body} for {spans(years)}, and none of {own}: a former name goes "
                "under [[agency.formerly]], another body into also"
            )
            yield Trouble("other_name", start, sentence)
        for body, years in misplaced.items():
            sentence = (
                f"the column {source} lists reports of {body} for {spans(years)}, which no other list gave: name it in the "
                "column's also"
            )
            yield Trouble("misplaced", start, sentence)


def _said_by_the_page(row: LedgerRow) -> str | None:
    """The body whose report a page says that it is, where the list named nobody (intake)."""
    return (row.reason or "").partition(PAGE_IS_OF)[2] or None


def unknown_bodies(site: Site, rows: Sequence[LedgerRow]) -> list[str]:
    """Bodies that the columns of several bodies list and the site file does not know, a sentence a column."""
    remarks = []
    for portal in site.portal:
        for column in portal.column:
            if column.agency is not None or portal.family_of(column).way != "column":
                continue
            bodies: dict[str, int] = defaultdict(int)
            for row in rows:
                title = str(row.context.get("title") or "")
                if row.verdict == "other_agency" and source_of(row) == portal.source(column):
                    bodies[body_named(title) or "a body that no title names"] += 1
            if bodies:
                told = ", ".join(f"{body} ({number})" for body, number in sorted(bodies.items()))
                remarks.append(
                    f"the column {portal.source(column)} lists bodies that the site file does not: {told}"
                )
    return remarks


def by_script(site: Site, rows: Sequence[LedgerRow], given: Given, today: date) -> Iterator[Trouble]:
    """Columns that show the reports of years by a script, which is not followed, where no list gave one of these years: none of
    the column's own body, or none at all in this column."""
    shown = [(row, said) for row in rows if (said := (row.told or {}).get("by_script"))]
    listed = _years_listed(rows) if shown else {}
    for row, shows in shown:
        slug, words, lacking = row.context.get("agency"), [], set[int]()
        have = given.get(slug, set()) if slug else listed.get(source_of(row), set())
        for said, years in shows:
            if without := {year for year in years if year not in have and is_due(year, slug, site, today)}:
                words.append(said)
                lacking |= without
        if lacking:
            yield Trouble(
                "by_script",
                row.url,
                f"the column {source_of(row)} shows {spans(lacking)} by a script ({', '.join(words)}), which is not followed, "
                "and no list gave a report of these years: the address that the script asks is a column of its own",
            )


def _years_listed(rows: Sequence[LedgerRow]) -> dict[str, set[int]]:
    """Per list the years of the reports that it names."""
    listed: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.kind == "report" and is_listed(row) and (year := row.context.get("year")):
            listed[source_of(row)].add(year)
    return listed


def elsewhere(rows: Sequence[LedgerRow]) -> list[str]:
    """Columns that lead to older reports outside of themselves, or by a script, which were not read there."""
    by_scripts = [
        f"the column {source_of(row)} leads to older reports ({words}) by a script, which is not followed"
        for row in rows
        for words, years in (row.told or {}).get("by_script", ())
        if not years
    ]
    return by_scripts + [
        f"the column {source_of(row)} leads to {url} ({words}), which was not read: is it the older part of it? Then it is "
        "a column of its own"
        for row in rows
        for url, words in (row.told or {}).get("elsewhere", ())
    ]


def gaps(site: Site, given: Given, today: date) -> list[str]:
    """The years between the first report of a body that is expected and the last that is due, of which no list gave one;
    a sentence a body."""
    due = _last_due(today, _ALL_DUE)
    remarks = []
    for agency in site.agency:
        years = given.get(agency.slug)
        if agency.expected and years and (lacking := set(range(min(years), due + 1)) - years):
            remarks.append(f"no list gave a report of {agency.name} ({agency.slug}) for {spans(lacking)}")
    return remarks


def _owned(site: Site) -> Iterator[tuple[Portal, Column]]:
    for portal in site.portal:
        for column in portal.column:
            if column.agency is not None and portal.family_of(column).way == "column":
                yield portal, column


def spans(years: Iterable[int]) -> str:
    """Years as a person writes them: 2014-2016, 2018."""
    found: list[list[int]] = []
    for year in sorted(years):
        if found and found[-1][-1] == year - 1:
            found[-1].append(year)
        else:
            found.append([year])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in found)


def named(row: LedgerRow) -> str:
    """A row as a person may look it up; of requests that differ in their body alone, which page of which list it is."""
    if row.asked and (page := row.context.get("page")):
        return f"{row.url} (page {page} of {source_of(row)})"
    title = row.context.get("title")
    return f"{row.url} ({title})" if title else row.url


def is_listed(row: LedgerRow) -> bool:
    """Whether a list of this run named a row of its ledger."""
    return bool(row.context.get("listed", False))


def source_of(row: LedgerRow) -> str:
    area = row.context.get("area")
    return f"{row.context['portal']}{row.context['column']}" + (f"?area={area}" if area else "")
