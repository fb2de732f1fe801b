"""Whose report it is, of which year, and whether it is one at all.

A separate step from reading, since it also uses the page, the URL and what the crawler knows of the site. Every source
is kept as evidence; where sources disagree the weight decides and a finding says so.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from archive.text.document import Document
from gxstore.catalogue import Catalogue
from gxstore.reading.particulars import parse_date
from gxstore.reading.read import why_missing
from gxstore.reading.report import Attribution, Evidence, Finding, Hint, Reading, Scope, Value
from gxstore.reading.tables import missing_values
from gxstore.reading.titles import squeeze, year_in
from gxstore.regions import Gazetteer

ATTRIBUTION_VERSION = "1"
_PUBLISHER_FIELDS = (
    "发布机构",
    "发文机关",
    "发布单位",
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
)
_YEAR_WORDS = re.compile(r"(?:\d{4,6}|[二〇○零一三四五六七八九]{4})(?:年度?|(?=政府|信息))")
_BARE = re.compile(r"^(?:省|自治区|市|县|区|旗|州|盟|本|我|全)?[\u4e00-\u9fff]{1,8}$")
_OWN_WORDS = re.compile(r"^(?:我|本)(?:局|厅|委|办|处|单位|机关|镇|乡|街道|中心)?$")
_ORGAN = re.compile(r"(?:局|厅|委|办|处|院|府|会|中心|队|署|司|部|室|园|集团|公司|街道|乡|镇)$")
_NOT_REPORT = (
    ("解读|图解", "it explains a report and is none (解读)"),
    ("自查", "it is a self-inspection (自查报告)"),
    ("半年", "it covers half a year"),
    ("季度|月度|月报|[一二三四]季", "it covers less than a year"),
    ("要点|计划|方案|安排", "it is a plan of work"),
    ("制度|办法|规定|规范|指南|目录|指引|细则", "it is a rule or a guide"),
    ("通知|的函|回函|答复|复函|批复", "it is a letter or a notice"),
    ("考核|评估|测评|整改|清单", "it is an assessment or a list"),
    ("培训|会议|座谈|动态", "it is news"),
)
_HALF = re.compile(r"上半年|下半年|[一二三四]季度")
_OWN_BODY = re.compile(
    r"统计范围[^。；]{0,12}(?:本单位|本机关|本局|本厅|局机关|厅机关)|(?:仅|只)(?:统计|包括|含)(?:本单位|本机关|局机关)"
)
_WITH_DEPARTMENTS = re.compile(
    r"(?:汇总|综合)[^。；]{0,20}(?:各部门|市级部门|县级部门|区级部门|各乡镇|各街道|各单位)|"
    r"(?:各部门|各乡镇|市直部门|县直部门|区直部门)[^。；]{0,30}(?:汇总|编制)"
)
_FEWEST_CHARS = 120


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
    meta = {squeeze(k): v.strip() for d in documents for k, v in d.meta.items() if v.strip()}
    evidence: list[Evidence] = []
    findings: list[Finding] = []
    publisher = next((meta[field] for field in _PUBLISHER_FIELDS if field in meta), None)
    published = next(
        (d for field in _PUBLISHED_FIELDS if field in meta and (d := parse_date(meta[field]))), None
    )
    titles = _titles(reading, known, squeeze(meta.get("SiteName", "")))
    agency, agency_source = _agency(titles, reading, text, publisher, gazetteer, known, evidence, findings)
    year, year_source = _year(reading, text, published, known, evidence, findings)
    reason = _why_not(documents, reading, text, known, year)
    around = gazetteer.region_of_agency(known.column_agency) if known.column_agency else None
    region = gazetteer.region_of_agency(agency, within=around) if agency else None
    if region is None and agency and (named := _province_of(text, gazetteer)):
        region = gazetteer.region_of_agency(agency, within=named)
    asked = catalogue.edition_of_year(year) if year else None
    values: tuple[Value, ...] | None = None
    if not reading.tables and year != reading.title_year:
        missing = missing_values(asked.code, catalogue) if asked else ()
        values = why_missing(missing, reading.sections, documents, catalogue)
    findings.extend(_deadline(published, year, agency))
    if reason is not None:
        findings.append(
            Finding("attribution.not_a_report", "info", (), None, None, f"No annual report: {reason}.")
        )
    return Attribution(
        is_annual_report=reason is None,
        reason=reason,
        kind="annual_report",
        agency=agency,
        agency_source=agency_source,
        publisher=publisher,
        region=region,
        year=year,
        year_source=year_source,
        edition_expected=asked.code if asked else None,
        signed=reading.signature.signed,
        published=published,
        scope=_scope(text),
        evidence=tuple(evidence),
        findings=tuple(findings),
        values=values,
        digest=_digest(reading, meta, known),
    )


# Agency


def agency_in(title: str) -> str | None:
    """The agency that a title names, None if it names none: 2013年静安区司法局政府信息公开工作报告."""
    whole = squeeze(title)
    cut = whole.find("政府信息公开")
    cut = cut if cut >= 0 else whole.find("信息公开")
    if cut < 0:
        return None
    name = _YEAR_WORDS.sub("", whole[:cut])
    name = re.sub(r"^关于|(?:关于|年度|的|公布|发布)+$", "", name).strip('《〈“”"：:')
    if name.endswith("人民"):
        # 枫林镇人民政府信息公开…: the 政府 belongs to both.
        name += "政府"
    return name or None


def _agency(
    titles: Sequence[str],
    reading: Reading,
    text: str,
    publisher: str | None,
    gazetteer: Gazetteer,
    hint: Hint,
    evidence: list[Evidence],
    findings: list[Finding],
) -> tuple[str | None, str | None]:
    named = next((name for title in titles if (name := agency_in(title))), None)
    signed = reading.signature.agency
    for source, name in (
        ("title", named),
        ("signature", signed),
        ("meta", publisher),
        ("list", hint.column_agency),
    ):
        if name:
            evidence.append(Evidence("agency", source, name))
    aliases = {alias: full for full, names in hint.site_agencies.items() for alias in (full, *names)}
    if named and named in aliases:
        return (named if not _is_bare(named, gazetteer) else aliases[named]), "title"
    if named and not _is_bare(named, gazetteer):
        return named, "title"
    core = _core(named)
    if signed and _fits(core, signed) and not _is_bare(signed, gazetteer):
        return _told(signed, "signature", named, findings)
    if core and (full := _in_body(core, text, gazetteer)):
        evidence.append(Evidence("agency", "body", full))
        return _told(full, "body", named, findings)
    for source, name in (("meta", publisher), ("list", hint.column_agency)):
        if name and _fits(core, name) and not _is_bare(name, gazetteer):
            return _told(name, source, named, findings)
    if hint.column_agency:
        return _told(hint.column_agency, "list", named, findings)
    full = _most_named(text, gazetteer) if named is None else None
    if full:
        evidence.append(Evidence("agency", "body", full))
        return _told(full, "body", named, findings)
    return named, "title" if named else None


def _titles(reading: Reading, hint: Hint, site: str) -> list[str]:
    """The titles that may name the agency. One that is the site's name with the column's behind it, and no year
    (微山县人民政府 政府信息公开年报), is the page's frame and names nobody, where the page is signed or listed."""
    found = [title for title in dict.fromkeys((reading.title, *reading.titles, hint.link_text)) if title]
    if not (site and (reading.signature.agency or hint.column_agency)):
        return found
    return [t for t in found if not squeeze(t).startswith(site) or re.search(r"20\d\d", squeeze(t))]


