"""The catalogue says the same as its source, both ways, and refuses to load when it does not hold together."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gxstore import catalogue
from gxstore.catalogue import CatalogueError, Indicator, Side
from gxstore.resources import config_path


@pytest.fixture(scope="module")
def source(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / "formats" / "indicators.json").read_text(encoding="utf-8"))
    return found


def _indicator(i: Indicator) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "code": i.code,
        "short": i.short,
        "editions": list(i.editions),
        "label": i.label,
        "labels_by_edition": dict(i.labels_by_edition),
        "en": i.en,
        "unit": i.unit,
        "value_type": i.value_type,
        "parent": i.parent,
        "role": i.role,
        "table": i.table,
        "section": i.section,
        "order": i.order,
        "row": int(i.row) if i.row.isdigit() else i.row,
        "col": int(i.col) if i.col.isdigit() else i.col,
        "heading_row": i.heading_row,
        "variants": [{"text": v.text, "source": v.source} for v in i.variants],
        "notes": i.notes,
    }
    if i.unit_source is not None:
        shown["unit_source"] = i.unit_source
    if i.may_print_in:
        shown["may_print_in"] = list(i.may_print_in)
    return shown


def test_every_indicator_is_that_of_the_source_field_by_field(source: dict[str, Any]) -> None:
    shown = [_indicator(i) for i in catalogue.load().indicators]
    assert {i["code"] for i in shown} == {i["code"] for i in source["indicators"]}
    for ours, theirs in zip(shown, source["indicators"], strict=True):
        assert ours == theirs


def test_editions_columns_rows_and_groups_are_those_of_the_source(source: dict[str, Any]) -> None:
    c = catalogue.load()
    assert [
        {
            "code": e.code,
            "years": list(e.years),
            "name": e.name,
            "legal_basis": e.legal_basis,
            "tables": list(e.tables),
        }
        | ({"cells": e.cells} if e.cells is not None else {})
        for e in c.editions
    ] == source["editions"]
    assert [{"code": x.code, "label": x.label, "en": x.en} for x in c.columns] == source["columns"]
    assert [
        {"code": x.code, "label": x.label, "en": x.en, "editions": list(x.editions)} for x in c.rows
    ] == source["rows"]
    assert [{"code": g.code, "label": g.label, "en": g.en, "parent": g.parent} for g in c.groups] == source[
        "groups"
    ]


def test_rules_are_those_of_the_source(source: dict[str, Any]) -> None:
    assert [
        {
            "id": r.id,
            "editions": list(r.editions),
            "severity": r.severity,
            "source": r.source,
            "each": {name: list(chosen) for name, chosen in r.each.items()},
            "left": list(r.left),
            "op": r.op,
            "right": list(r.right),
            "years": dict(r.years),
            "text": r.text,
            "exceptions": r.exceptions,
        }
        for r in catalogue.load().rules
    ] == source["rules"]


def test_the_crosswalk_is_that_of_the_source(source: dict[str, Any]) -> None:
    def side(s: Side | None) -> dict[str, Any] | None:
        return {"edition": s.edition, "codes": list(s.codes)} if s else None

    assert [
        {
            "concept": x.concept,
            "en": x.en,
            "from": side(x.source),
            "to": side(x.to),
            "relation": x.relation,
            "series": x.series,
            "break": x.break_year,
            "note": x.note,
        }
        for x in catalogue.load().crosswalk
    ] == source["crosswalk"]


def test_facts_sections_and_tokens_are_those_of_the_source(source: dict[str, Any]) -> None:
    c = catalogue.load()
    assert [
        {"code": f.code, "fact": f.fact, "seen": f.seen, "pattern": f.pattern} for f in c.facts
    ] == source["facts"]
    assert [{"key": s.key, "holds": s.holds} for s in c.section_keys] == source["section_keys"]
    assert dict(c.value_tokens) == source["value_tokens"]
    assert (c.version, c.kind, c.note) == (source["version"], source["kind"], source["note"])


def test_ids_are_small_and_stay_as_they_were_given() -> None:
    c = catalogue.load()
    assert sorted(i.id for i in c.indicators) == list(range(1, 292))
    # Ids are in stores already: these never change.
    assert c.by_code["st.proactive"].id == 1
    assert c.by_code["ar.t3.new_received.natural_person"].id == 95
    assert c.by_code["ar.t4.litigation_after_reconsideration.total"].id == 291
    assert c.by_id[95].code == "ar.t3.new_received.natural_person"


def test_cells_are_found_by_edition_table_and_place() -> None:
    c = catalogue.load()
    assert [len(c.of_edition(e)) for e in ("e0_2008", "e1_2014", "e2_2019", "e3_2021")] == [0, 65, 198, 200]
    assert [len(c.of_table(t)) for t in ("stat", "t2", "t3", "t4")] == [65, 29, 182, 15]
    cell = c.cell("t3", "outcome.total", "total")
    assert cell is not None
    assert cell.code == "ar.t3.outcome.total.total"
    assert c.cell("t2", "art20_1.rules", "amount") is None


@pytest.mark.parametrize(
    ("year", "edition"),
    [
        (2007, None),
        (2013, "e0_2008"),
        (2018, "e1_2014"),
        (2019, "e2_2019"),
        (2021, "e3_2021"),
        (2031, "e3_2021"),
    ],
)
def test_a_report_year_asks_for_one_edition(year: int, edition: str | None) -> None:
    found = catalogue.load().edition_of_year(year)
    assert (found.code if found else None) == edition


def _broken(tmp_path: Path, name: str, old: str, new: str) -> Path:
    folder = tmp_path / "catalogue"
    shutil.copytree(config_path("catalogue", "annual_report"), folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("stat.csv", ",count,st.proactive,part,", ",count,st.nowhere,part,", ("stat.csv", "st.nowhere")),
        ("groups.csv", ",ar.t3.outcome\n", ",ar.t9\n", ("groups.csv", "ar.t9")),
        ("t2.csv", ",t2_r2_newly_made,", ",t2_r1_newly_made,", ("t2.csv", "t2_r1_newly_made")),
        ("t2.csv", ",t2_r2_newly_made,", f",{'long' * 9},", ("t2.csv", "32")),
        ("t4.csv", ",e2_2019 e3_2021,", ",e2_2019 e9_2099,", ("t4.csv", "e9_2099")),
        ("t4.csv", ",count,", ",weight,", ("t4.csv", "weight")),
        (
            "t4.csv",
            ",ar.t4.reconsideration.upheld,",
            ",ar.t4.reconsideration.kept,",
            ("ids.csv", "ar.t4.reconsideration.kept"),
        ),
        ("stat.csv", "2,st.proactive.items,", "2,st.proactive,", ("stat.csv", "st.proactive")),
        ("ids.csv", "2,st.proactive.items\n", "1,st.proactive.items\n", ("ids.csv", "append-only")),
        ("ids.csv", "2,st.proactive.items\n", "2,st.proactive.items\n999,st.gone\n", ("ids.csv", "st.gone")),
        (
            "rules.toml",
            '"ar.t3.carried_in.{c}"',
            '"ar.t3.carried.{c}"',
            ("rules.toml", "t3.balance", "ar.t3.carried."),
        ),
        ("rules.toml", '"ar.t3.carried_in.{c}"', '"ar.t3.carried_in.{q}"', ("rules.toml", "t3.balance", "q")),
        (
            "crosswalk.csv",
            "st.application.received,",
            "st.application.got,",
            ("crosswalk.csv", "st.application.got"),
        ),
        ("form.toml", "cells = 200", "cells = 201", ("form.toml", "e3_2021", "201")),
        ("form.toml", "[[editions]]", "[[editions", ("form.toml", "TOML")),
        ("groups.csv", "ar.t2,", "ar.t2,,,,,", ("groups.csv", "line 2")),
    ],
)
def test_a_catalogue_that_does_not_hold_together_names_file_and_code(
    tmp_path: Path, name: str, old: str, new: str, says: tuple[str, ...]
) -> None:
    with pytest.raises(CatalogueError) as caught:
        catalogue.read_folder(_broken(tmp_path, name, old, new))
    for words in says:
        assert words in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = _broken(tmp_path, "t4.csv", "order", "order")
    (folder / "t4.csv").unlink()
    with pytest.raises(CatalogueError, match=r"t4\.csv"):
        catalogue.read_folder(folder)


def test_the_digest_moves_with_any_file(tmp_path: Path) -> None:
    before = catalogue.load().digest
    after = catalogue.read_folder(
        _broken(tmp_path, "aliases.csv", "t4,column,total,合计", "t4,column,total,共计")
    ).digest
    assert before != after
    assert catalogue.read_folder(config_path("catalogue", "annual_report")).digest == before


def test_every_alias_names_a_row_column_or_group_that_is_there() -> None:
    c = catalogue.load()
    known = {
        ("stat", "row"): {i.code for i in c.of_table("stat")},
        ("t2", "row"): {i.row for i in c.of_table("t2")},
        ("t2", "column"): {i.col for i in c.of_table("t2")},
        ("t3", "row"): {r.code for r in c.rows},
        ("t3", "column"): {x.code for x in c.columns},
        ("t3", "group"): {g.code.removeprefix("ar.t3.") for g in c.groups} | {"outcome.other_handling"},
        ("t4", "column"): {i.col for i in c.of_table("t4")},
        ("t4", "group"): {i.row for i in c.of_table("t4")} | {"litigation"},
    }
    for alias in c.aliases:
        assert alias.key in known[alias.table, alias.kind], alias
