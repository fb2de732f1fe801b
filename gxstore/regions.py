"""Administrative divisions: which place a text or the name of an agency speaks of.

The divisions are those of GB/T 2260 as dated in `config/divisions/divisions.toml`, and zones with codes of our own. A
name that several places bear (朝阳区, 城区) is not decided without its superior or a place around it.
"""

import csv
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from gxstore.resources import config_path

Level = Literal["province", "city", "county", "zone"]
_SUFFIXES = ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省", "市")
_FIRST_PAGES = 4000
_NO_PLACE = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


class DivisionsError(Exception):
    """The files of divisions do not hold together; the sentence names the file."""


@dataclass(frozen=True, slots=True)
class Region:
    """A place. `code` has six places (640000, 640500, 640181, 64Z001); `parent` is the code of the place above."""

    code: str
    name: str
    level: Level
    parent: str | None
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True)
class Gazetteer:
    """All places. Build it with `load()`."""

    regions: dict[str, Region]
    by_name: dict[str, tuple[Region, ...]]
    as_of: str

    def region(self, code: str) -> Region | None:
        """The place of that code."""
        return self.regions.get(code)

    def above(self, code: str) -> Iterator[Region]:
        """The place and all places above it, nearest first."""
        region = self.regions.get(code)
        while region is not None:
            yield region
            region = self.regions.get(region.parent) if region.parent else None

    def contains(self, outer: str, inner: str) -> bool:
        """Whether `inner` is `outer` or lies in it."""
        return any(region.code == outer for region in self.above(inner))

    def named_in(self, text: str, within: str | None = None) -> tuple[Region, ...]:
        """The places that a text names, in order, each once; names that stay ambiguous are left out.

        Args:
            text: any Chinese text.
            within: code of a place around; it decides between places of one name.
        """
        found: list[Region] = []
        at = 0
        context = within
        while at < len(text):
            length, candidates = self._longest(text, at)
            if not candidates:
                at += 1
                continue
            if (region := self._decide(candidates, context, within)) is not None:
                if region not in found:
                    found.append(region)
                context = region.code
            at += length
        return tuple(found)

    def province_in(self, text: str) -> str | None:
        """The code of the province that the first pages of a text name, None if they name none."""
        named = (region.code for region in self.named_in(text[:_FIRST_PAGES]) if region.level == "province")
        return next(named, None)

    def region_of_agency(self, name: str, within: str | None = None) -> str | None:
        """The code of the place that an agency's name begins with: 灵武市司法局 is 640181.

        Args:
            name: the agency's name as published.
            within: code of a place around, for names that several places bear.

        Returns:
            A code, or None where the name begins with no place or with one of several.
        """
        at = 0
        code: str | None = None
        while True:
            length, candidates = self._longest(name, at)
            if not candidates:
                return code
            region = self._decide(candidates, code or within, None if code else within)
            if region is None or (code is not None and not self.contains(code, region.code)):
                return code if code is not None and region is not None else None
            code = region.code
            at += length

    @cached_property
    def _longest_name(self) -> int:
        return max(map(len, self.by_name), default=0)

    def _longest(self, text: str, at: int) -> tuple[int, tuple[Region, ...]]:
        for length in range(min(self._longest_name, len(text) - at), 1, -1):
            if candidates := self.by_name.get(text[at : at + length]):
                return length, candidates
        return 0, ()

    def _decide(self, candidates: Sequence[Region], context: str | None, within: str | None) -> Region | None:
        if len(candidates) == 1:
            return candidates[0]
        for around in (context, within):
            if around is None:
                continue
            inside = [region for region in candidates if self.contains(around, region.code)]
            if len(inside) == 1:
                return inside[0]
        return None


@cache
def load() -> Gazetteer:
    """The places of the project's own data, read once. Raises DivisionsError or ResourceMissing."""
    return read_folder(config_path("divisions"))


def read_folder(folder: Path) -> Gazetteer:
    """Reads the divisions in `folder`. Raises DivisionsError."""
    regions: dict[str, Region] = {}

    def add(region: Region) -> None:
        if region.code in regions:
            raise DivisionsError(f"The divisions give the code {region.code} twice. Codes are append-only.")
        regions[region.code] = region

    for line in _lines(folder / "provinces.csv"):
        add(Region(f"{line['code']}0000", line["name"], "province", None))
    for line in _lines(folder / "cities.csv"):
        add(Region(f"{line['code']}00", line["name"], "city", f"{line['provinceCode']}0000"))
    for line in _lines(folder / "areas.csv"):
        # A prefecture without counties (东莞市) stands in both files.
        if line["code"] == f"{line['cityCode']}00":
            continue
        add(Region(line["code"], line["name"], "county", f"{line['cityCode']}00"))
    for line in _lines(folder / "zones.csv"):
        parent = f"{line['cityCode']}00" if line["cityCode"] else f"{line['provinceCode']}0000"
        add(
            Region(
                line["code"],
                line["name"],
                "zone",
                parent,
                line["valid_from"] or None,
                line["valid_to"] or None,
            )
        )
    for region in regions.values():
        if region.parent is not None and region.parent not in regions:
            raise DivisionsError(
                f"The division {region.code} {region.name} lies in {region.parent}, which is not there."
            )
    names: dict[str, list[Region]] = {}
    for region in regions.values():
        if region.name in _NO_PLACE:
            continue
        names.setdefault(region.name, []).append(region)
        if region.level == "province" and (short := _short(region.name)):
            names.setdefault(short, []).append(region)
    try:
        as_of = tomllib.loads((folder / "divisions.toml").read_text(encoding="utf-8"))["as_of"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise DivisionsError(
            "divisions.toml does not say of which time the divisions are (as_of)."
        ) from error
    return Gazetteer(regions, {name: tuple(found) for name, found in names.items()}, as_of)


def _short(name: str) -> str | None:
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return None


def _lines(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise DivisionsError(f"{path.name} of the divisions cannot be read ({error.strerror}).") from error
