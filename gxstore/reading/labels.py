"""Labels of rows, columns and groups, matched by their normalised text within a table.

Official labels and the wordings seen in published reports come from the catalogue. A misprint within a small edit
distance is taken for the label it is nearest to, if no other is near.
"""

import re
import unicodedata
from functools import cache, lru_cache

from archive.text.document import without_stand_ins
from gxstore.catalogue import Catalogue

_QUOTES = "“”\"'‘’「」『』〝〞＂"
_DROPPED = re.compile(r"[\s\u200b-\u200d\u2060\ufeff,，、。.．:：;；/\\《》〈〉|·•*_\-—–" + _QUOTES + "]")
# The marks of notes: figures above and below the line, which NFKC would make figures of the label.
_NOTE_MARKS = re.compile("[⁰¹²³⁴-⁹₀-₉]")
_NUMERAL = re.compile(
    r"^(?:[(（]\s*(?:[一二三四五六七八九十]+|\d+)\s*[)）]|(?:[一二三四五六七八九十]+|\d+)\s*[、.．,，]|[①-⑩]|其中\s*[:：]?)\s*"
)
_LONE_NUMERAL = re.compile(r"^[(（]?(?:[一二三四五六七八九十]+|\d+)[)）、.．]?$")
_COMMENT = re.compile(r"\(.*$")
# What a comment may say and leave the label what it is: a unit, what is counted, how the numbers hang together. Any
# other makes it a part of the row, or its number of another time: 上年, 其中线上, 简易程序.
_NEUTRAL_COMMENT = re.compile(
    r"^\((?:单位|计量单位|注|含|包括|不包括|本列|勾稽|区分处理|只计|不计|不同|必填|详见|见附|本年度?\)?$|"
    r"(?:[0-9]*(?:件|项|条|个|份|次|人|篇|宗|户|篇次|件次|人次|万元|元))+\)?$|\)?$)"
)
_ANOTHER_TIME = re.compile(r"[上去前]年|同期|历年|累计|以来|其中|(?:19|20)\d\d")
_PART = re.compile(r"^(?:[(（].{1,3}[)）]|\d+[、.．])?其中")
_FIGURES_BEHIND = re.compile(r"\).*\d|\d$")
_FUZZY_FROM = 6
_CUT_FROM = 2
_COMMENT_SURE_FROM = 5
# Of the lookups that were made: a hostile page has no end of labels that are nearly one.
_MOST_KEPT = 20_000
# What makes another label of a label: last year's is not this year's, 不同意 is not 同意, 三类 is not 四类.
_TELLING = frozenset("上本下去今前后年末不未非无一二三四五六七八九十")


@lru_cache(maxsize=100_000)
def normalise(text: str) -> str:
    """The text that labels are compared by: NFKC, no white space or punctuation, leading numerals dropped."""
    folded = _folded(text)
    while (shorter := _NUMERAL.sub("", folded, count=1)) != folded:
        folded = shorter
    return _DROPPED.sub("", folded)


def _folded(text: str) -> str:
    bare = _NOTE_MARKS.sub("", without_stand_ins(text))
    return "".join(unicodedata.normalize("NFKC", bare).split())


def _same_beginning(comment: str, official: str) -> bool:
    """Whether a comment is the official one, cut short or misprinted behind its first characters."""
    least = min(len(comment), len(official), _COMMENT_SURE_FROM)
    return least > 2 and comment[:least] == official[:least]


@lru_cache(maxsize=4096)
def is_numeral(text: str) -> bool:
    """Whether a cell holds nothing but the numeral of a label that stands in the next cell."""
    return bool(_LONE_NUMERAL.match("".join(unicodedata.normalize("NFKC", text).split())))


