"""White space as a reader of a page sees it, and what the markup of a word processor leaves behind in the text."""

import re

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u0000"))
_HAS_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u0000]")
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’—…·〔〕"
# A line of the source that breaks between two Chinese characters is no blank (CSS Text 3, 4.1.3).
_SOURCE_BREAK = re.compile(f"(?<=[{_CJK}])[ \t\r]*\n[ \t\r\n]*(?=[{_CJK}])")
# Conditional comments of Word that an editor escaped into the text: <!--[if !supportLists]-->
_CONDITIONAL = re.compile(r"<!--\s*\[(?:if[^\]]*|endif)\]\s*-*>|<!\s*\[(?:if[^\]]*|endif)\]\s*-*>")


def fold(text: str) -> str:
    """`text` with every run of white space (full-width and no-break blanks too) as one blank, and none at the ends.

    A line break of the source between two Chinese characters vanishes, as do characters without any width.
    """
    if text.isascii() and text.isalnum():
        return text  # most cells
    if "\n" in text:
        text = _SOURCE_BREAK.sub("", text)
    if not text.isascii() and _HAS_INVISIBLE.search(text):
        text = text.translate(_INVISIBLE)
    if "<!" in text:
        text = _CONDITIONAL.sub("", text)
    return " ".join(text.split())
