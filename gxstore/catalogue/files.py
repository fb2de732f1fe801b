"""Reads the catalogue's files into typed objects."""

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from gxstore.catalogue.check import check
from gxstore.catalogue.types import (
    Alias,
    Catalogue,
    CatalogueError,
    Column,
    CrosswalkLine,
    Edition,
    FactCode,
    Group,
    Indicator,
    Row,
    Rule,
    SectionKey,
    Severity,
    Side,
    ValueType,
    Variant,
)

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
    check(catalogue, ids)
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


def _severity(text: str, rule: str) -> Severity:
    for known in get_args(Severity):
        if text == known:
            return known  # type: ignore[no-any-return]
    raise CatalogueError(
        f"rules.toml: {rule} has the severity {text!r}, which is none of {get_args(Severity)}."
    )


def _rule(line: dict[str, Any], columns: tuple[Column, ...], rows: tuple[Row, ...]) -> Rule:
    stands_for = {"*columns": tuple(c.code for c in columns), "*rows": tuple(r.code for r in rows)}
    return Rule(
        id=line["id"],
        editions=tuple(line["editions"]),
        severity=_severity(line["severity"], line["id"]),
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
