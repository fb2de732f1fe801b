"""Whose report it is, of which year, and whether it is one at all.

A separate step from reading, since it also uses the page, the URL and what the crawler knows of the site. Every source
is kept as evidence; where sources disagree the weight decides and a finding says so.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from archive.text.document import CUT_OFF, FRAMED, Document, Paragraph, Table
from gxstore.catalogue import Catalogue, Edition
from gxstore.catalogue.types import Severity
from gxstore.reading.agency import find_agency, named_publisher
from gxstore.reading.kind import scope_of, why_no_report
from gxstore.reading.missing import why_missing
from gxstore.reading.particulars import parse_date
from gxstore.reading.report import Attribution, Evidence, Finding, Hint, Reading, Value
from gxstore.reading.tables import missing_values
from gxstore.reading.titles import squeeze
from gxstore.reading.year import find_year
from gxstore.regions import Gazetteer

ATTRIBUTION_VERSION = "5"
_PUBLISHER_FIELDS = (
    "发布机构",
    "发文机关",
    "发布单位",
    "公开机构",
    "信息来源",
    "来源",
    "ContentSource",
    "contentSource",
    "所属机构",
)
_PUBLISHED_FIELDS = (
    "发布时间",
    "发布日期",
    "PubDate",
    "pubdate",
    "publishdate",
    "发文日期",
    "时间",
    "日期",
    "生成日期",
    "成文日期",
)
_FIELD = re.compile(
    r"(?P<name>发布机构|发文机关|发布单位|公开机构|发布时间|发布日期|生成日期|成文日期)[:：]\s*(?P<value>\S+)"
)
_FIRST_BLOCKS = 8
# The sources that are words of the report itself.
_PRINTED = frozenset({"title", "period", "signature", "body"})


def attribute(
    documents: Sequence[Document],
    reading: Reading,
    gazetteer: Gazetteer,
    catalogue: Catalogue,
    hint: Hint | None = None,
) -> Attribution:
    """Attributes a reading.

    Args:
        documents: the documents that were read.
        reading: what `read` made of them.
        gazetteer: the places, for regions and for names cut short.
        catalogue: for the edition that the year asks for.
        hint: what the crawler knows beside the text.

    Returns:
        The attribution with its evidence. `is_annual_report` is False with a reason where the text is none.
    """
    known = hint or Hint()
    text = "".join(squeeze(section.text) for section in reading.sections)
    meta = _page_fields(documents)
    publisher = next(
        (name for field in _PUBLISHER_FIELDS if (name := named_publisher(meta.get(field), gazetteer))), None
    )
    published = next(
        (d for field in _PUBLISHED_FIELDS if field in meta and (d := parse_date(meta[field]))), None
    )
    titles = _titles(reading, known, squeeze(meta.get("SiteName", "")))
    agency, agency_source, for_agency, on_agency = find_agency(
        titles, reading, text, publisher, gazetteer, known
    )
    year, year_source, for_year, on_year = find_year(reading, text, published, known)
    publisher = publisher or _signed_by_another(reading, agency)
    reason = why_no_report(documents, reading, text, known, year)
    asked = catalogue.edition_of_year(year) if year else None
    values: tuple[Value, ...] | None = None
    if not reading.tables and year != reading.title_year:
        missing = missing_values(asked.code, catalogue) if asked else ()
        values = why_missing(missing, documents, catalogue)
    findings = (
        [
            *on_agency,
            *on_year,
            *_other_period(reading, year),
            *_other_edition(reading, year, asked),
            *_deadline(published, year, agency),
        ]
        if reason is None
        else [_no_report(reason, documents)]
    )
    return Attribution(
        is_annual_report=reason is None,
        reason=reason,
        kind="annual_report",
        agency=agency,
        agency_source=_told_as(agency_source, reading),
        publisher=publisher,
        region=_region(agency, text, gazetteer, known),
        year=year,
        year_source=_told_as(year_source, reading),
        edition_expected=asked.code if asked else None,
        signed=reading.signature.signed,
        published=published,
        scope=scope_of(text),
        evidence=(
            *for_agency,
            *for_year,
            *((Evidence("publisher", "page", publisher),) if publisher else ()),
        ),
        findings=tuple(findings),
        values=values,
        digest=_digest(reading, meta, known),
    )


def _no_report(reason: str, documents: Sequence[Document]) -> Finding:
    """Says why a text is no report, and what of its page was not read that may be one."""
    said = f"No annual report: {reason}."
    remarks = [remark for document in documents for remark in document.remarks]
    frames = [remark.removeprefix(FRAMED).strip() for remark in remarks if remark.startswith(FRAMED)]
    unread = [f"Of the file, {remark}." for remark in remarks if CUT_OFF in remark]
    if frames:
        unread.append(
            f"The page shows a frame that was not read and may hold the report: {', '.join(frames)}."
        )
    severity: Severity = "warning" if unread else "info"
    return Finding("attribution.not_a_report", severity, (), None, None, " ".join((said, *unread)))


def _told_as(source: str | None, reading: Reading) -> str | None:
    """The name of a source; what a scan prints is told apart from what a text says (`title_ocr`)."""
    return f"{source}_ocr" if reading.recognised and source in _PRINTED else source


def _page_fields(documents: Sequence[Document]) -> dict[str, str]:
    """What the page says of itself: its meta tags and information table, also where the table is part of the text."""
    meta = {squeeze(k): v.strip() for d in documents for k, v in d.meta.items() if v.strip()}
    known = {*_PUBLISHER_FIELDS, *_PUBLISHED_FIELDS}
    for block in (block for d in documents for block in d.blocks[:_FIRST_BLOCKS]):
        if isinstance(block, Table):
            for row in block.rows():
                for label, value in pairwise(row):
                    name = squeeze(label.text).strip("：:【】[]")
                    if name in known and value.text.strip():
                        meta.setdefault(name, value.text.strip())
        elif isinstance(block, Paragraph):
            for match in _FIELD.finditer(block.text):
                meta.setdefault(match["name"], match["value"])
    return meta


def _titles(reading: Reading, hint: Hint, site: str) -> list[str]:
    """The titles that may name the agency. One that is the site's name with the column's behind it, and no year
    (微山县人民政府 政府信息公开年报), is the page's frame and names nobody, where the page is signed or listed."""
    found = [title for title in dict.fromkeys((reading.title, *reading.titles, hint.link_text)) if title]
    if not (site and (reading.signature.agency or hint.column_agency)):
        return found
    return [t for t in found if not squeeze(t).startswith(site) or re.search(r"20\d\d", squeeze(t))]


