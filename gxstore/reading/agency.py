"""Whose report it is: the subject, told apart from the office that publishes it."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from gxstore.reading.han import in_figures
from gxstore.reading.report import Evidence, Finding, Hint, Reading
from gxstore.reading.titles import squeeze
from gxstore.regions import Gazetteer

_DISCLOSURE = re.compile(r"(?:政府|政务)?信息公开(?=.{0,12}?(?:报告|年报))")
_YEAR_WORDS = re.compile(
    r"\d+年度?|\d{4,6}(?=政府|政务|信息|$)|^20\d\d(?=[\u4e00-\u9fff])|[\[〔]20\d\d[\]〕]"
)
_TO = r"[-—–－~～至到]+"
_DATE = re.compile(
    rf"\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}日)?(?:{_TO}(?:\d{{4}}年)?\d{{1,2}}月(?:\d{{1,2}}日)?)?"
    rf"|\d{{4}}\.\d{{1,2}}(?:\.\d{{1,2}})?(?:{_TO}\d{{4}}\.\d{{1,2}}(?:\.\d{{1,2}})?)?"
    r"|\d{4}(?:年度?)?[-—–－~～至到、和及与]+(?=\d{4})"
)
# What stands before a name in a title and is none of it: 【年度报告】, （部门）, 附件2：, 公示：, 1., ★, 关于公布.
_BEFORE = re.compile(
    r"^(?:[【\[〔（(][^】\]〕）)]{0,12}[】\]〕）)]|附[件表录]?\d{0,2}[:：.、]?|(?![^:：]*(?:局|厅|委|府|办|处|院|镇|乡|会)[:：])[^:：!！]{1,8}[:：!！]"
    r"|关于(?:公布|发布|公开|公示|报送|更正|修订)?|[^\u4e00-\u9fff(（【\[]+)"
)
_BEHIND = re.compile(
    r"(?:关于|年度|全年|的|公布|发布|公开|编制|全面推进|推进|开展|[（(【\[〔][】\]〕）)]|[^\u4e00-\u9fff()（）])+$"
)
# The words of a cover whose subject is another body than the one whose report it is.
_PASSED_ON = re.compile(r"转发|印发|批转|转载")
_BARE = re.compile(r"^(?:省|自治区|市|县|区|旗|州|盟|本|我|全)?[\u4e00-\u9fff]{1,8}$")
_OWN_WORDS = re.compile(r"^(?:我|本)(?:局|厅|委|办|处|院|会|部|署|队|所|单位|部门|机关|镇|乡|街道|中心)?$")
_ORGAN = re.compile(r"(?:局|厅|委|办|处|院|府|会|中心|队|署|司|部|室|园|集团|公司|街道|乡|镇)$")
_NAME = re.compile(r"^[\u4e00-\u9fff（）()、]{3,40}$")
_OFFICE = re.compile(r"^(?P<body>.{2,}?(?:人民政府|政府|管理委员会|管委会))(?:办公室|办公厅|办)$")
# A government's report may be signed by any of its offices.
_GOVERNMENT = re.compile(r"(?:政府|管理委员会|管委会|街道|办事处|[省市县区旗州盟镇乡])$")
# What a title calls the office that writes a government's report: 县府办, 政务公开办公室.
_ITS_OFFICE = re.compile(
    r"(?:两|(?:[省市县区旗州盟镇乡]?委)?[、和]?[省市县区旗州盟镇乡]?(?:党政(?:综合)?|人民政府|政府|府)?"
    r"(?:政务公开|(?:政府)?信息公开(?:工作)?|电子政务)?(?:领导小组)?)(?:办公室|办公厅|办)?"
)
_OF_AN_ORGAN = re.compile(r"(?P<kind>委员会|办公室|办公厅|局|厅|委|办|处|队|署|中心)$")
_SHORTEST_ABBREVIATION = 3
_LONGEST_NAME = 120
_PLACE = r"(?:省|自治区|市|县|区|旗|州|盟|镇|乡|街道)"


def agency_in(title: str) -> str | None:
    """The agency that a title names, None if it names none: 2013年静安区司法局政府信息公开工作报告."""
    whole = in_figures(squeeze(title))
    # The last one: 某市政府信息公开办公室2020年政府信息公开年度报告.
    found = [match.start() for match in _DISCLOSURE.finditer(whole)]
    cut = found[-1] if found else whole.find("信息公开")
    if cut < 0:
        return None
    if not found and whole[:cut].endswith("政府"):
        cut -= 2
    name = _YEAR_WORDS.sub("", _DATE.sub("", whole[:cut]))
    if _PASSED_ON.search(name):
        return None
    name = _alone(name.strip('《〈“”"：:'))
    if name.endswith("人民"):
        # 枫林镇人民政府信息公开…: the 政府 belongs to both.
        name += "政府"
    return name or None


def _alone(name: str) -> str:
    """A name without what a title puts around it; what is longer than any name stays as it is."""
    if len(name) > _LONGEST_NAME:
        return name
    name = re.sub(r"[（(【\[〔][】\]〕）)]", "", name)
    while rest := _BEFORE.sub("", name):
        if rest == name:
            return _BEHIND.sub("", name)
        name = rest
    return _BEHIND.sub("", name)


def same_body(one: str, other: str) -> bool:
    """Whether two names may be of one body: 司法局 and 青溪县司法局, a government and its office."""
    a, b = (
        re.sub(
            r"(?:人民政府|政府|街道办事处|街道)?(?:办公室|办公厅|办)?$",
            "",
            re.sub(r"(?:人民)?政府(?=..)(?!办)", "", name),
        )
        for name in (one, other)
    )
    if not a or not b or a.endswith(b) or b.endswith(a):
        return True
    cores = [re.sub(rf"^.{{2,}}{_PLACE}(?=..)", "", name) for name in (a, b)]
    placed = [core != name for core, name in zip(cores, (a, b), strict=True)]
    if all(placed) and not (a.startswith(b) or b.startswith(a)):
        return _places_agree(a, b, cores) and (_abbreviates(cores[0], b) or _abbreviates(cores[1], a))
    core, name = (cores[0], b) if not placed[0] else (cores[1], a)
    core = re.sub(r"^(?:省|自治区|市|县|区|旗|州|盟|本|我)(?=..)", "", core)
    return name.endswith(core) or _abbreviates(core, name)


def is_of_another(named: str | None, names: Collection[str]) -> bool:
    """Whether what a title prints for a body cannot be one that bears these names: 民政局, and 青溪县司法局. 本局 may be any, and
    what ends like no body's name tells nothing."""
    if not named or not names or _OWN_WORDS.match(named) or not _ORGAN.search(named):
        return False
    return not any(same_body(named, name) or name in named or _may_shorten(named, name) for name in names)


