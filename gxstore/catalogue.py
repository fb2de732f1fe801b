"""The catalogue: every cell that a yearly report (政府信息公开工作年度报告) can print, as typed data.

It is the project's own data in `config/catalogue/annual_report/`: the forms of 国办发〔2014〕32号,
国办公开办函〔2019〕60号 and 国办公开办函〔2021〕30号, their rules, the crosswalk between them, the parts and facts of
the narrative. `load()` reads it once and checks that it holds together.

Codes and ids are append-only: a code is never given a new meaning, and `ids.csv` only grows, since the store keeps
the small integers of `ids.csv` and not the codes.
"""

import csv
import hashlib
import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from gxstore.resources import config_path

ValueType = Literal["count", "money", "signed_change", "heading"]
_FILES = (
    "form.toml",
    "groups.csv",
    "stat.csv",
    "t2.csv",
    "t3_rows.csv",
    "t3_columns.csv",
    "t4.csv",
    "ids.csv",
    "aliases.csv",
    "rules.toml",
    "crosswalk.csv",
    "facts.toml",
)
_SECTIONS = {
    "stat": "附表",
    "t2": "二、主动公开政府信息情况",
    "t3": "三、收到和处理政府信息公开申请情况",
    "t4": "四、政府信息公开行政复议、行政诉讼情况",
}


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


@dataclass(frozen=True, slots=True)
class Rule:
    """What the numbers of a report should satisfy: `left op right`, run over every combination of `each`."""

    id: str
    editions: tuple[str, ...]
    severity: str
    source: str
    each: Mapping[str, tuple[str, ...]]
    left: tuple[str, ...]
    op: str
    right: tuple[str | int, ...]
    years: Mapping[str, int | str]
    text: str
    exceptions: str

    def instances(self) -> Iterator[tuple[tuple[str, ...], tuple[str | int, ...]]]:
        """Left and right terms with the names of `each` filled in, one pair a combination."""
        names = list(self.each)
        for chosen in itertools.product(*(self.each[name] for name in names)):
            filled = dict(zip(names, chosen, strict=True))
            yield (
                tuple(term.format(**filled) for term in self.left),
                tuple(term.format(**filled) if isinstance(term, str) else term for term in self.right),
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
        return tuple(indicator for indicator in self.indicators if indicator.table == table)

    def cell(self, table: str, row: str, col: str) -> Indicator | None:
        """The indicator at a row and column of a table, by the codes of row and column."""
        return self._places.get((table, row, col))

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], Indicator]:
        return {(i.table, i.row, i.col): i for i in self.indicators}

    def edition_of_year(self, year: int) -> Edition | None:
        """The edition that a report year asks for, None before the first."""
        for edition in self.editions:
            first, last = edition.years
            if first <= year and (last is None or year <= last):
                return edition
        return None


@cache
def load() -> Catalogue:
    """The catalogue of the yearly report, read once.

    Raises:
        CatalogueError: a file is broken, or a code is named that is not there.
        ResourceMissing: the folder is not there.
    """
    return read_folder(config_path("catalogue", "annual_report"))


def read_folder(folder: Path) -> Catalogue:
    """Reads and checks the catalogue in `folder`. Raises CatalogueError."""
    files = {name: _bytes(folder / name) for name in _FILES}
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    form = _toml("form.toml", files)
    columns = tuple(Column(c["code"], c["label"], c["en"]) for c in form["columns"])
    t3_rows = _csv("t3_rows.csv", files)
    rows = tuple(Row(r["code"], r["label"], r["en"], tuple(r["editions"].split())) for r in t3_rows)
    ids = _ids(files)
    catalogue = Catalogue(
        version=form["version"],
        kind=form["kind"],
        note=form["note"],
        editions=tuple(
            Edition(
                e["code"],
                (e["years"][0], e["years"][1] if len(e["years"]) > 1 else None),
                e["name"],
                e["legal_basis"],
                tuple(e["tables"]),
                e.get("cells"),
            )
            for e in form["editions"]
        ),
        columns=columns,
        rows=rows,
        groups=tuple(
            Group(g["code"], g["label"], g["en"], g["parent"] or None) for g in _csv("groups.csv", files)
        ),
        indicators=(
            *_listed("stat", ids, files),
            *_listed("t2", ids, files),
            *_table_three(columns, t3_rows, ids, files),
            *_listed("t4", ids, files),
        ),
        rules=tuple(_rule(r, columns, rows) for r in _toml("rules.toml", files)["rules"]),
        crosswalk=tuple(_crosswalk(r, columns) for r in _csv("crosswalk.csv", files)),
        facts=tuple(
            FactCode(f["code"], f["fact"], f["seen"], f.get("pattern"))
            for f in _toml("facts.toml", files)["facts"]
        ),
        section_keys=tuple(SectionKey(s["key"], s["holds"]) for s in form["section_keys"]),
        value_tokens=form["value_tokens"],
        aliases=tuple(Alias(a["table"], a["kind"], a["key"], a["text"]) for a in _csv("aliases.csv", files)),
        digest=digest.hexdigest(),
    )
    _check(catalogue, ids)
    return catalogue


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError(
            f"{path.name} of the catalogue cannot be read ({error.strerror}). Restore it from the project."
        ) from error


