"""Radicals as the characters that they look like.

Where two characters share a glyph of a font, some writers of PDF say of it that it is the radical: a search for
青 finds no ⻘ then, and neither does a reader of names. U+2F00 to U+2FDF are the characters of their compatibility
decomposition; U+2E80 to U+2EFF have none but two, and are those that Unicode calls equivalent.
"""

import re
import unicodedata

# Unicode, EquivalentUnifiedIdeograph.txt, U+2E81 to U+2EF3 in order; U+2E80 and U+2E9A have none.
_RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧"
    "⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍"
    "⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳"
)
_IDEOGRAPHS = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛"
    "犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶"
    "辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
_EQUIVALENT = dict(zip(_RADICALS, _IDEOGRAPHS, strict=True))
_ANY = re.compile("[\u2e80-\u2fdf]")


def with_ideographs(text: str) -> str:
    """The text with a unified ideograph for every radical that has one."""
    return _ANY.sub(lambda found: _ideograph(found[0]), text)


def _ideograph(radical: str) -> str:
    return _EQUIVALENT.get(radical) or unicodedata.normalize("NFKC", radical)