def _may_shorten(named: str, name: str) -> bool:
    """Whether a title may call a body so: 发改委 for 青溪市发展和改革委员会, 住建局, 市编办, and a government by its office.
    A name with a place of its own shortens none."""
    core = re.sub(r"^(?:自治区|[省市县区旗州盟本我])委?(?=..)", "", named)
    if _OFFICE.match(name) or (_GOVERNMENT.search(name) and not name.endswith("监督管理委员会")):
        return bool(_ITS_OFFICE.fullmatch(core))
    if re.search(r"(?<=..)[省市县区旗州盟镇](?=..)", core) or (kind := _OF_AN_ORGAN.search(core)) is None:
        return False
    letters = core[: kind.start()]
    if len(letters) == 1:
        letters += kind["kind"][0]
    rest = iter(name.replace("人民政府", ""))
    return all(letter in rest for letter in letters)


def _places_agree(one: str, other: str, cores: Sequence[str]) -> bool:
    first, second = one.removesuffix(cores[0]), other.removesuffix(cores[1])
    return first.endswith(second) or second.endswith(first)


def named_publisher(name: str | None, gazetteer: Gazetteer) -> str | None:
    """A publisher as a page names it, None where it is no body (本站, 原创, admin)."""
    plain = squeeze(name or "").strip("：:")
    if not _NAME.match(plain) or not (_ORGAN.search(plain) or gazetteer.region_of_agency(plain)):
        return None
    return plain


