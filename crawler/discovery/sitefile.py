"""From what a walk saw to the text of a site file that can be run: commented, and marked with what was seen. Pure."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from crawler.discovery.leads import is_named_like_a_body
from crawler.discovery.seen import Sighting, Walk
from crawler.links import Candidate, body_named, judge_link, normalise, year_in
from crawler.sites import Site
from gxstore.regions import Gazetteer

_UNKNOWN_REGION = "000000"
_LEVELS = {"province": "province", "city": "prefecture", "county": "county"}
_OWN = re.compile(r"^(?:[本我全][局委办厅院县市区乡镇省]|本单位|本机关|[市县区省州]|政府|年度|工作)$")
# What a home page's title has beside the body's name.
_FRAME = re.compile(r"门户网站|政府网站|官方网站|官网|网站|首页|欢迎您?|[_|\-—–·\s].*$")


@dataclass(slots=True)
class _Body:
    """A body whose reports columns list: its name, the other names it is called by, where it is."""

    slug: str
    name: str
    region: str
    expected: bool = True
    aliases: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A sighting with the body whose reports it lists; None where it lists those of several, then each with its name in
    the titles."""

    sighting: Sighting
    body: str | None
    bodies: tuple[tuple[str, str], ...]
    note: str
    also: tuple[str, ...] = ()


