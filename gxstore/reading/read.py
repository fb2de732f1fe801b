"""Reads a report: documents in, everything that is understood of them out."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from archive.text.document import Document
from gxstore.catalogue import Catalogue
from gxstore.reading.facts import read_facts
from gxstore.reading.findings import check
from gxstore.reading.particulars import read_contact, read_period, read_signature
from gxstore.reading.report import Finding, Reading, Section, Value, Why
from gxstore.reading.sections import lines_of, prose_of, read_sections
from gxstore.reading.tables import TablesRead, missing_values, read_tables
from gxstore.reading.titles import find_titles, year_in

READER_VERSION = "3"
_TABLE_SECTIONS = {"t2": "proactive", "t3": "applications", "t4": "review_litigation", "stat": "appendix"}
_ATTACHED = re.compile(r"\.(?:docx?|wps|xlsx?|et|pdf|zip|rar|ofd)(?:$|[?#])", re.I)
_PICTURED_TEXT = 20
_CUT_OFF = "cut off"
# The form has about 200 cells and 150 identities: more of one rule are the fault of the page.
_MOST_OF_A_RULE = 500


def read(documents: Sequence[Document], catalogue: Catalogue) -> Reading:
    """What the documents of one report say.

    Args:
        documents: the report, in order: a page, its annexes.
        catalogue: the forms to read them by.

    Returns:
        Every cell of the edition observed, in the order of the form. Where there is no table, every cell of the
        edition that the title's year asks for is `missing`; without a year there are none.
    """
    lines = lines_of(documents)
    page_title = next((document.title for document in documents if document.title), None)
    titles = find_titles(lines, page_title)
    sections = read_sections(lines, titles.lines)
    title_year = year_in(titles.title) if titles.title else None
    tables = read_tables(documents, catalogue, title_year)
    narrative, no_prose = prose_of(lines, titles.lines)
    facts = read_facts(narrative)
    values = _values(tables, sections, documents, title_year, catalogue)
    findings, checks = check(values, facts, tables.tables, catalogue)
    digests = tuple(document.digest for document in documents)
    return Reading(
        title=titles.title,
        titles=titles.candidates,
        tables=tables.tables,
        edition=tables.edition,
        values=values,
        sections=sections,
        facts=facts,
        contact=read_contact("\n".join(narrative)),
        signature=read_signature(lines),
        period=read_period("\n".join(narrative)),
        title_year=title_year,
        aside=tables.aside,
        findings=_not_too_many(
            [
                *_remarks(documents),
                *no_prose,
                *tables.findings,
                *_other_edition(tables.edition, title_year, catalogue),
                *findings,
            ]
        ),
        checks=checks,
        reader_version=READER_VERSION,
        catalogue_digest=catalogue.digest,
        document_digests=digests,
        local=tables.local,
        digest=_digest(READER_VERSION, catalogue.digest, *digests, titles.title or ""),
    )


def _remarks(documents: Sequence[Document]) -> list[Finding]:
    """What could not be taken out of a file whole is said in the reading; a picture shows in the cells."""
    return [
        Finding("read.document", "warning", (), None, None, f"Of the file, {remark}.")
        for document in documents
        for remark in document.remarks
        if not remark.startswith("picture:")
    ]


def _not_too_many(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """At most so many findings of one rule, and one that counts the rest: a page that repeats a table a thousand times."""
    kept: list[Finding] = []
    count: Counter[str] = Counter()
    for finding in findings:
        count[finding.rule] += 1
        if count[finding.rule] <= _MOST_OF_A_RULE:
            kept.append(finding)
    for rule, number in count.items():
        if number > _MOST_OF_A_RULE:
            more = f"{number - _MOST_OF_A_RULE} more findings of {rule} were made; the first are listed."
            kept.append(Finding("read.more_findings", "warning", (), number, _MOST_OF_A_RULE, more))
    return tuple(kept)


def _other_edition(seen: str | None, year: int | None, catalogue: Catalogue) -> list[Finding]:
    """A note where the labels show another edition of the form than the year of the title asks for."""
    asked = catalogue.edition_of_year(year) if year else None
    if seen is None or asked is None or asked.code == seen:
        return []
    text = f"The tables are those of {seen}, where a report of {year} is asked for {asked.code}."
    return [Finding("read.other_edition", "note", (), seen, asked.code, text)]


def _values(
    tables: TablesRead,
    sections: Sequence[Section],
    documents: Sequence[Document],
    title_year: int | None,
    catalogue: Catalogue,
) -> tuple[Value, ...]:
    values = tables.values
    if not tables.tables:
        asked = catalogue.edition_of_year(title_year) if title_year else None
        values = missing_values(asked.code, catalogue) if asked else ()
    return why_missing(values, sections, documents, catalogue)


def why_missing(
    values: Sequence[Value], sections: Sequence[Section], documents: Sequence[Document], catalogue: Catalogue
) -> tuple[Value, ...]:
    """The values with `table_not_published` said only where nothing else can hold the table.

    A picture under the heading of a table may be the table, a page of a file that is a picture may hold any of them,
    and so may an attachment that was not read, or what was cut off a file that goes beyond all bounds.
    """
    if any(_CUT_OFF in remark for document in documents for remark in document.remarks):
        return tuple(
            replace(value, why="lost_in_extraction") if value.status == "missing" else value
            for value in values
        )
    pages = any(picture.target is None for document in documents for picture in document.pictures())
    pictures = pages or any(
        remark.startswith("picture:") for document in documents for remark in document.remarks
    )
    attached = any(_ATTACHED.search(link.target) for document in documents for link in document.links)
    if not pictures and not attached:
        return tuple(values)
    empty = {s.key for s in sections if s.chars < _PICTURED_TEXT}

    def because(value: Value) -> Value:
        if value.why != "table_not_published":
            return value
        why: Why = value.why
        if pages or (pictures and _TABLE_SECTIONS[catalogue.by_code[value.code].table] in empty):
            why = "table_is_image"
        elif attached:
            why = "attachment_not_captured"
        return Value(value.code, "missing", unit=value.unit, why=why, scope=value.scope)

    return tuple(because(value) for value in values)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