def find_agency(
    titles: Sequence[str],
    reading: Reading,
    text: str,
    publisher: str | None,
    gazetteer: Gazetteer,
    hint: Hint,
) -> tuple[str | None, str | None, list[Evidence], list[Finding]]:
    """The agency and its source, the evidence, and a finding where the title does not name it in full.

    Args:
        titles: the titles that may name it, best first.
        reading: for the signature.
        text: the narrative without white space.
        publisher: who published it, as the page says.
        gazetteer: the places.
        hint: what the crawler knows of the page.
    """
    named = next((name for title in titles if (name := agency_in(title))), None)
    signed = reading.signature.agency
    evidence = [
        Evidence("agency", source, name)
        for source, name in (
            ("title", named),
            ("signature", signed),
            ("meta", publisher),
            ("list", hint.column_agency),
        )
        if name
    ]
    name, source = _decide(named, signed, text, publisher, gazetteer, hint)
    if source == "body" and name:
        evidence.append(Evidence("agency", "body", name))
    if name is None:
        return None, None, evidence, [_nobody()]
    if source is None or source == "title":
        return name, source, evidence, _signed(name, signed)
    return name, source, evidence, [_told(name, source, named), *_signed(name, signed)]


def _decide(
    named: str | None,
    signed: str | None,
    text: str,
    publisher: str | None,
    gazetteer: Gazetteer,
    hint: Hint,
) -> tuple[str | None, str | None]:
    aliases: Mapping[str, str] = {
        alias: full for full, names in hint.site_agencies.items() for alias in (full, *names)
    }
    if named and named in aliases:
        return (named if not _is_bare(named, gazetteer) else aliases[named]), "title"
    if named and not _is_bare(named, gazetteer):
        return named, "title"
    core = _core(named)
    if named is None:
        for office in (signed, publisher):
            if office and (body := _government_behind(office, text)):
                return body, "body"
    if signed and _fits(core, signed) and not _is_bare(signed, gazetteer):
        return signed, "signature"
    if core and (full := _in_body(core, text, gazetteer)):
        return full, "body"
    for source, name in (("meta", publisher), ("list", hint.column_agency)):
        if name and _fits(core, name) and not _is_bare(name, gazetteer):
            return name, source
    if (column := hint.column_agency) and not is_of_another(
        named, (column, *hint.site_agencies.get(column, ()))
    ):
        return column, "list"
    if named is None and (full := _most_named(text, gazetteer)):
        return full, "body"
    return named, "title" if named else None


def _told(name: str, source: str, printed: str | None) -> Finding:
    said = f"The title names only {printed}" if printed else "The title names no agency"
    message = f"{said}; {name} was taken from the {source} of the page."
    return Finding("attribution.agency_from_elsewhere", "note", (), printed, name, message)


def _signed(name: str, signed: str | None) -> list[Finding]:
    """A finding where the report is of one department and the signature is another's."""
    if not signed or _GOVERNMENT.search(name):
        return []
    one, other = (body.replace("委员会", "委") for body in (name, signed))
    if same_body(one, other) or other.startswith(one) or one.startswith(other):
        return []
    message = f"The report is that of {name}, and is signed by {signed}: it may be either's."
    return [Finding("attribution.signed_by_another", "warning", (), name, signed, message)]


def _nobody() -> Finding:
    message = "Neither the title nor the page says whose report this is; give the site's column its agency."
    return Finding("attribution.no_agency", "warning", (), None, None, message)


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
    """Whether a name can be the one that the title cuts short: 司法局, or 财金局 for 财政金融局."""
    return core is None or name.endswith(core) or _abbreviates(core, name)


def _abbreviates(core: str, name: str) -> bool:
    """Whether the characters of `core` stand in `name` in their order, the first of them past its place."""
    if len(core) < _SHORTEST_ABBREVIATION:
        return False
    own = re.sub(rf"^.{{2,}}{_PLACE}(?=..)", "", name)
    at = 0
    for char in core:
        at = own.find(char, at) + 1
        if at == 0:
            return False
    return own.startswith(core[0]) and own.endswith(core[-1])


def _government_behind(office: str, text: str) -> str | None:
    """The government whose report its office publishes, where the text says that the report is the government's."""
    match = _OFFICE.match(office)
    if not match:
        return None
    body = re.escape(match["body"])
    speaks = rf"现(?:将|公布|发布)《?{body}(?!办)|{body}(?:\d{{4}}年度?)?(?:政府)?信息公开"
    counts = rf"全{_PLACE}[^。；]{{0,12}}(?:主动公开|收到|受理|新收)"
    gathers = rf"各(?:乡镇|镇街|街道|部门)[^。；]{{0,30}}(?:汇总|编制)|{_PLACE}直[^。；]{{0,30}}(?:汇总|编制)"
    return match["body"] if re.search(f"{speaks}|{counts}|{gathers}", text) else None


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