def _toml(name: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        return tomllib.loads(files[name].decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{name} of the catalogue is not valid TOML: {error}.") from error


def _csv(name: str, files: Mapping[str, bytes]) -> list[dict[str, str]]:
    lines = list(csv.reader(files[name].decode("utf-8").splitlines()))
    head, body = lines[0], lines[1:]
    for number, line in enumerate(body, 2):
        if len(line) != len(head):
            raise CatalogueError(
                f"{name} of the catalogue: line {number} has {len(line)} fields, the head has {len(head)}."
            )
    return [dict(zip(head, line, strict=True)) for line in body]


def _ids(files: Mapping[str, bytes]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for line in _csv("ids.csv", files):
        number = int(line["id"])
        if line["code"] in ids or number in ids.values():
            raise CatalogueError(
                f"ids.csv of the catalogue gives {line['code']} or the id {number} twice. Ids are append-only."
            )
        ids[line["code"]] = number
    return ids


def _id(code: str, ids: Mapping[str, int]) -> int:
    if code not in ids:
        raise CatalogueError(f"ids.csv of the catalogue has no id for {code}. Append the next free number.")
    return ids[code]


def _variants(text: str) -> tuple[Variant, ...]:
    parts = [part.split(" ← ", 1) for part in text.split(" ‖ ")] if text else []
    return tuple(Variant(words, source) for words, source in parts)


def _pairs(text: str) -> dict[str, str]:
    pairs = (part.partition(": ") for part in text.split(" ‖ ") if part)
    return {name: words for name, _, words in pairs}


def _listed(table: str, ids: Mapping[str, int], files: Mapping[str, bytes]) -> Iterator[Indicator]:
    for line in _csv(f"{table}.csv", files):
        yield Indicator(
            id=_id(line["code"], ids),
            code=line["code"],
            short=line["short"],
            editions=tuple(line["editions"].split()),
            label=line["label"],
            labels_by_edition=_pairs(line["labels_by_edition"]),
            en=line["en"],
            unit=line["unit"] or None,
            value_type=_value_type(line["value_type"], f"{table}.csv", line["code"]),
            parent=line["parent"] or None,
            role=line["role"],
            table=table,
            section=_SECTIONS[table],
            order=int(line["order"]),
            row=line["row"],
            col=line["col"],
            heading_row=line["value_type"] == "heading",
            variants=_variants(line["variants"]),
            notes=line["notes"],
            unit_source=line["unit_source"] or None,
            may_print_in=(),
        )


def _value_type(text: str, name: str, code: str) -> ValueType:
    if text in ("count", "money", "signed_change", "heading"):
        return text  # type: ignore[return-value]
    raise CatalogueError(f"{name} of the catalogue gives {code} the unknown value type {text!r}.")


def _table_three(
    columns: tuple[Column, ...],
    rows: list[dict[str, str]],
    ids: Mapping[str, int],
    files: Mapping[str, bytes],
) -> Iterator[Indicator]:
    """Table three is rows times columns: 国办公开办函〔2021〕30号 prints 25 rows, 国办公开办函〔2019〕60号 23."""
    of_column = {line["code"]: line for line in _csv("t3_columns.csv", files)}
    for line in rows:
        number = int(line["number"])
        for place, column in enumerate(columns, 1):
            code = f"ar.t3.{line['code']}.{column.code}"
            yield Indicator(
                id=_id(code, ids),
                code=code,
                short=f"t3_r{number:02d}_c{place}",
                editions=tuple(line["editions"].split()),
                label=f"{line['label']}｜{column.label}",
                labels_by_edition={},
                en=f"{line['en']}: {column.en}",
                unit="件",
                value_type="count",
                parent=line["parent"],
                role="total" if of_column[column.code]["role"] == "total" else line["role"],
                table="t3",
                section=_SECTIONS["t3"],
                order=200 + 10 * number + place,
                row=line["code"],
                col=column.code,
                heading_row=False,
                variants=_variants(line["variants"]) + _variants(of_column[column.code]["variants"]),
                notes=line["notes"],
                unit_source=None,
                may_print_in=tuple(line["may_print_in"].split()),
            )


def _rule(line: dict[str, Any], columns: tuple[Column, ...], rows: tuple[Row, ...]) -> Rule:
    stands_for = {"*columns": tuple(c.code for c in columns), "*rows": tuple(r.code for r in rows)}
    return Rule(
        id=line["id"],
        editions=tuple(line["editions"]),
        severity=line["severity"],
        source=line["source"],
        each={
            name: stands_for[chosen] if isinstance(chosen, str) else tuple(chosen)
            for name, chosen in line.get("each", {}).items()
        },
        left=tuple(line["left"]),
        op=line["op"],
        right=tuple(line["right"]),
        years=line.get("years", {}),
        text=line["text"],
        exceptions=line["exceptions"],
    )


def _crosswalk(line: dict[str, str], columns: tuple[Column, ...]) -> CrosswalkLine:
    def side(edition: str, codes: str) -> Side:
        named = [
            f"{code[:-1]}{column.code}" if code.endswith(".*") else code
            for code in codes.split()
            for column in (columns if code.endswith(".*") else columns[:1])
        ]
        return Side(edition, tuple(named))

    return CrosswalkLine(
        concept=line["concept"],
        en=line["en"],
        source=side(line["from_edition"], line["from_codes"]),
        to=side(line["to_edition"], line["to_codes"]) if line["to_edition"] else None,
        relation=line["relation"],
        series=line["series"],
        break_year=int(line["break"]) if line["break"] else None,
        note=line["note"],
    )


def _check(catalogue: Catalogue, ids: Mapping[str, int]) -> None:
    """Raises CatalogueError for the first thing that does not fit together."""
    codes: set[str] = set()
    shorts: set[str] = set()
    for indicator in catalogue.indicators:
        name = f"{indicator.table}.csv" if indicator.table != "t3" else "t3_rows.csv"
        if indicator.code in codes:
            raise CatalogueError(f"{name} of the catalogue gives the code {indicator.code} twice.")
        if indicator.short in shorts or len(indicator.short) > 32:
            raise CatalogueError(
                f"{name} of the catalogue: the short name {indicator.short} of {indicator.code} is taken or too "
                "long. Give it one of its own of 32 characters or fewer."
            )
        for edition in (*indicator.editions, *indicator.may_print_in):
            if edition not in {e.code for e in catalogue.editions}:
                raise CatalogueError(
                    f"{name} of the catalogue: {indicator.code} names the edition {edition}, which form.toml lacks."
                )
        codes.add(indicator.code)
        shorts.add(indicator.short)
    for code in ids:
        if code not in codes:
            raise CatalogueError(
                f"ids.csv of the catalogue names {code}, which no table has. Ids are never freed."
            )
    parents = codes | {group.code for group in catalogue.groups}
    for owner, parent, name in [
        *((g.code, g.parent, "groups.csv") for g in catalogue.groups),
        *((i.code, i.parent, f"{i.table}.csv") for i in catalogue.indicators),
    ]:
        if parent is not None and parent not in parents:
            raise CatalogueError(
                f"{name} of the catalogue: {owner} has the parent {parent}, which is not there."
            )
    facts = {fact.code for fact in catalogue.facts}
    for rule in catalogue.rules:
        for code in _named_by(rule):
            if code not in codes:
                raise CatalogueError(
                    f"rules.toml of the catalogue: the rule {rule.id} names {code}, which is not there."
                )
    for line in catalogue.crosswalk:
        for code in (*line.source.codes, *(line.to.codes if line.to else ())):
            if code not in codes | facts:
                raise CatalogueError(
                    f"crosswalk.csv of the catalogue: {line.concept} names {code}, which is not there."
                )
    for form in catalogue.editions:
        printed = len(catalogue.of_edition(form.code))
        if form.cells is not None and printed != form.cells:
            raise CatalogueError(
                f"form.toml of the catalogue says that {form.code} prints {form.cells} cells, its tables have "
                f"{printed}."
            )


def _named_by(rule: Rule) -> Iterator[str]:
    if rule.op == "integer>=0":  # runs over every count; its `each` is a sentence
        return
    try:
        for left, right in rule.instances():
            for term in (*left, *right):
                if isinstance(term, str):
                    yield term.removeprefix("-").removesuffix("@-1")
    except (KeyError, IndexError) as error:
        raise CatalogueError(
            f"rules.toml of the catalogue: the rule {rule.id} uses the name {error}, which its `each` lacks."
        ) from error