def _told(name: str, source: str, printed: str | None, findings: list[Finding]) -> tuple[str, str]:
    said = f"The title names only {printed}" if printed else "The title names no agency"
    findings.append(
        Finding(
            "attribution.agency_from_elsewhere",
            "note",
            (),
            printed,
            name,
            f"{said}; {name} was taken from the {source} of the page.",
        )
    )
    return name, source


def _is_bare(name: str, gazetteer: Gazetteer) -> bool:
    """Whether a name lacks its place: 司法局, 市司法局, 我局."""
    if _OWN_WORDS.match(name):
        return True
    return (
        gazetteer.region_of_agency(name) is None
        and bool(_BARE.match(name))
        and len(name) <= 9
        and (
            not re.search(r"[^省市县区旗州盟](?:市|县|区|旗|州|盟|镇|乡|街道)(?!$)", name)
            and not name.startswith("国家")
        )
    )


def _core(name: str | None) -> str | None:
    if not name or _OWN_WORDS.match(name):
        return None
    return re.sub(r"^(?:省|自治区|市|县|区|旗|州|盟|本|我)(?=..)", "", name)


def _fits(core: str | None, name: str) -> bool:
    return core is None or name.endswith(core)


def _in_body(core: str, text: str, gazetteer: Gazetteer) -> str | None:
    """The full name that the text uses most for a name cut short: 济源市司法局 for 司法局."""
    found: Counter[str] = Counter()
    for match in re.finditer(re.escape(core), text):
        for length in range(12, 1, -1):
            place = text[max(0, match.start() - length) : match.start()]
            if place in gazetteer.by_name:
                found[place + core] += 1
                break
    ranked = found.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _most_named(text: str, gazetteer: Gazetteer) -> str | None:
    """The body that the text says the report is of: 与隆德县司法局办公室联系, 现将隆德县司法局…."""
    for pattern in (
        r"现(?:将|发布|公布)[《]?([\u4e00-\u9fff]{4,24}?)(?:\d{4}年|政府信息公开)",
        r"(?:与|向)([\u4e00-\u9fff]{4,24}?)(?:办公室)?联系",
    ):
        for match in re.finditer(pattern, text):
            if gazetteer.region_of_agency(match[1]) and _ORGAN.search(match[1]):
                return match[1]
    return None