def site_file(
    name: str, walk: Walk, starts: Sequence[str], gazetteer: Gazetteer, today: date, *, delay: float
) -> str:
    """The text of a site file.

    Args:
        name: the site's name.
        walk: what was seen; at least one column.
        starts: the home pages that the walk began at.
        gazetteer: the places, for region codes.
        today: the day of the walk.
        delay: seconds between two requests to a host.
    """
    owners = {host: _owner(title) for host, title in walk.titles.items()}
    placed = [
        _place(sighting, owners.get(_plain(_host(sighting)), ""), gazetteer) for sighting in walk.sightings
    ]
    bodies = _bodies(name, placed, gazetteer)
    region = _common_region([body.region for body in bodies.values()])
    title = next((owner for owner in owners.values() if owner), name)

    def written(number: int, first: int) -> str:
        parts = [
            _head(name, title, region, starts, walk, today),
            _floor(number, first),
            f"[manners]\n# Seconds between two requests to one host.\ndelay = {delay}\n",
            _agency_list(starts, today),
            *[_agency(body, gazetteer) for body in bodies.values()],
            *_portals(placed, bodies),
        ]
        return "\n".join(parts)

    # Only a harvest by this very file knows which links it would take: so the file is judged, and written again.
    site = Site.model_validate(tomllib.loads(written(1, today.year)))
    years = list(_taken(site, walk))
    known = [year for year in years if year]
    return written(max(1, len(years) * 9 // 10), min(known, default=today.year - 1))


def check_file(site: Site, walk: Walk) -> str:
    """The text of the check beside a site file: of every column the newest and the oldest report that was seen."""
    parts = [
        f"# What gxcrawl sites check {site.name} must find listed: the newest and the oldest report seen of each column.\n"
    ]
    for sighting in walk.sightings:
        own = [link for link in _candidates(site, [sighting]) if link[2].year]
        own.sort(key=lambda found: found[2].year or 0)
        for url, _, candidate in dict.fromkeys((own[-1], own[0])) if own else ():
            lines = ["[[report]]", f"url = {_text(url)}"]
            if candidate.agency:
                lines.append(f"agency = {_text(candidate.agency)}")
            parts.append("\n".join([*lines, f"year = {candidate.year}", ""]))
    return "\n".join(parts)


def _taken(site: Site, walk: Walk) -> Iterable[int | None]:
    """The year, or None, of every link seen that a harvest by a site file would take for a report."""
    return {url: candidate.year for url, _, candidate in _candidates(site, walk.sightings)}.values()


def _candidates(site: Site, sightings: Iterable[Sighting]) -> Iterator[tuple[str, str, Candidate]]:
    """URL, title and judgement of the links seen that a harvest by a site file would take for reports."""
    columns = {
        (host, column.path): column
        for portal in site.portal
        for column in portal.column
        for host in portal.hosts
    }
    for sighting in sightings:
        column = columns.get((_host(sighting), _path(sighting)))
        for link in sighting.links if column else ():
            verdict = judge_link(link.title, column, site)  # type: ignore[arg-type]
            if isinstance(verdict, Candidate):
                yield link.url, link.title, verdict


# ---- whose reports


def _place(sighting: Sighting, owner: str, gazetteer: Gazetteer) -> _Placed:
    """The body whose reports a column lists: by the titles, else by the names of the links that led there, else the
    portal's owner."""
    titles = [body for link in sighting.reports if (body := body_named(link.title)) and not _OWN.match(body)]
    named = titles or list(sighting.bodies)
    way = next((text for text in reversed(sighting.trail) if is_named_like_a_body(text)), "")
    groups = _grouped(named)
    around = gazetteer.region_of_agency(way or owner)
    if not groups:
        return _Placed(
            sighting,
            _full(way or owner, owner, gazetteer),
            (),
            "neither a title nor a report looked into names a body; whose it is was inferred",
        )
    most = max(groups, key=lambda group: sum(groups[group].values()))
    own = sum(groups[most].values())
    if own * 2 <= len(named):
        bodies = tuple((_full(group, owner, gazetteer, around), group) for group in groups)
        return _Placed(sighting, None, bodies, "the titles name several bodies")
    name = _full(most, way if gazetteer.region_of_agency(way) else owner, gazetteer, around)
    told = (
        f"{own} of {len(sighting.reports)} titles name the body"
        if titles
        else "reports looked into name the body"
    )
    others = [group for group in groups if group != most and not _may_be_called(group, name)]
    also = tuple(
        group for group in others if len(_years_of(sighting, group)) > 1 and gazetteer.region_of_agency(group)
    )
    return _Placed(sighting, name, (), told, also)


def _years_of(sighting: Sighting, body: str) -> set[int | None]:
    return {year_in(link.title) for link in sighting.reports if body_named(link.title) == body}


def _grouped(names: Iterable[str]) -> dict[str, Counter[str]]:
    """Names by the longest form of each: 司法局 and 灵武市司法局 are one body's, 灵武市 is its government's."""
    counted = Counter(names)
    groups: dict[str, Counter[str]] = {}
    for name, number in sorted(counted.items(), key=lambda item: -len(item[0])):
        home = next((longer for longer in groups if _is_short_of(name, longer)), None)
        groups.setdefault(home or name, Counter())[name] += number
    return groups


def _is_short_of(name: str, longer: str) -> bool:
    governs = longer.endswith(("人民政府", "管理委员会", "管委会"))
    return longer.endswith(name) or (governs and longer.startswith(name))


def _full(name: str, owner: str, gazetteer: Gazetteer, around: str | None = None) -> str:
    """A body's name with the place that it leaves out, taken from the owner's; a place alone is its government."""
    place = _place_of(owner, gazetteer)
    if not name:
        name = owner
    if gazetteer.region_of_agency(name, around) is None and place and not name.startswith(place):
        name = place + re.sub(r"^[市县区省]", "", name) if len(name) > 1 else place + name
    if re.search(r"[省市县区旗州乡镇]$", name) and len(name) <= 12:
        name += "人民政府"
    return name


def _place_of(owner: str, gazetteer: Gazetteer) -> str:
    """The place at the beginning of a name: 同心县 of 同心县人民政府."""
    for length in range(len(owner), 1, -1):
        if owner[:length] in gazetteer.by_name:
            return owner[:length]
    return ""


def _owner(title: str) -> str:
    name = _FRAME.sub("", normalise(title))
    return name if 2 <= len(name) <= 30 else ""


def _bodies(site: str, placed: Sequence[_Placed], gazetteer: Gazetteer) -> dict[str, _Body]:
    """Every body once, with a slug of its own, by name."""
    found: dict[str, _Body] = {}
    slugs: set[str] = set()
    for item in placed:
        own = [item.body, *item.also] if item.body else [name for name, _ in item.bodies]
        for number, name in enumerate(own):
            if name in found:
                continue
            word = _token(item.sighting, name) if item.body else f"body{number + 1}"
            slug = stem = f"{site}-{word}" + (f"-also{number}" if item.body and number else "")
            count = 1
            while slug in slugs:
                count += 1
                slug = f"{stem}-{count}"
            slugs.add(slug)
            found[name] = _Body(slug, name, _region(name, gazetteer), name not in item.also)
    for item in placed:
        called = {
            body
            for link in item.sighting.reports
            if (body := body_named(link.title)) and not _OWN.match(body)
        }
        if item.body:
            found[item.body].aliases |= called
        for name, group in item.bodies:
            found[name].aliases.add(group)
    for known in found.values():
        known.aliases = _aliases(known, set(found))
    return found


def _region(name: str, gazetteer: Gazetteer) -> str:
    """The place that a body's name begins with, else the last that it names."""
    named = gazetteer.named_in(name)
    return gazetteer.region_of_agency(name) or (named[-1].code if named else _UNKNOWN_REGION)


def _aliases(body: _Body, names: set[str]) -> set[str]:
    """The other names of a body: those that titles give it, and its own without the ending of a government."""
    found = {alias for alias in body.aliases - names if _may_be_called(alias, body.name)}
    found |= {
        body.name.removesuffix(ending) for ending in ("人民政府", "管理委员会") if body.name.endswith(ending)
    }
    return found - {body.name}


def _may_be_called(alias: str, name: str) -> bool:
    """Whether a name in the titles is another of the body's: its end (司法局), or its characters left out in order
    (财金局 for 财政金融局, 国资委). 兴庆区财政局 in the column of 兴庆区司法局 is somebody else, and so is the
    government beside its own office."""
    letters = iter(name)
    return alias[-1:] == name[-1:] and len(alias) < len(name) and all(letter in letters for letter in alias)


def _token(sighting: Sighting, name: str) -> str:
    """A short ASCII word for a body: the folder above the column's, which on most portals is the body's."""
    parts = urlsplit(sighting.url)
    folders = [part for part in parts.path.split("/") if part and "." not in part]
    candidates = [re.sub(r"_\d+$", "", folder.lower()) for folder in reversed(folders[:-1])]
    if name.endswith("人民政府") and not any(
        folder in ("zfxxgk", "zwgk", "xxgk") for folder in candidates[:0]
    ):
        return "zf"
    for word in candidates:
        if re.fullmatch(r"[a-z][a-z0-9-]{1,20}", word) and not re.search(
            r"gk|gkml|nb$|zwgk|bmxx|gongkai|list|public", word
        ):
            return word
    label = (parts.hostname or "x").removeprefix("www.").split(".")[0]
    return re.sub(r"[^a-z0-9-]", "", label) or "x"


# ---- the parts of the file


def _head(name: str, title: str, region: str, starts: Sequence[str], walk: Walk, today: date) -> str:
    looked = ", ".join(f"{host} {number}" for host, number in sorted(walk.asked.items()))
    told = [
        *walk.troubles[:20],
        *([f"and {len(walk.troubles) - 20} more"] if len(walk.troubles) > 20 else []),
    ]
    comments = [
        f"Made by gxcrawl sites discover on {today} from {', '.join(starts)}.",
        "Look at it before the first live run: names of bodies, region codes and floor are what titles and menus said.",
        f"Pages asked for: {looked}.",
        *[
            f"Not followed on {host}, since the bound was reached: {number} links."
            for host, number in walk.left.items()
        ],
        *[f"Trouble: {_one_line(trouble)}" for trouble in told],
        *(
            [
                f"Other hosts of the domain that were linked, and not asked: {', '.join(sorted(walk.elsewhere)[:40])}."
            ]
            if walk.elsewhere
            else []
        ),
        *(
            [f"Named by the portal, and no column of theirs was found: {_one_line(', '.join(without[:60]))}."]
            if (without := walk.without_column)
            else []
        ),
    ]
    return "\n".join(
        [
            *[f"# {line}" for line in comments],
            "",
            f"name = {_text(name)}",
            f"title = {_text(title)}",
            "# GB/T 2260; 000000 means that no title named a place.",
            f"region = {_text(region)}",
            f"publisher = {_text(f'The bodies found from {starts[0]}')}",
            'notes = "Everything marked seen was served on the day below; nothing was read in an official list."',
            f"checked = {today}",
            "",
        ]
    )


def _floor(number: int, first: int) -> str:
    return (
        "# The fewest reports of a full run (nine tenths of those seen), and the first year: below these a run fails.\n"
        f"[expect]\nreports = {number}\nfirst_year = {first}\n"
    )


def _agency_list(starts: Sequence[str], today: date) -> str:
    return (
        "[agencies]\n"
        f"source = {_text('The bodies that titles and menus name on ' + ', '.join(starts) + '; no official list was read')}\n"
        f"date = {today}\n"
    )


def _agency(body: _Body, gazetteer: Gazetteer) -> str:
    lines = ["[[agency]]", f"slug = {_text(body.slug)}", f"name = {_text(body.name)}"]
    if body.aliases:
        lines.append(f"aliases = [{', '.join(_text(alias) for alias in sorted(body.aliases))}]")
    comment = (
        "  # no place was named: look it up in config/divisions" if body.region == _UNKNOWN_REGION else ""
    )
    level, function = _level(body, gazetteer), _function(body.name)
    return "\n".join(
        [
            *lines,
            f"region = {_text(body.region)}{comment}",
            f"level = {_text(level)}",
            f"function = {_text(function)}",
            *(
                []
                if body.expected
                else ["# Reports of it stand in another body's column.", "expected = false"]
            ),
            "",
        ]
    )


def _portals(placed: Sequence[_Placed], bodies: dict[str, _Body]) -> Iterable[str]:
    by_host: dict[tuple[str, str], list[_Placed]] = {}
    for item in placed:
        parts = urlsplit(item.sighting.url)
        by_host.setdefault((_plain(parts.netloc), ""), []).append(item)
    for (plain, _), items in by_host.items():
        hosts = Counter(_host(item.sighting) for item in items)
        host = hosts.most_common(1)[0][0]
        scheme = Counter(urlsplit(item.sighting.url).scheme for item in items).most_common(1)[0][0]
        family = Counter(item.sighting.family for item in items).most_common(1)[0][0]
        also = sorted({plain, f"www.{plain}"} - {host}) if ":" not in plain and plain.count(".") < 4 else []
        lines = ["[[portal]]", f"host = {_text(host)}"]
        if also:
            lines.append(f"also = [{', '.join(_text(name) for name in also)}]")
        lines += [f"scheme = {_text(scheme)}", f"family = {_text(family)}", 'evidence = "seen"']
        yield "\n".join(lines)
        for item in items:
            yield _column(item, family, bodies)
        yield ""


def _column(item: _Placed, family: str, bodies: dict[str, _Body]) -> str:
    sighting = item.sighting
    stated = f"; it states {sighting.stated} entries" if sighting.stated else ""
    way = " > ".join(sighting.trail) or "the home page"
    seen = f"{len(sighting.reports)} reports among {len(sighting.links)} links seen{stated}"
    if sighting.cut:
        seen += f"; not the whole list: {_one_line(sighting.cut)}"
    lines = [
        f"# {_one_line(sighting.name or 'no name')}, by {_one_line(way)}: {seen}; {item.note}.",
        "[[portal.column]]",
        f"path = {_text(_path(sighting))}",
    ]
    if item.body:
        lines.append(f"agency = {_text(bodies[item.body].slug)}")
    if item.also:
        lines.append(f"also = [{', '.join(_text(bodies[name].slug) for name in item.also)}]")
    if sighting.family != family:
        lines.append(f"family = {_text(sighting.family)}")
    if sighting.options:
        pairs = ", ".join(f"{key} = {_text(value)}" for key, value in sorted(sighting.options.items()))
        lines.append(f"options = {{ {pairs} }}")
    return "\n".join([*lines, 'evidence = "seen"'])


def _level(body: _Body, gazetteer: Gazetteer) -> str:
    if re.search(r"[镇乡](?:人民政府)?$|街道办事处$", body.name):
        return "township"
    region = gazetteer.region(body.region)
    return _LEVELS.get(region.level, "county") if region else "county"


def _function(name: str) -> str:
    if name.endswith(("人民政府", "街道办事处")):
        return "政府"
    if re.search(r"政府办公[室厅]$", name):
        return "政府办公"
    if re.search(r"管理委员会$|管委会$|园区$", name):
        return "开发区"
    found = re.search(
        r"(?:省|市|县|区|旗|州|自治区|回族自治区)?([^省市县区旗州]{2,14}?)(?:管理)?(?:局|厅|委员会|委|办公室|办|中心|社|院)$",
        name,
    )
    return found[1] if found else "其他"


def _common_region(codes: Sequence[str]) -> str:
    known = [code for code in codes if code != _UNKNOWN_REGION]
    if not known:
        return _UNKNOWN_REGION
    for length in (6, 4, 2):
        if len({code[:length] for code in known}) == 1:
            return known[0][:length].ljust(6, "0")
    return _UNKNOWN_REGION


def _host(sighting: Sighting) -> str:
    return urlsplit(sighting.url).netloc.lower()


def _path(sighting: Sighting) -> str:
    parts = urlsplit(sighting.url)
    query, fragment = parts.query and f"?{parts.query}", parts.fragment and f"#{parts.fragment}"
    return f"{parts.path or '/'}{query}{fragment}"


def _plain(host: str) -> str:
    return host.removeprefix("www.")


def _text(value: str) -> str:
    """A TOML string: those of JSON are TOML's basic strings, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", text)[:200]
