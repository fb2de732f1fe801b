"""A reading as `gxcrawl parse --json` prints it. Other tools rely on this shape: keys may be added, none renamed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from gxstore.reading.numbers import json_number
from gxstore.reading.report import Attribution, Contact, Fact, Finding, LocalEntry, Reading, Value, Where


def to_json(source: Mapping[str, Any], reading: Reading, attribution: Attribution) -> dict[str, Any]:
    """The object for one file.

    Args:
        source: what is known of the file: path, sha256, media_type, charset.
        reading: what was read.
        attribution: whose it is; where it is no annual report, `report` is null and a finding says why.
    """
    is_report = attribution.is_annual_report
    values = (attribution.values if attribution.values is not None else reading.values) if is_report else ()
    return {
        "source": dict(source),
        "report": _report(reading, attribution) if is_report else None,
        "tables": [{"key": t.key, "edition": t.edition} for t in reading.tables] if is_report else [],
        "sections": [
            {"key": s.key, "number": s.number, "heading": s.heading, "chars": s.chars}
            for s in reading.sections
        ]
        if is_report
        else [],
        "values": [_value(value) for value in values],
        "local": [_local(entry) for entry in reading.local] if is_report else [],
        "facts": [_fact(fact) for fact in reading.facts] if is_report else [],
        "findings": [_finding(f) for f in (*(reading.findings if is_report else ()), *attribution.findings)],
    }


def _local(entry: LocalEntry) -> dict[str, Any]:
    return {
        "label": entry.label,
        "unit": entry.unit,
        "column": entry.column,
        "raw": entry.raw,
        "where": _where(entry.where),
    }


def _report(reading: Reading, attribution: Attribution) -> dict[str, Any]:
    return {
        "title": reading.title,
        "agency": attribution.agency,
        "agency_source": attribution.agency_source,
        "publisher": attribution.publisher,
        "region": attribution.region,
        "year": attribution.year,
        "year_source": attribution.year_source,
        "edition": reading.edition,
        "edition_expected": attribution.edition_expected,
        "signed": _day(attribution.signed),
        "published": _day(attribution.published),
        "period": [_day(day) for day in reading.period] if reading.period else None,
        "scope": attribution.scope,
        "contact": _contact(reading.contact),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _contact(contact: Contact | None) -> dict[str, str | None] | None:
    if contact is None:
        return None
    return {
        "office": contact.office,
        "address": contact.address,
        "postcode": contact.postcode,
        "phone": contact.phone,
        "email": contact.email,
    }


def _value(value: Value) -> dict[str, Any]:
    where = value.where
    return {
        "code": value.code,
        "raw": value.raw,
        "value": json_number(value.number),
        "unit": value.unit,
        "status": value.status,
        "why": value.why,
        "printed_unit": value.printed_unit,
        "note": value.note,
        "placed_by": value.placed_by,
        "confidence": value.confidence,
        "scope": value.scope,
        "where": _where(where) if where else None,
    }


def _where(where: Where) -> dict[str, Any]:
    return {
        "line": where.line,
        "page": where.page,
        "box": list(where.box) if where.box else None,
        "table": where.table,
        "row": where.row,
        "column": where.column,
    }


def _fact(fact: Fact) -> dict[str, Any]:
    value = dict(fact.value) if isinstance(fact.value, Mapping) else fact.value
    told = {"code": fact.code, "value": value, "approx": fact.approx, "quote": fact.quote}
    # What else is said stands beside these four and never in their place.
    return told | {name: said for name, said in fact.detail.items() if name not in told}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "codes": list(finding.codes),
        "printed": _figure(finding.printed),
        "expected": _figure(finding.expected),
        "message": finding.message,
    }


def _figure(figure: Decimal | int | str | None) -> int | float | str | None:
    return json_number(figure) if isinstance(figure, Decimal) else figure
