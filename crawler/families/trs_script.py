"""What the script of a TRS list page says of the search that has the rest of its list. Pure.

searchId: 200210 …
listModel({listArgs: {channelid: SiteInfo.searchId, classsql: "" || "chnlid=1813",
    sortfield: "-docorderpri,-docreltime"}, pagebar: {prepage: 10, recordCount: '20', …}})
"""

import re

_SEARCHED = re.compile(r"listArgs\s*:\s*\{(?P<body>[^}]*)\}")
_RECORDS = re.compile(r"recordCount\s*:\s*[\"']?(\d+)")
_KEY = (
    r"{key}\s*:\s*(?:[\"'][\"']\s*\|\|\s*)?[\"']?(?P<value>[^\"',}}\s][^\"'}}]*?)[\"']?\s*(?:,\s*\w+\s*:|$)"
)
_SEARCH_ID = re.compile(r"searchId\s*:\s*[\"']?(\d+)")


def names_search(text: str) -> bool:
    """Whether the script of a page tells a search anything."""
    return _SEARCHED.search(text) is not None


def stated_records(text: str) -> int | None:
    """The number of entries that the script of a list page with a search behind it states."""
    found = _RECORDS.search(text)
    return int(found[1]) if found else None


def search_arguments(text: str) -> dict[str, str] | None:
    """The arguments of the search as the page's script gives them, None where it names no search."""
    found = _SEARCHED.search(text)
    if not found:
        return None
    fields = {}
    for key in ("channelid", "classsql", "sortfield"):
        if value := re.search(_KEY.format(key=key), found["body"].strip()):
            fields[key] = value["value"].strip()
    if not fields.get("channelid", "").isdigit():
        search = _SEARCH_ID.search(text)
        if not search:
            return None
        fields["channelid"] = search[1]
    return fields if "classsql" in fields else None
