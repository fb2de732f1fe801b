"""The five published reports kept beside the project, against what was read out of them by eye."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from archive.text.document import Document
from archive.text.plain import to_document
from gxstore import catalogue, regions
from gxstore.reading.attribution import attribute
from gxstore.reading.json_form import to_json
from gxstore.reading.read import read
from gxstore.reading.report import Attribution, Hint, Reading

SEEDS = ("000", "001", "002", "003", "004")
AGENCIES = {
    "000": ("灵武市司法局", "title", "640181", 2018),
    "001": ("济源市司法局", "body", "419001", 2019),
    "002": ("微山县司法局", "title", "370826", 2018),
    "003": ("隆德县司法局", "title", "640423", 2023),
    "004": ("中卫市司法局", "title", "640500", 2020),
}


def _source(shared: Path, seed: str) -> str:
    return next((shared / "seeds").glob(f"{seed}_*.txt")).read_text(encoding="utf-8")


def _gold(shared: Path, seed: str) -> dict[str, Any]:
    gold: dict[str, Any] = json.loads((shared / "gold" / f"{seed}.json").read_text(encoding="utf-8"))
    return gold


@cache
def _read(shared: Path, seed: str) -> tuple[Document, Reading, Attribution]:
    document = to_document(_source(shared, seed))
    reading = read([document], catalogue.load())
    return document, reading, attribute([document], reading, regions.load(), catalogue.load())


def _json(shared: Path, seed: str) -> dict[str, Any]:
    _, reading, attribution = _read(shared, seed)
    return to_json({"path": f"{seed}.txt"}, reading, attribution)


@pytest.mark.parametrize("seed", [s for s in SEEDS if s != "002"])
def test_every_published_number_is_read(shared: Path, seed: str) -> None:
    gold, values = _gold(shared, seed)["values"], {v["code"]: v for v in _json(shared, seed)["values"]}
    assert set(values) == set(gold)
    for code, expected in gold.items():
        value = values[code]
        assert (value["value"], value["status"], value["where"]["line"]) == (
            expected["value"],
            expected["status"],
            expected["line"],
        ), code
        assert type(value["value"]) is type(expected["value"])
        assert value["raw"] == expected.get("raw", value["raw"])
        if "unit" in expected:
            assert value["unit"] == expected["unit"]


def test_the_report_without_a_table_has_every_cell_of_its_form_missing(shared: Path) -> None:
    shown = _json(shared, "002")
    assert shown["report"]["edition"] is None
    assert shown["report"]["edition_expected"] == "e1_2014"
    assert shown["tables"] == []
    assert [v["code"] for v in shown["values"]] == [i.code for i in catalogue.load().of_edition("e1_2014")]
    assert {(v["status"], v["why"], v["value"], v["where"]) for v in shown["values"]} == {
        ("missing", "table_not_published", None, None)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_agency_year_edition_dates_and_contact_are_those_of_the_report(shared: Path, seed: str) -> None:
    gold, report = _gold(shared, seed)["meta"], _json(shared, seed)["report"]
    assert (report["agency"], report["agency_source"], report["region"], report["year"]) == AGENCIES[seed]
    assert report["edition"] == gold["edition"]
    assert report["edition_expected"] == gold["edition_expected"]
    assert report["title"] == "".join(gold["title"].split())
    assert (report["signed"], report["published"], report["period"]) == (
        gold["signed"],
        gold["published"],
        gold["period"],
    )
    contact = dict(gold["contact"]) if gold["contact"] else None
    if contact:
        contact.pop("phone_area_code", None)
    assert report["contact"] == contact


@pytest.mark.parametrize("seed", SEEDS)
def test_sections_have_the_keys_lines_and_lengths_counted_by_hand(shared: Path, seed: str) -> None:
    gold, (_, reading, _) = _gold(shared, seed)["sections"], _read(shared, seed)
    assert [s.key for s in reading.sections] == [s["key"] for s in gold]
    assert [s.line for s in reading.sections] == [s["line"] for s in gold]
    lines = _source(shared, seed).split("\n")
    for section, expected, following in zip(reading.sections, gold, [*gold[1:], None], strict=True):
        until = following["line"] - 1 if following else len(lines)
        # The count by hand took the marks of the markup with it.
        marks = sum(c in "#*" for line in lines[expected["line"] : until] for c in line)
        assert section.chars == max(expected["chars_text"] - marks, 0), section.heading
        if section.heading:
            assert "".join(section.heading.split()) == "".join(expected["title"].split())


@pytest.mark.parametrize("seed", SEEDS)
def test_facts_are_those_of_the_narrative_and_no_others(shared: Path, seed: str) -> None:
    gold, facts = _gold(shared, seed)["facts"], _json(shared, seed)["facts"]
    assert {fact["code"] for fact in facts} == set(gold)
    for code, expected in gold.items():
        found = [fact for fact in facts if fact["code"] == code]
        assert all(fact["quote"] for fact in found)
        if code == "nar.followers" and isinstance(expected, list):
            got = [{"account": f["account"], "value": f["value"], "approx": f["approx"]} for f in found]
            assert got == expected
            continue
        assert len(found) == 1
        if code == "nar.withheld":
            assert found[0]["value"] == expected["text"]
        elif code in ("nar.powers", "nar.proposals"):
            assert found[0]["value"] == {k: v for k, v in expected.items() if k != "line"}
        else:
            assert found[0]["value"] == expected["value"]
        assert found[0]["approx"] == expected.get("approx", False)
        for name in ("names", "reconsideration", "litigation"):
            if name in expected:
                assert (
                    list(found[0][name]) == expected[name]
                    if name == "names"
                    else found[0][name] == expected[name]
                )


def test_a_sign_is_kept_as_printed_and_its_cell_is_found(shared: Path) -> None:
    code = "ar.t2.art20_5.other_external_services.items_change"
    assert next(v for v in _json(shared, "004")["values"] if v["code"] == code) == {
        "code": code,
        "raw": "+7",
        "value": 7,
        "unit": "项",
        "status": "reported",
        "why": None,
        "printed_unit": None,
        "note": None,
        "placed_by": "labels",
        "confidence": None,
        "scope": None,
        "where": {"line": 48, "page": None, "box": None, "table": 1, "row": 8, "column": 3},
    }


def test_an_amount_stands_in_the_unit_printed_and_in_none_where_none_is(shared: Path) -> None:
    code = "ar.t2.art20_9.centralised_procurement.amount"
    with_unit = next(v for v in _json(shared, "004")["values"] if v["code"] == code)
    without = next(v for v in _json(shared, "001")["values"] if v["code"] == code)
    assert (with_unit["value"], with_unit["unit"], with_unit["printed_unit"]) == (80, "万元", "万元")
    assert (without["value"], without["unit"], without["printed_unit"]) == (121.2505, None, None)


def test_the_sixteenth_number_of_fifteen_columns_is_left_aside(shared: Path) -> None:
    _, reading, _ = _read(shared, "001")
    assert [(a.table, a.text, a.where.column) for a in reading.aside if a.where] == [("t4", "0", 16)]


def test_the_findings_are_those_that_the_numbers_call_for(shared: Path) -> None:
    found = {
        seed: [(f["rule"], f["printed"], f["expected"]) for f in _json(shared, seed)["findings"]]
        for seed in SEEDS
    }
    assert found["000"] == [("st.dedup_low", 0, 79), ("st.heading_empty", 79, 0)]
    assert found["001"] == [
        ("read.extra_cell", None, None),
        ("attribution.agency_from_elsewhere", "司法局", "济源市司法局"),
    ]
    assert found["002"] == []
    assert found["003"] == []
    assert found["004"] == [("nar.proactive_sum", 170, 251)]


def test_a_column_that_names_the_agency_agrees_with_the_text(shared: Path) -> None:
    document, reading, _ = _read(shared, "001")
    hint = Hint(column_agency="济源市司法局", site_agencies={"济源市司法局": ("济源市司法局",)})
    attribution = attribute([document], reading, regions.load(), catalogue.load(), hint)
    assert (attribution.agency, attribution.agency_source) == ("济源市司法局", "body")


@pytest.mark.parametrize("seed", SEEDS)
def test_reading_twice_gives_the_same_bytes(shared: Path, seed: str) -> None:
    def once() -> str:
        document = to_document(_source(shared, seed))
        reading = read([document], catalogue.load())
        attribution = attribute([document], reading, regions.load(), catalogue.load())
        shown = to_json({}, reading, attribution)
        assert len(reading.digest) == len(attribution.digest) == hashlib.sha256().digest_size * 2
        return json.dumps([shown, reading.digest, attribution.digest], ensure_ascii=False)

    assert once() == once()