def _province_of(text: str, gazetteer: Gazetteer) -> str | None:
    provinces = Counter(r.code for r in gazetteer.named_in(text[:4000]) if r.level == "province")
    return provinces.most_common(1)[0][0] if provinces else None


# Year


def _year(
    reading: Reading,
    text: str,
    published: date | None,
    hint: Hint,
    evidence: list[Evidence],
    findings: list[Finding],
) -> tuple[int | None, str | None]:
    votes: list[tuple[str, int, float]] = []
    if reading.title_year:
        votes.append(("title", reading.title_year, 3.0))
    if reading.period and (reading.period[0].month, reading.period[1].month) == (1, 12):
        votes.append(("period", reading.period[1].year, 3.0))
    if reading.signature.signed and reading.signature.signed.month <= 6:
        votes.append(("signature", reading.signature.signed.year - 1, 1.5))
    if (told := _body_year(text)) is not None:
        votes.append(("body", told, 1.0))
    if hint.link_text and (linked := year_in(hint.link_text)):
        votes.append(("link", linked, 1.0))
    if published and published.month <= 6:
        votes.append(("meta", published.year - 1, 0.5))
    if hint.url and (in_url := re.search(r"/t(20\d{2})(0[1-6])\d{2}_", hint.url)):
        votes.append(("url", int(in_url[1]) - 1, 0.25))
    evidence.extend(Evidence("year", source, str(year)) for source, year, _ in votes)
    weights: Counter[int] = Counter()
    for _, year, weight in votes:
        if 2007 <= year <= 2100:
            weights[year] += weight  # type: ignore[assignment]
    if not weights or max(weights.values()) < 1:
        return None, None
    best = max(weights, key=lambda year: (weights[year], year == reading.title_year))
    source = next(source for source, year, _ in votes if year == best)
    against = [(s, y) for s, y, weight in votes if y != best and weight >= 3]
    for other, year in against:
        findings.append(
            Finding(
                "attribution.year",
                "warning" if other == "title" else "note",
                (),
                year,
                best,
                f"The {other} says {year}, the weight of the other evidence {best}.",
            )
        )
    return best, source


def _body_year(text: str) -> int | None:
    """The year that the first part of the text speaks of most."""
    years = Counter(re.findall(r"(?<!\d)(20[0-4]\d)年(?:度|以来|，|,|我|全)", text[:1500]))
    ranked = years.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return int(ranked[0][0])


# Kind


def _why_not(
    documents: Sequence[Document], reading: Reading, text: str, hint: Hint, year: int | None
) -> str | None:
    page = next((squeeze(d.title) for d in documents if d.title), "")
    title = reading.title or ""
    for words in (title, page, squeeze(hint.link_text or "")):
        if words and (reason := _not_by_title(words)):
            return reason
    keys = {section.key for section in reading.sections} - {"preamble", "unknown"}
    if len(reading.titles) >= 3 and not reading.tables and len(keys) < 3:
        return "it is a list of reports"
    if not title and not (hint.link_text and agency_or_report(hint.link_text)):
        if len(reading.tables) >= 2 or len(keys) >= 4:
            return None
        return "its title is not that of an annual report"
    if reading.period and (reading.period[1] - reading.period[0]).days < 300:
        return "it covers less than a year"
    if reading.tables or len(keys) >= 2:
        return None
    if any(document.links for document in documents) and year is not None:
        return None
    if len(text) < _FEWEST_CHARS:
        return "the page holds a title and no report"
    if not re.search(r"主动公开|依申请|申请公开", text):
        return "its text says nothing of disclosure or requests"
    return None


def agency_or_report(title: str) -> bool:
    """Whether a link's text names an annual report."""
    return bool(re.search(r"信息公开.{0,12}?(?:报告|年报)", squeeze(title)))


def _not_by_title(title: str) -> str | None:
    if not re.search(r"信息公开|政务公开", title):
        return None
    tail = title[max(title.find("信息公开"), 0) :]
    if _HALF.search(title):
        return "it covers less than a year"
    for pattern, reason in _NOT_REPORT:
        if re.search(pattern, tail):
            return reason
    return None


def _scope(text: str) -> Scope:
    if _OWN_BODY.search(text):
        return "own_body"
    if _WITH_DEPARTMENTS.search(text):
        return "government_with_departments"
    return "unknown"


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


def _digest(reading: Reading, meta: dict[str, str], hint: Hint) -> str:
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