class Labels:
    """The labels of the catalogue's tables, looked up by table and kind (`row`, `column`, `group`)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._known: dict[tuple[str, str], dict[str, list[str]]] = {}
        self._comments: set[str] = set()
        self._with_parts: set[tuple[str, str]] = set()
        for indicator in catalogue.of_table("stat"):
            self._add("stat", "row", indicator.code, indicator.label)
        for row in catalogue.rows:
            self._add("t3", "row", row.code, row.label)
        for alias in catalogue.aliases:
            self._add(alias.table, alias.kind, alias.key, alias.text)
        self._found: dict[tuple[str, str, str, bool], tuple[str, ...]] = {}

    def _add(self, table: str, kind: str, key: str, text: str) -> None:
        names = self._known.setdefault((table, kind), {})
        if comment := _COMMENT.search(normalise(text)):
            self._comments.add(comment[0])
        if _PART.match(_folded(text)):
            self._with_parts.add((table, kind))
        for name in {normalise(text), _COMMENT.sub("", normalise(text))}:
            keys = names.setdefault(name, [])
            if name and key not in keys:
                keys.append(key)

    def find(self, table: str, kind: str, text: str, *, exact: bool = False) -> tuple[str, ...]:
        """The keys that a label can stand for, best match only; empty where it is unknown."""
        asked = (table, kind, text, exact)
        if (found := self._found.get(asked)) is None:
            if len(self._found) >= _MOST_KEPT:
                self._found.clear()
            found = self._found[asked] = self._find(table, kind, text, exact=exact)
        return found

    def _find(self, table: str, kind: str, text: str, *, exact: bool) -> tuple[str, ...]:
        name = normalise(text)
        if not name:
            return ()
        known = self._known.get((table, kind), {})
        if kind == "row" and (table, kind) not in self._with_parts and _PART.match(_folded(text)):
            # A part of the row, where the form has no row that is a part of another.
            return ()
        if keys := known.get(name):
            return tuple(keys)
        if _FIGURES_BEHIND.search(name):
            # They are numbers of the row: no part of the label's comment, and no misprint.
            return ()
        if not self._leaves_as_it_is(name):
            return ()
        if keys := known.get(_COMMENT.sub("", name)):
            return tuple(keys)
        if exact or len(name) < _FUZZY_FROM:
            return ()
        return _nearest(name, known)

    def _leaves_as_it_is(self, name: str) -> bool:
        """Whether the comment behind a label, if it has one, leaves it the label of the form."""
        found = _COMMENT.search(name)
        if found is None or any(_same_beginning(found[0], official) for official in self._comments):
            return True
        return bool(_NEUTRAL_COMMENT.match(found[0])) and not (
            _ANOTHER_TIME.search(found[0]) and not found[0].startswith(("(含", "(包括", "(不包括"))
        )

    def cut(self, table: str, kind: str, text: str) -> tuple[str, ...]:
        """The keys of the labels that the text is the first part of, if they are one: 商业 of 商业 / 企业."""
        name = normalise(text)
        if len(name) < _CUT_FROM:
            return ()
        known = self._known.get((table, kind), {})
        keys = {key for label, found in known.items() if label.startswith(name) for key in found}
        return tuple(keys) if len(keys) == 1 else ()

    def ends(self, table: str, kind: str, text: str) -> bool:
        """Whether the text is the last part of a label: 企业 of 商业 / 企业."""
        name = normalise(text)
        known = self._known.get((table, kind), {})
        return len(name) >= _CUT_FROM and any(label.endswith(name) for label in known)

    def begins(self, table: str, text: str) -> bool:
        """Whether the text is the first part of a row label, cut by a page or a line."""
        name = normalise(text)
        return len(name) >= 3 and any(
            label.startswith(name) and label != name for label in self._known[(table, "row")]
        )


def _nearest(name: str, known: dict[str, list[str]]) -> tuple[str, ...]:
    """The one label that a misprint can stand for: at most a quarter of it differs, every other is farther.

    What differs may be no word that makes another label of it: 上年新收… is as near to 本年新收… as a misprint is.
    """
    ranked: list[tuple[int, bool, tuple[str, ...], str]] = []
    near = [
        label
        for label in known
        if len(label) >= _FUZZY_FROM and abs(len(label) - len(name)) <= max(1, len(label) // 4) + 2
    ]
    # Each character that only one of two has must be edited: what differs in more than any misprint is not measured.
    most = max((max(1, len(label) // 4) for label in near), default=0) + 2
    own = frozenset(name)
    for label in near:
        characters = _characters(label)
        if len(own - characters) > most or len(characters - own) > most:
            continue
        limit = max(1, len(label) // 4)
        distance = _distance(name, label)
        ranked.append((distance, distance <= limit, tuple(known[label]), label))
    ranked.sort(key=lambda found: (found[0], not found[1]))
    if not ranked or not ranked[0][1]:
        return ()
    nearest, _, keys_found, nearest_label = ranked[0]
    margin = 1 if nearest == 1 else 2
    if _telling(nearest_label) != _telling(name):
        return ()
    if any(keys != keys_found and distance < nearest + margin for distance, _, keys, _ in ranked[1:]):
        return ()
    return keys_found


@cache
def _characters(label: str) -> frozenset[str]:
    return frozenset(label)


def _telling(name: str) -> list[str]:
    return [char for char in name if char in _TELLING]


def _distance(one: str, other: str) -> int:
    """Levenshtein distance, a whole column at a time in the bits of a number (Myers 1999, as Hyyrö 2003 gives it)."""
    if not one:
        return len(other)
    at: dict[str, int] = {}
    for i, char in enumerate(one):
        at[char] = at.get(char, 0) | 1 << i
    all_bits, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    more, less, distance = all_bits, 0, len(one)
    for char in other:
        equal = at.get(char, 0)
        same = (((equal & more) + more) ^ more) | equal | less
        up, down = less | (all_bits & ~(same | more)), more & same
        distance += bool(up & last) - bool(down & last)
        up, down = (up << 1 | 1) & all_bits, (down << 1) & all_bits
        more, less = down | (all_bits & ~(same | up)), up & same
    return distance


_BUILT: dict[str, Labels] = {}


def for_catalogue(catalogue: Catalogue) -> Labels:
    """The labels of a catalogue, built once for each."""
    if catalogue.digest not in _BUILT:
        _BUILT[catalogue.digest] = Labels(catalogue)
    return _BUILT[catalogue.digest]