def _region(agency: str | None, text: str, gazetteer: Gazetteer, hint: Hint) -> str | None:
    if agency is None:
        return None
    around = gazetteer.region_of_agency(hint.column_agency) if hint.column_agency else None
    if region := gazetteer.region_of_agency(agency, within=around):
        return region
    named = gazetteer.province_in(text)
    return gazetteer.region_of_agency(agency, within=named) if named else None


def _signed_by_another(reading: Reading, agency: str | None) -> str | None:
    """The office that signs another body's report: 沙坡头区人民政府办公室 under that of 沙坡头区."""
    signed = reading.signature.agency
    if signed and agency and signed != agency and re.search(r"办公室$|办公厅$", signed):
        return signed
    return None


def _other_period(reading: Reading, year: int | None) -> list[Finding]:
    """A report whose figures are of more or less than its year, as it says itself."""
    if reading.period is None or year is None:
        return []
    first, last = reading.period
    if (first.year, last.year) != (year, year) and first.year == last.year:
        return []  # the year itself is in question, which is said elsewhere
    if (first, last) == (date(year, 1, 1), date(year, 12, 31)):
        return []
    message = f"The report says that its figures are of {first} to {last}, which is not the year {year}."
    return [Finding("attribution.period", "note", (), f"{first}/{last}", year, message)]


def _other_edition(reading: Reading, year: int | None, asked: Edition | None) -> list[Finding]:
    """A report that prints another form than its year asks for: most do so in the year of a change, or by mistake."""
    if reading.edition is None or asked is None or reading.edition == asked.code:
        return []
    message = f"The tables are of the form {reading.edition}; the year {year} asks for {asked.code}."
    return [Finding("attribution.edition_differs", "warning", (), reading.edition, asked.code, message)]


def _deadline(published: date | None, year: int | None, agency: str | None) -> list[Finding]:
    """条例 art. 49: departments by 31 January, governments by 31 March; before 2019 all by 31 March (2007 条例 art. 31)."""
    if published is None or year is None or published.year - year not in (1, 2):
        return []
    early = year >= 2019 and not (agency or "").endswith(("人民政府", "省", "市", "县", "区"))
    due = date(year + 1, 1, 31) if early else date(year + 1, 3, 31)
    if published <= due:
        return []
    message = f"The page says that it was published on {published}; the law asks for {due}."
    return [Finding("meta.deadline", "info", (), published.isoformat(), due.isoformat(), message)]


def _digest(reading: Reading, meta: Mapping[str, str], hint: Hint) -> str:
    parts = [
        ATTRIBUTION_VERSION,
        reading.digest,
        *(f"{name}={meta[name]}" for name in sorted(meta)),
        hint.link_text or "",
        hint.list_title or "",
        hint.column_agency or "",
        hint.url or "",
        *(f"{name}:{','.join(hint.site_agencies[name])}" for name in sorted(hint.site_agencies)),
    ]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
