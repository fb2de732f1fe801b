"""What is understood of a report: frozen types, shared by reading, attribution, store and command.

The words for a cell are those of DESIGN.md: `reported` (a number was printed), `blank`, `not_applicable` (`/`, `—`),
`none` (无 was printed), `unreadable` (something else was printed, or its place is in doubt) and `missing` with why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from archive.text.document import Box
from gxstore.catalogue.types import Severity

Status = Literal["reported", "blank", "not_applicable", "none", "unreadable", "missing"]
Why = Literal[
    "table_not_published", "row_absent", "table_is_image", "attachment_not_captured", "lost_in_extraction"
]
Scope = Literal["own_body", "government_with_departments", "jurisdiction", "unknown"]
FactValue = int | float | str | bool | Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Where:
    """The cell a value was read from: document of the reading (from 0), table, row and column from 1, and place."""

    table: int
    row: int
    column: int
    line: int | None = None
    page: int | None = None
    box: Box | None = None
    document: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """One cell. `number` is exact and in `unit`; `raw` is the text as published, None where no cell was found."""

    code: str
    status: Status
    raw: str | None = None
    number: Decimal | None = None
    unit: str | None = None
    why: Why | None = None
    printed_unit: str | None = None
    note: str | None = None
    placed_by: Literal["labels", "identities"] = "labels"
    confidence: float | None = None
    scope: str | None = None
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class TableSeen:
    """A table that was found, and the edition its labels show (None where they do not tell)."""

    key: str
    edition: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the narrative: `text` without heading and tables, `chars` its length without white space."""

    key: str
    number: str | None
    heading: str | None
    chars: int
    text: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact told in the narrative, with the words that tell it; `detail` holds what else is said (account, names)."""

    code: str
    value: FactValue
    approx: bool
    quote: str
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed, or a doubt. `codes` are the cells of its identity and no others."""

    rule: str
    severity: Severity
    codes: tuple[str, ...]
    printed: Decimal | int | str | None
    expected: Decimal | int | str | None
    message: str


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the publisher, as printed in the report."""

    office: str | None = None
    address: str | None = None
    postcode: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """How the rules of the catalogue came out: each of their instances holds, fails or cannot be assessed."""

    held: int = 0
    failed: int = 0
    not_assessable: int = 0


@dataclass(frozen=True, slots=True)
class Aside:
    """A row or cell of a table that belongs to no cell of the form; its text is kept."""

    table: str
    text: str
    where: Where | None


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """A row of a statistics list that is not the official form (2008-2013, some later): kept as it was printed.

    `column` is the name of the number's column where several are printed.
    """

    label: str
    unit: str | None
    column: str | None
    raw: str
    where: Where


@dataclass(frozen=True, slots=True)
class Signature:
    """The 落款: who signed and when, as far as printed."""

    agency: str | None = None
    signed: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader version with one catalogue understood of one or more documents. Made by `read`.

    `recognised` says that all its words come from scanned pages.
    """

    title: str | None
    titles: tuple[str, ...]
    tables: tuple[TableSeen, ...]
    edition: str | None
    values: tuple[Value, ...]
    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]
    contact: Contact | None
    signature: Signature
    period: tuple[date, date] | None
    title_year: int | None
    aside: tuple[Aside, ...]
    findings: tuple[Finding, ...]
    checks: Checks
    reader_version: str
    catalogue_digest: str
    document_digests: tuple[str, ...]
    digest: str
    local: tuple[LocalEntry, ...] = ()
    recognised: bool = False

    def value(self, code: str, scope: str | None = None) -> Value | None:
        """The cell of that code and scope."""
        return next((v for v in self.values if v.code == code and v.scope == scope), None)


@dataclass(frozen=True, slots=True)
class Hint:
    """What the crawler knows of a page beside its text. `site_agencies` gives each agency's names and aliases."""

    link_text: str | None = None
    list_title: str | None = None
    column_agency: str | None = None
    url: str | None = None
    site_agencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for an agency or a year: what, where it stood, its words."""

    about: Literal["agency", "year", "publisher", "region", "kind"]
    source: str
    says: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose report a reading is and of which year. Made by `attribute`.

    `values` is None but where the reading had no table and no year of its own: then it lists the cells of the
    edition that the year asks for, as missing.
    """

    is_annual_report: bool
    reason: str | None
    kind: str
    agency: str | None
    agency_source: str | None
    publisher: str | None
    region: str | None
    year: int | None
    year_source: str | None
    edition_expected: str | None
    signed: date | None
    published: date | None
    scope: Scope
    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...]
    values: tuple[Value, ...] | None
    digest: str
