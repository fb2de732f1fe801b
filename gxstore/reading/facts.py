"""Facts told in the narrative, each with the sentence that tells it.

Tables are no narrative: `计1条` in a label is no count. A rule that is not sure stays silent; a wrong fact is worse
than none. Numbers in the tables are never taken from here.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from gxstore.reading.facts_published import PUBLISHED
from gxstore.reading.facts_requested import REQUESTED
from gxstore.reading.report import Fact
from gxstore.reading.told import Told, fact, sentences, telling

_POWER = re.compile(
    r"(?P<kind>行政(?:许可|处罚|强制|给付|检查|奖励|裁决|确认|征收|征用)|其[他它]类?)(?:职权|权力|事项|类)*(?P<n>\d+)\s*项"
)
_NPC = re.compile(r"人大(?:代表)?[^，。；;\d]{0,14}?建议[^，。；;\d]{0,4}(?P<n>\d+)\s*件")
_CPPCC = re.compile(r"政协(?:委员)?[^，。；;\d]{0,14}?提案[^，。；;\d]{0,4}(?P<n>\d+)\s*件")
_HOTLINE = re.compile(r"热线(?:电话)?\s*[（(：:]?\s*(?P<n>\d{3,4}-\d{7,8}|\d{7,8}|1\d{4})")


def read_facts(paragraphs: Sequence[str]) -> tuple[Fact, ...]:
    """The facts that paragraphs tell, at most one of each code (followers: one an account)."""
    told = [sentence for paragraph in paragraphs for sentence in sentences(paragraph)]
    facts: list[Fact] = []
    for rule in _RULES:
        facts.extend(rule(told))
    return tuple(facts)


def _powers(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "项"):
        matches = list(_POWER.finditer(sentence.text))
        found = {match["kind"]: int(match["n"]) for match in matches}
        if len(found) >= 2 and re.search(r"职权|权力|权责", sentence.text):
            yield fact("nar.powers", found, sentence, matches[0])
            return


def _proposals(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "政协"):
        npc, cppcc = _NPC.search(sentence.text), _CPPCC.search(sentence.text)
        if npc and cppcc:
            yield fact("nar.proposals", {"npc": int(npc["n"]), "cppcc": int(cppcc["n"])}, sentence, npc)
            return


def _hotline(told: Sequence[Told]) -> Iterator[Fact]:
    for sentence in telling(told, "热线"):
        if match := _HOTLINE.search(sentence.text):
            yield fact("nar.hotline", match["n"], sentence, match)
            return


_RULES: tuple[Callable[[Sequence[Told]], Iterator[Fact]], ...] = (
    *PUBLISHED,
    *REQUESTED,
    _powers,
    _proposals,
    _hotline,
)
