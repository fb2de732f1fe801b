"""Decides the charset of a page from its bytes; what the page or the server declares is only a hint.

Portals declare gb2312 and serve GBK or GB18030, send `charset=UTF-8` for GBK bodies, contradict the header in a
meta tag, or misspell the tag altogether. Strict UTF-8 hardly ever succeeds by accident, so it is tried first.
"""

import codecs
import re

from resiliparse.parse.encoding import detect_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# GB18030 contains GBK, which contains GB2312: read as the widest, a rare name does not turn into rubbish.
_WIDENED = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "cp950": "big5hkscs",
    "utf-8": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}
_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_LOOK_AT = 1 << 16


def decode(data: bytes, hint: str | None = None) -> tuple[str, str]:
    """The text of `data` and the name of the charset it was read as.

    `hint` is the charset of the Content-Type header, or the header whole. Never raises: bytes that fit no charset
    become U+FFFD. The text holds no byte order mark and no lone surrogate.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return _read(data[len(bom) :], name), name
    if wide := _utf16_without_mark(data):  # every other byte a NUL is sound UTF-8 too
        return _read(data, wide), wide
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    # A page cut off inside a character, or with one broken byte, is still UTF-8.
    text = _read(data, "utf-8")
    wrong = text.count("\ufffd")
    if (len(data) - len(text)) // 2 >= 20 * wrong:
        return text, "utf-8"
    texts = {name: _read(data, name) for name in _candidates(data, hint)}
    name = min(texts, key=lambda name: _strangeness(texts[name]))
    return texts[name], name


def declared(data: bytes, hint: str | None = None) -> list[str]:
    """The charsets declared for a page, header first, as Python names them; unknown ones are left out."""
    found = [hint.rpartition("=")[2]] if hint else []
    found += [match[1].decode("ascii") for match in _DECLARED.finditer(data[:8192])]
    names: list[str] = []
    for written in found:
        try:
            names.append(codecs.lookup(written.strip(" \"';")).name)
        except (LookupError, ValueError):
            continue
    return names


def _candidates(data: bytes, hint: str | None) -> list[str]:
    """Charsets worth trying, the most credible first; those that read any byte (Latin) are never among them."""
    names = [*declared(data, hint), _detected(data), "gb18030", "big5hkscs"]
    return list(dict.fromkeys(_WIDENED[name] for name in names if name in _WIDENED and name != "utf-8"))


def _detected(data: bytes) -> str:
    try:
        return codecs.lookup(detect_encoding(data[:_LOOK_AT]) or "gb18030").name
    except LookupError:
        return "gb18030"


def _strangeness(text: str) -> int:
    """How much of a text is no common writing: replaced bytes count most, rare and private characters some."""
    sample = text[:_LOOK_AT]
    odd = len(
        re.findall(
            r"[\ue000-\uf8ff\u3400-\u4dbf\u0080-\u009f\u0250-\u1fff\uff61-\uffdc\U00010000-\U0010ffff]",
            sample,
        )
    )
    # Of Chinese text every twelfth character is one of these; of the same bytes misread hardly any.
    common = len(re.findall(r"[的一是在不了有和人政府信息公开行年，。、]", sample))
    return 20 * sample.count("\ufffd") + 2 * odd - common


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:512]
    if head.count(0) * 5 < len(head) or len(head) < 4:
        return None
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _read(data: bytes, charset: str) -> str:
    text = data.decode(charset, "replace")
    return text.removeprefix("\ufeff")
