"""Reads a report: documents in, everything that is understood of them out."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from archive.text.document import Document
from gxstore.catalogue import Catalogue
from gxstore.reading.facts import read_facts
from gxstore.reading.findings import check
from gxstore.reading.missing import tables_in_text, why_missing
from gxstore.reading.particulars import read_contact, read_period, read_signature
from gxstore.reading.report import Finding, Reading, Section, Value
from gxstore.reading.sections import lines_of, prose_of, read_sections
from gxstore.reading.tables import TablesRead, missing_values, read_tables
from gxstore.reading.titles import find_titles, year_in

READER_VERSION = "4"
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
    in_text = tables_in_text(line.text for line in lines if line) - {table.key for table in tables.tables}
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
                *_run_together(in_text),
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


def _run_together(tables: set[str]) -> list[Finding]:
    """A warning for each table whose cells were lost in the running text."""
    text = "Table {} stands in the running text, its cells run together: none of its numbers was read."
    return [
        Finding("read.table_in_text", "warning", (), None, None, text.format(key)) for key in sorted(tables)
    ]


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


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
