"""Who is who: browsers, tabs, copies, what is forgotten when."""

from __future__ import annotations

import pytest

from playground.core.conversation import Conversation
from playground.ui.visitors import (
    MAX_PAST,
    MAX_TABS,
    Hello,
    NotYours,
    Registry,
    browser_of,
    new_browser,
    new_id,
)

ANNA, BEN = new_browser(), new_browser()


def hello(tab: str = "tab-anna", **more: object) -> Hello:
    return Hello(session=new_id(), tab=tab, **more)  # type: ignore[arg-type]  # the tests name its own fields


def said(conversation: Conversation, text: str) -> None:
    conversation.add(new_id(), text, after=conversation.last, at=0)


def test_a_reload_finds_its_tab_again() -> None:
    registry = Registry()
    tab, _ = registry.hello(ANNA, hello(), at=0)
    said(tab.conversation, "hi")
    again, put_aside = registry.hello(ANNA, hello(), at=1)
    assert again is tab
    assert put_aside is None


def test_two_browsers_share_nothing_even_with_the_same_tab_id() -> None:
    registry = Registry()
    anna, _ = registry.hello(ANNA, hello("same-tab"), at=0)
    ben, _ = registry.hello(BEN, hello("same-tab"), at=0)
    assert anna is not ben


def test_a_session_is_its_browsers_alone() -> None:
    registry = Registry()
    mine = hello()
    tab, _ = registry.hello(ANNA, mine, at=0)
    with pytest.raises(NotYours):
        registry.hello(BEN, mine, at=1)
    assert registry.tab(mine.session, ANNA) is tab
    assert registry.tab(mine.session, BEN) is None
    assert registry.tab(mine.session, None) is None
    assert registry.tab(new_id(), ANNA) is None
    assert registry.may_take(mine.session, ANNA)
    assert not registry.may_take(mine.session, BEN)
    assert not registry.may_take(mine.session, None)
    assert registry.may_take(new_id(), None)


def test_a_duplicated_tab_gets_a_copy() -> None:
    registry = Registry()
    tab, _ = registry.hello(ANNA, hello("first-tab"), at=0)
    said(tab.conversation, "hi")
    tab.endpoint = "other"
    twin, _ = registry.hello(ANNA, hello("second-tab", copy_of="first-tab", had_chat=True), at=1, lost="gone")
    said(twin.conversation, "more")
    assert [turn.said for turn in twin.conversation.path] == ["hi", "more"]
    assert [turn.said for turn in tab.conversation.path] == ["hi"]
    assert twin.endpoint == "other"
    assert twin.notice == ""


def test_nobody_gets_a_copy_of_another_browsers_tab() -> None:
    registry = Registry()
    tab, _ = registry.hello(ANNA, hello("first-tab"), at=0)
    said(tab.conversation, "secret")
    ben, _ = registry.hello(BEN, hello("second-tab", copy_of="first-tab"), at=1)
    assert ben.conversation.path == []


def test_a_new_chat_puts_the_old_one_aside_once() -> None:
    registry = Registry()
    tab, _ = registry.hello(ANNA, hello(), at=0)
    old = tab.conversation
    said(old, "hi")
    new = hello(new_chat=True)
    _, put_aside = registry.hello(ANNA, new, at=1)
    assert put_aside is old
    assert tab.past == [old]
    # The page may ask twice for one session.
    _, again = registry.hello(ANNA, new, at=2)
    assert again is None
    assert tab.past == [old]


def test_an_empty_chat_is_not_kept_and_old_ones_are_bounded() -> None:
    registry = Registry()
    tab, _ = registry.hello(ANNA, hello(), at=0)
    tab.new_chat()
    assert tab.past == []
    for _ in range(MAX_PAST + 5):
        said(tab.conversation, "hi")
        tab.new_chat()
    assert len(tab.past) == MAX_PAST


def test_a_page_whose_chat_is_gone_is_told() -> None:
    tab, _ = Registry().hello(ANNA, hello(had_chat=True), at=0, lost="gone")
    assert tab.notice == "gone"


def test_a_first_visit_and_a_new_chat_are_told_nothing() -> None:
    assert Registry().hello(ANNA, hello(), at=0, lost="gone")[0].notice == ""
    assert Registry().hello(ANNA, hello(had_chat=True, new_chat=True), at=0, lost="gone")[0].notice == ""


@pytest.mark.parametrize("bad", ["", "short", "x" * 65, "a b c d e f g h", "../../../etc"])
def test_what_is_no_id_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not an id"):
        Registry().hello(ANNA, Hello(session=bad, tab="tab-anna"), at=0)
    with pytest.raises(ValueError, match="not an id"):
        Registry().hello(ANNA, Hello(session=new_id(), tab=bad), at=0)


def test_one_browser_cannot_make_the_server_keep_any_number_of_tabs() -> None:
    registry = Registry()
    first = hello("tab-number-0")
    registry.hello(ANNA, first, at=0)
    for number in range(1, MAX_TABS + 1):
        registry.hello(ANNA, hello(f"tab-number-{number}"), at=number)
    again, _ = registry.hello(ANNA, hello("tab-number-1"), at=MAX_TABS + 1)
    fresh, _ = registry.hello(ANNA, hello("tab-number-0", had_chat=True), at=MAX_TABS + 2, lost="gone")
    assert again.notice == ""
    assert fresh.notice == "gone"


def test_a_tab_is_forgotten_after_its_time_but_not_while_it_is_open() -> None:
    registry = Registry()
    open_page, closed_page = hello("tab-open"), hello("tab-closed")
    registry.hello(ANNA, open_page, at=0)
    closed, _ = registry.hello(BEN, closed_page, at=0)
    assert registry.sweep(before=-1, live=frozenset()) == []
    assert registry.sweep(before=10, live=frozenset({open_page.session})) == [closed]
    assert registry.tab(open_page.session, ANNA) is not None
    assert registry.tab(closed_page.session, BEN) is None


@pytest.mark.parametrize("bad", [None, "", "x", "a" * 31, "a" * 65, "ä" * 40, "a b" * 12])
def test_a_cookie_we_never_gave_counts_as_none(bad: str | None) -> None:
    assert browser_of(bad) is None


def test_a_cookie_of_ours_is_recognised_and_no_two_are_the_same() -> None:
    cookie = new_browser()
    assert browser_of(cookie) == cookie
    assert cookie != new_browser()


def test_the_last_choice_that_a_browser_kept_counts_where_nothing_is_known_of_it_here() -> None:
    registry = Registry()
    first, _ = registry.hello(ANNA, hello(choice=("two", "m")), at=0)
    assert (first.endpoint, first.model) == ("two", "m")
    first.endpoint, first.model = "one", None
    second, _ = registry.hello(ANNA, hello("second-tab", choice=("two", "m")), at=1)
    assert (second.endpoint, second.model) == ("one", None)
