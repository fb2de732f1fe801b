"""What the catalogue consists of: frozen types, and the look-ups on them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

ValueType = Literal["count", "money", "signed_change", "heading"]
Severity = Literal["error", "warning", "note", "info"]


class CatalogueError(Exception):
    """The catalogue does not hold together; the sentence names the file and the code."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A form and the report years it was asked for; `years[1]` is None while it is in force."""

    code: str
    years: tuple[int, int | None]
    name: str
    legal_basis: str
    tables: tuple[str, ...]
    cells: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of table three."""

    code: str
    label: str
    en: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of table three and the editions that print it."""

    code: str
    label: str
    en: str
    editions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A heading that cells stand under; it has no number of its own."""

    code: str
    label: str
    en: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Variant:
    """A wording seen in a published report, and where."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One cell of a form. `id` is its small integer in the store; `unit` is None where the form prints none."""

    id: int
    code: str
    short: str
    editions: tuple[str, ...]
    label: str
    labels_by_edition: Mapping[str, str]
    en: str
    unit: str | None
    value_type: ValueType
    parent: str | None
    role: str
    table: str
    section: str
    order: int
    row: str
    col: str
    heading_row: bool
    variants: tuple[Variant, ...]
    notes: str
    unit_source: str | None
    may_print_in: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """What the numbers of a report should satisfy: `left op right`, run over every combination of `each`."""

    id: str
    editions: tuple[str, ...]
    severity: Severity
    source: str
    each: Mapping[str, tuple[str, ...]]
    left: tuple[str, ...]
    op: str
    right: tuple[str | int, ...]
    years: Mapping[str, int | str]
    text: str
    exceptions: str

    def instances(self) -> Sequence[tuple[tuple[str, ...], tuple[str | int, ...]]]:
        """Left and right terms with the names of `each` filled in, one pair a combination."""
        return self._instances

    @cached_property
    def _instances(self) -> tuple[tuple[tuple[str, ...], tuple[str | int, ...]], ...]:
        combinations = itertools.product(*self.each.values())
        named = [dict(zip(self.each, chosen, strict=True)) for chosen in combinations]
        return tuple(
            (
                tuple(term.format(**filled) for term in self.left),
                tuple(term.format(**filled) if isinstance(term, str) else term for term in self.right),
            )
            for filled in named
        )


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a crosswalk line: an edition (or several, comma between) and the codes to add up."""

    edition: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CrosswalkLine:
    """How cells of one form go over into another; `to` is None where a cell ended."""

    concept: str
    en: str
    source: Side
    to: Side | None
    relation: str
    series: str
    break_year: int | None
    note: str


@dataclass(frozen=True, slots=True)
class FactCode:
    """A fact that narratives tell. `pattern` records wordings seen; it is not what the reader runs."""

    code: str
    fact: str
    seen: str
    pattern: str | None


@dataclass(frozen=True, slots=True)
class SectionKey:
    """A part of the narrative."""

    key: str
    holds: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A wording that the reader takes for a row, group or column of a table."""

    table: str
    kind: str
    key: str
    text: str


@dataclass(frozen=True)
class Catalogue:
    """The whole catalogue. Build it with `load()`."""

    version: str
    kind: str
    note: str
    editions: tuple[Edition, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    indicators: tuple[Indicator, ...]
    rules: tuple[Rule, ...]
    crosswalk: tuple[CrosswalkLine, ...]
    facts: tuple[FactCode, ...]
    section_keys: tuple[SectionKey, ...]
    value_tokens: Mapping[str, str | int]
    aliases: tuple[Alias, ...]
    digest: str

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        """Indicators by their code."""
        return {indicator.code: indicator for indicator in self.indicators}

    @cached_property
    def by_id(self) -> Mapping[int, Indicator]:
        """Indicators by the small integer that the store keeps."""
        return {indicator.id: indicator for indicator in self.indicators}

    @cached_property
    def by_short(self) -> Mapping[str, Indicator]:
        """Indicators by their short name (32 characters or fewer, for statistical packages)."""
        return {indicator.short: indicator for indicator in self.indicators}

    def of_edition(self, edition: str, table: str | None = None) -> tuple[Indicator, ...]:
        """The cells that an edition prints, in the order of the form; of one table (`t2`) if given."""
        return self._cells.get((edition, table), ())

    @cached_property
    def _cells(self) -> dict[tuple[str, str | None], tuple[Indicator, ...]]:
        return {
            (edition.code, table): tuple(
                indicator
                for indicator in self.indicators
                if edition.code in indicator.editions and table in (None, indicator.table)
            )
            for edition in self.editions
            for table in (None, *edition.tables)
        }

    def of_table(self, table: str) -> tuple[Indicator, ...]:
        """The cells of a table (`stat`, `t2`, `t3`, `t4`) over all editions."""
        return self._tables.get(table, ())

    @cached_property
    def _tables(self) -> dict[str, tuple[Indicator, ...]]:
        return {
            table: tuple(indicator for indicator in self.indicators if indicator.table == table)
            for table in {indicator.table for indicator in self.indicators}
        }

    def cell(self, table: str, row: str, col: str) -> Indicator | None:
        """The indicator at a row and column of a table, by the codes of row and column."""
        return self._places.get((table, row, col))

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], Indicator]:
        return {(i.table, i.row, i.col): i for i in self.indicators}

    def across(self, row: str) -> tuple[Indicator, ...]:
        """The cells of a row of table three, in the order of its columns."""
        return self._across[row]

    @cached_property
    def _across(self) -> dict[str, tuple[Indicator, ...]]:
        return {
            row.code: tuple(
                cell
                for column in self.columns
                if (cell := self.cell("t3", row.code, column.code)) is not None
            )
            for row in self.rows
        }

    def edition_of_year(self, year: int) -> Edition | None:
        """The edition that a report year asks for, None before the first."""
        for edition in self.editions:
            first, last = edition.years
            if first <= year and (last is None or year <= last):
                return edition
        return None
