"""The label of a Lonsun 龙讯 page: the request by which its script fetches the list. Pure.

The script posts to `/site/label/8888`, with `labelName=publicInfoList&siteId=…&organId=…&catIds=…&pageSize=15&pageIndex=1&file=…`
as an address or as an object.
"""

import re
from html import unescape
from urllib.parse import parse_qsl, urljoin

from crawler.families.listing import Ask, ask_form
from crawler.families.page_calls import fields_in

_LABEL = re.compile(r"[\"'](/(?:\w+/)*site/label/\d+)")
_BY_ADDRESS = re.compile(r"[\"'?]([^\"'?\s]*labelName=publicInfoList[^\"'\s]*)")
_BY_OBJECT = re.compile(r"\{([^{}]*labelName[\"']?\s*:\s*[\"']publicInfoList[\"'][^{}]*)\}")


def label_asked(text: str, url: str) -> Ask | None:
    """The first request that the script of a page makes for its list, None where it makes none.

    Args:
        text: the page.
        url: where it was served.
    """
    label = _LABEL.search(text)
    if label and (found := _BY_ADDRESS.search(text)):
        fields = dict(parse_qsl(unescape(found[1]), keep_blank_values=True))
    elif label and (found := _BY_OBJECT.search(text)):
        fields = fields_in(found[1])
    else:
        return None
    return ask_form(urljoin(url, label[1]), {**fields, "pageIndex": 1}, 2)
