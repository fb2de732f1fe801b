"""Paging by number: a request for another page differs from the first in its number alone."""

import json
from urllib.parse import parse_qs, parse_qsl, quote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.families.anchors import soup_of
from crawler.families.listing import MOST_PAGES, Ask, ask_form, ask_json
from crawler.families.paging import (
    given_at_once,
    later_pages,
    next_by_link,
    next_page,
    number_asked,
    page_asked,
    pages_filled,
    with_number,
)

# 银川 in GB 2312, as portals of that charset write it into their addresses.
OTHER_CHARSET = "http://a.example/list.jsp?name=%D2%F8%B4%A8&;kw=&page=3&Page=7#top"


def test_another_page_has_all_else_of_the_address_to_the_letter() -> None:
    asked = Ask(OTHER_CHARSET, page=4)
    assert number_asked(asked, "page") == 3
    assert page_asked(asked, "page", 11) == Ask(OTHER_CHARSET.replace("&page=3", "&page=11"), page=12)


def test_an_address_without_a_number_asks_for_page_one_and_gets_its_number_last() -> None:
    asked = Ask("http://a.example/list?cid=5")
    assert number_asked(asked, "pageIndex") == 1
    assert next_page(asked, "pageIndex") == (Ask("http://a.example/list?cid=5&pageIndex=2", page=2),)


def test_a_form_keeps_its_headers_and_its_other_fields() -> None:
    asked = ask_form("http://a.example/search?page=9", {"area": "试 县", "currpage": 1, "kw": ""}, 2)
    (second, third) = later_pages(asked, "currpage", 3)
    assert (third.url, third.headers, third.page) == (asked.url, asked.headers, 4)
    assert third.body == asked.body.replace("currpage=1", "currpage=3")
    assert later_pages(second, "currpage", 3) == ()


def test_the_number_in_json_is_changed_wherever_it_stands() -> None:
    asked = ask_json("http://a.example/rest", {"pageIndex": 0, "params": {"pageIndex": 0, "size": 7}}, 3)
    first, second = later_pages(asked, "pageIndex", 2, first=0)
    assert json.loads(second.body) == {"pageIndex": 2, "params": {"pageIndex": 2, "size": 7}}
    assert (first.page, second.page) == (4, 5)


@pytest.mark.parametrize("posted", [False, True])
def test_the_number_in_json_within_a_field_is_changed_there(posted: bool) -> None:
    window = quote_plus(json.dumps({"pageNo": 1, "pageSize": 15, "kw": "年报"}))
    asked = (
        Ask("http://a.example/unit", "POST", f"params={window}&z=1")
        if posted
        else Ask(f"http://a.example/unit?params={window}&z=1")
    )
    changed = with_number(page_asked(asked, "params.pageNo", 6), "params.pageSize", 8)
    sent = changed.body if posted else urlsplit(changed.url).query
    assert json.loads(parse_qs(sent)["params"][0]) == {"pageNo": 6, "pageSize": 8, "kw": "年报"}
    assert (number_asked(changed, "params.pageNo"), changed.page) == (6, 6)
    assert dict(parse_qsl(sent))["z"] == "1"


def test_a_trap_is_asked_for_so_many_pages_and_no_more() -> None:
    assert len(later_pages(Ask("http://a.example/?page=1"), "page", 99_999)) == MOST_PAGES - 1


def test_the_next_page_is_that_of_the_page_s_own_address_whatever_was_posted() -> None:
    page = soup_of('<a href="list.aspx?cid=6&page=9">9</a><a href="other.aspx?page=40">40</a>')
    asked = Ask("http://a.example/list.aspx?cid=5", "POST", "page=30", page=8)
    assert next_by_link(page, asked, "page") == (Ask("http://a.example/list.aspx?cid=5&page=2", page=9),)
    assert next_by_link(page, Ask("http://a.example/list.aspx?page=9"), "page") == ()
    assert next_by_link(page, Ask("http://a.example/list.aspx?page=9"), "page", stated=10) != ()


@given(
    total=st.integers(1, 5000), asked_for=st.integers(10, 100), cap=st.integers(10, 200), exact=st.booleans()
)
def test_the_pages_that_are_asked_for_hold_all_entries_of_a_server_that_caps_them(
    total: int, asked_for: int, cap: int, exact: bool
) -> None:
    at_once = min(asked_for, cap)
    came = min(total, at_once)
    size = given_at_once(total, asked_for, came)
    assert pages_filled(total, size) * at_once >= total
    if exact:
        assert (pages_filled(total, size) - 1) * at_once < total
