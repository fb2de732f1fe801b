"""What the `<style>` elements of a page say of hiding, striking, raising and whitening its text, written onto the elements themselves.

`html_shown.py` looks at an element's own `style`: here the rules of the page are put in front of it, so that there is one place
that judges. Only what a cell's number hangs on is taken from a rule (CSS 2.2, chapters 5 and 6: selectors of names, classes and
ids, by descent and as children; the more specific rule wins, then the later). Rules for some media or states alone
(`@media`, `:hover`) hide nothing from who reads the page, and stylesheets in files of their own are not looked at.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

# What may make text hidden, struck or raised; a page whose styles hold none of it is left alone.
_SIGN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0|line-through|"
    r"vertical-align\s*:\s*su[pb]|clip(?:-path)?\s*:\s*(?:rect|inset)|(?:text-indent|left|top)\s*:\s*-\d{3}|"
    r"(?<![\w-])color\s*:\s*(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255)",
    re.IGNORECASE,
)
# What a rule may lay behind white text, so that it is seen: anything but more white.
_GROUND = re.compile(
    r"background(?:-color)?:(?!\s*(?:none|transparent|inherit|initial|white|#fff(?:fff)?)\b)"
)
_PROPERTIES = frozenset(
    (
        *("display", "visibility", "font-size", "opacity", "text-decoration", "text-decoration-line"),
        *("vertical-align", "clip", "clip-path", "text-indent", "left", "top"),
        *("color", "background", "background-color"),
    )
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_COMPOUND = re.compile(r"([a-zA-Z][\w-]*)?((?:[.#][\w-]+)*)")
_NAMES = re.compile(r"([.#])([\w-]+)")
_MOST_STYLES, _MOST_RULES, _MOST_COMPOUNDS = 400_000, 2_000, 6


@dataclass(frozen=True, slots=True)
class _Compound:
    """The part of a selector that one element fits: its tag (lower case, or empty), its ids and its classes."""

    tag: str
    ids: frozenset[str]
    classes: frozenset[str]

    def fits(self, element: Element) -> bool:
        return (
            (not self.tag or element.tag == self.tag)
            and self.ids <= {element.get("id") or ""}
            and (not self.classes or self.classes.issubset((element.get("class") or "").split()))
        )


@dataclass(frozen=True, slots=True)
class _Rule:
    """A selector (its last compound first, each with whether it is the parent of the one before) and what it declares."""

    last: _Compound
    around: tuple[tuple[bool, _Compound], ...]
    weight: tuple[int, int, int, int]
    declared: tuple[tuple[str, str, bool], ...]

    def fits(self, element: Element) -> bool:
        if not self.last.fits(element):
            return False
        at = element.getparent()
        for is_parent, compound in self.around:
            while at is not None and not compound.fits(at):
                at = None if is_parent else at.getparent()
            if at is None:
                return False
            at = at.getparent()
        return True


def write_page_styles(root: Element, styles: Iterable[Element]) -> None:
    """Puts what the page's own `<style>` elements hide, strike or raise into the `style` of the elements."""
    css = "\n".join(style.text or "" for style in styles if _is_for_all(style))
    if not _SIGN.search(css) or len(css) > _MOST_STYLES:
        return
    rules = list(_rules(_COMMENT.sub(" ", css)))[:_MOST_RULES]
    if not any(_SIGN.search(f"{name}:{value}") for rule in rules for name, value, _ in rule.declared):
        return
    told: dict[Element, list[_Rule]] = defaultdict(list)
    for element, rule in _fitting(root, rules):
        told[element].append(rule)
    for element, own in told.items():
        _write(element, own)


def _is_for_all(style: Element) -> bool:
    media = (style.get("media") or "").strip().lower()
    return media in ("", "all", "screen") and next(style.iterancestors("noscript", "template"), None) is None


def _fitting(root: Element, rules: list[_Rule]) -> Iterator[tuple[Element, _Rule]]:
    by_name: dict[str, list[_Rule]] = defaultdict(list)
    by_tag: dict[str, list[_Rule]] = defaultdict(list)
    for rule in rules:
        last = rule.last
        if last.ids or last.classes:
            by_name["#" + next(iter(last.ids)) if last.ids else "." + min(last.classes)].append(rule)
        else:
            by_tag[last.tag].append(rule)
    for element in root.iter("*") if by_name else root.iter(*by_tag):
        named = by_tag.get(str(element.tag), [])
        if (classes := element.get("class")) is not None:
            for name in set(classes.split()):
                named = named + by_name.get("." + name, [])
        if (own := element.get("id")) is not None:
            named = named + by_name.get("#" + own, [])
        for rule in named:
            if rule.fits(element):
                yield element, rule


def _write(element: Element, rules: list[_Rule]) -> None:
    own = element.get("style") or ""
    said = {part.partition(":")[0].strip().lower() for part in own.split(";")}
    best: dict[str, tuple[tuple[bool, tuple[int, int, int, int]], str]] = {}
    for rule in rules:
        for name, value, important in rule.declared:
            weight = (important, rule.weight)
            if (name not in said or important) and (name not in best or weight >= best[name][0]):
                best[name] = weight, value
    written = [f"{name}:{value}" for name, (_, value) in best.items()]
    found = ";".join(each for each in written if _SIGN.search(each) or _GROUND.match(each))
    if found:
        element.set("style", f"{found};{own}")


def _rules(css: str) -> Iterator[_Rule]:
    """The rules that stand in no other (`@media`), in order."""
    depth, start, selectors = 0, 0, ""
    order = 0
    for brace in _BRACE.finditer(css):
        if brace[0] == "{":
            depth += 1
            if depth == 1:
                selectors, start = css[start : brace.start()].rpartition(";")[2].strip(), brace.end()
            continue
        depth = max(depth - 1, 0)
        if depth == 0:
            if not selectors.startswith("@") and (declared := tuple(_declared(css[start : brace.start()]))):
                for selector in selectors.split(","):
                    order += 1
                    if rule := _rule(selector.strip(), order, declared):
                        yield rule
            start, selectors = brace.end(), "@"


def _declared(text: str) -> Iterator[tuple[str, str, bool]]:
    for part in text.split(";"):
        name, _, value = part.partition(":")
        name, value = name.strip().lower(), value.strip().lower()
        if name in _PROPERTIES and value:
            bare, _, important = value.partition("!")
            yield name, bare.strip(), important.strip() == "important"


def _rule(selector: str, order: int, declared: tuple[tuple[str, str, bool], ...]) -> _Rule | None:
    words = selector.replace(">", " > ").split()
    compounds: list[tuple[bool, _Compound]] = []
    is_parent = False
    for word in reversed(words):
        if word == ">":
            is_parent = True
            continue
        match = _COMPOUND.fullmatch(word)
        if match is None:
            return None
        names = _NAMES.findall(match[2])
        compounds.append(
            (
                is_parent,
                _Compound(
                    (match[1] or "").lower(),
                    frozenset(name for sign, name in names if sign == "#"),
                    frozenset(name for sign, name in names if sign == "."),
                ),
            )
        )
        is_parent = False
    if not 0 < len(compounds) <= _MOST_COMPOUNDS or is_parent:
        return None
    all_of = [compound for _, compound in compounds]
    weight = (
        sum(len(one.ids) for one in all_of),
        sum(len(one.classes) for one in all_of),
        sum(bool(one.tag) for one in all_of),
        order,
    )
    return _Rule(compounds[0][1], tuple(compounds[1:]), weight, declared)
