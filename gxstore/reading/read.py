"""Reads a report: documents in, everything that is understood of them out."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from archive.text.document import (
    FRAMED,
    LOST_TABLE,
    NOT_SHOWN,
    PICTURE,
    PICTURE_NOT_HAD,
    Document,
    Heading,
    Paragraph,
)
from gxstore.catalogue import Catalogue
from gxstore.catalogue.types import Severity
from gxstore.reading.facts import read_facts
from gxstore.reading.findings import check
from gxstore.reading.missing import beside, cut_short, tables_in_text, why_missing
from gxstore.reading.particulars import read_contact, read_period, read_signature
from gxstore.reading.report import Finding, Reading, Value
from gxstore.reading.sections import Line, lines_of, prose_of, read_sections
from gxstore.reading.tables import TablesRead, missing_values, read_tables
from gxstore.reading.titles import find_titles, year_in
from gxstore.reading.whose import disowned, own

READER_VERSION = "12"
# The form has about 200 cells and 150 identities: more of one rule are the fault of the page.
_MOST_OF_A_RULE = 500
_FEWEST_PARTS = 3
# Remarks that put no number in doubt.
_HARMLESS = (
    "the file holds",
    "it holds",
    "the hidden sheet",
    "hidden rows",
    "antiword could not",
    "automatic numbers",
)


def read(documents: Sequence[Document], catalogue: Catalogue) -> Reading:
    """What the documents of one report say.

    Args:
        documents: the report, in order: a page, its annexes.
        catalogue: the forms to read them by.

    Returns:
        Every cell of the edition observed, in the order of the form. Where there is no table, every cell of the
        edition that the title's year asks for is `missing`; without a year there are none.
    """
    narrating = _narrating(documents)
    lines = lines_of(narrating)
    trusted = [line if line is None or line.sure else replace(line, text="") for line in lines]
    page_title = next((document.title for document in documents if document.title), None)
    titles = find_titles(trusted, page_title)
    sections = read_sections(lines, titles.lines)
    title_year = year_in(titles.title) if titles.title else None
    itself = own(documents, title_year, titles.title)
    tables = read_tables(documents, catalogue, title_year, itself)
    foreign = disowned(narrating, lines, itself)
    narrative, no_prose = prose_of(trusted, titles.lines | foreign)
    facts = read_facts(narrative)
    in_text = tables_in_text(line.text for line in lines if line) - {table.key for table in tables.tables}
    values = _values(tables, documents, title_year, catalogue)
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
        signature=read_signature(trusted),
        period=read_period("\n".join(narrative)),
        title_year=title_year,
        aside=tables.aside,
        findings=_not_too_many(
            [
                *_remarks(documents, {table.key for table in tables.tables}),
                *no_prose,
                *tables.findings,
                *_run_together(in_text),
                *_all_blank(tables),
                *_cut_short(values, catalogue),
                *_unsure_text(lines),
                *_other_edition(tables.edition, title_year, catalogue),
                *findings,
            ]
        ),
        checks=checks,
        reader_version=READER_VERSION,
        catalogue_digest=catalogue.digest,
        document_digests=digests,
        local=tables.local,
        recognised=_is_recognised(documents),
        digest=_digest(READER_VERSION, catalogue.digest, *digests, titles.title or "", *beside(documents)),
    )


def _remarks(documents: Sequence[Document], read_tables: set[str]) -> list[Finding]:
    """What could not be taken out of a file whole is said in the reading; a picture shows in the cells."""
    found = []
    for remark in (remark for document in documents for remark in document.remarks):
        said = remark.rstrip(".")
        if remark.startswith(LOST_TABLE):
            text = f"A table may have been lost: {said.removeprefix(LOST_TABLE).strip()}."
            found.append(Finding("read.table_lost", "warning", (), None, None, text))
        elif remark.startswith(FRAMED):
            text = f"The page has no table, and shows a frame that was not read: {remark.removeprefix(FRAMED).strip()}."
            found.append(Finding("read.document", "warning", (), None, None, text))
        elif remark.startswith(NOT_SHOWN):
            found += _not_shown(remark.removeprefix(NOT_SHOWN).strip(), read_tables)
        elif remark.startswith(PICTURE_NOT_HAD):
            text = f"A picture in the page was not captured, and may be a table: {remark.removeprefix(PICTURE_NOT_HAD).strip()}."
            found.append(Finding("read.document", "warning", (), None, None, text))
        elif not remark.startswith(PICTURE):
            severity: Severity = "info" if remark.startswith(_HARMLESS) else "warning"
            found.append(Finding("read.document", severity, (), None, None, f"Of the file, {said}."))
    return found


def _not_shown(text: str, read_tables: set[str]) -> list[Finding]:
    """Tables, and running text about 信息公开, in a part of the page that a browser does not show."""
    tables = sorted(tables_in_text([text]))
    found = []
    for key in tables:
        said = f"Table {key} stands in a part of the page that is not shown, and was not read there."
        severity: Severity = "info" if key in read_tables else "warning"
        found.append(Finding("read.document", severity, (), None, None, said))
    if not tables and "信息公开" in text:
        said = f"Of the page, {len(text)} characters about 信息公开 are not shown, and were not read: {text[:60]}…"
        found.append(Finding("read.document", "warning", (), None, None, said))
    return found


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


def _narrating(documents: Sequence[Document]) -> Sequence[Document]:
    """The documents whose text is the narrative: a page that has its parts tells them alone, whatever its annexes repeat."""
    first = documents[:1]
    if len(documents) < 2:
        return first
    keys = {section.key for section in read_sections(lines_of(first), frozenset())}
    return first if len(keys - {"preamble", "unknown"}) >= _FEWEST_PARTS else documents


def _is_recognised(documents: Sequence[Document]) -> bool:
    """Whether all words of the report were recognised on scanned pages."""
    words = [
        block for document in documents for block in document.blocks if isinstance(block, Heading | Paragraph)
    ]
    return bool(words) and all(
        isinstance(block, Paragraph) and block.confidence is not None for block in words
    )


def _unsure_text(lines: Sequence[Line | None]) -> list[Finding]:
    """A note where paragraphs of a scan were not surely read."""
    unsure = [line.text for line in lines if line is not None and not line.sure]
    if not unsure:
        return []
    text = (
        f"{len(unsure)} paragraphs of the scanned text are not surely read, and nothing was taken from them."
    )
    return [Finding("read.unsure_text", "note", (), unsure[0][:80], None, text)]


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


def _cut_short(values: Sequence[Value], catalogue: Catalogue) -> list[Finding]:
    """A warning where a table ends before its totals: the rest stands elsewhere, or was lost."""
    codes = cut_short(values, catalogue)
    if not codes:
        return []
    first = catalogue.by_code[codes[0]].label
    text = f"A table of the form ends before its end: the {len(codes)} cells from {first} on are missing."
    return [Finding("read.table_cut", "warning", codes, None, None, text)]


def _all_blank(tables: TablesRead) -> list[Finding]:
    """A warning where no cell of any table has a number or a sign for none: offices leave a table blank, hardly all of them;
    a page whose figures a script fills in looks the same."""
    read = [value for value in tables.values if value.status != "missing"]
    if not read or any(value.status != "blank" for value in read):
        return []
    text = f"All {len(read)} cells of the tables are blank; a script of the page may fill them in."
    return [Finding("read.all_blank", "warning", (), None, None, text)]


def _values(
    tables: TablesRead,
    documents: Sequence[Document],
    title_year: int | None,
    catalogue: Catalogue,
) -> tuple[Value, ...]:
    values = tables.values
    if tables.edition is None:
        # No table, or none that tells its edition (the last table is the same in two): the others are not passed over.
        asked = catalogue.edition_of_year(title_year) if title_year else None
        seen = {table.key for table in tables.tables}
        absent = missing_values(asked.code, catalogue) if asked else ()
        values = (*(v for v in absent if catalogue.by_code[v.code].table not in seen), *values)
    return why_missing(values, documents, catalogue)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
