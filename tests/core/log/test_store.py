"""Keeping lines in bounded memory, and finding them."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.core.log.line import Level, Read, Span
from playground.core.log.matching import LONGEST_QUERY, MOST_MARKS, BadQuery, matcher
from playground.core.log.search import Search, Wanted, nearest_in_time
from playground.core.log.store import BLOCK_LINES, Store
from playground.core.log.window import SHORT, Asked, as_text, window


def read(text: str, level: Level = "info", *, own: float | None = None, joined: bool = False) -> Read:
    return Read(text, (), own, level, joined)


def filled(*texts: str) -> Store:
    store = Store()
    for number, text in enumerate(texts):
        store.add(read(text), float(number))
    return store


def numbered(count: int, **limits: int) -> Store:
    store = Store(**limits)
    for number in range(count):
        store.add(read(f"line {number}"), float(number))
    return store


def shown(store: Store, wanted: Wanted, context: int | None = 0) -> list[str]:
    view, search = store.view(), Search(wanted)
    assert search.go_on(view, lambda: False)
    return [line.text for line in view.lines(search.shown(view, context))]


def look(store: Store, wanted: Wanted = Wanted(), **asked: object) -> dict[str, Any]:  # noqa: B008  # frozen
    view, search = store.view(), Search(wanted)
    search.go_on(view, lambda: False)
    return window(view, search, Asked(**asked))  # type: ignore[arg-type]


# Keeping


def test_a_line_is_kept_with_all_that_is_known_of_it() -> None:
    store = Store()
    store.add(Read("wärm", (Span(0, 2, "red"),), 5.0, "warning"), 7.0)
    store.add(read("more", "warning", joined=True), 8.0)
    first, second = store.view().lines(range(2))
    assert (first.number, first.at, first.arrived, first.level, first.text) == (0, 5.0, 7.0, "warning", "wärm")
    assert first.spans == (Span(0, 2, "red"),) and not first.joined
    assert (second.at, second.joined) == (8.0, True)
    assert store.view().line(1) == second
    with pytest.raises(IndexError):
        store.view().line(2)


def test_the_oldest_are_forgotten_and_at_least_so_many_stay() -> None:
    store = numbered(12_345, most_lines=5_000)
    assert 5_000 <= len(store) <= 5_000 + BLOCK_LINES
    view = store.view()
    assert view.line(view.first).text == f"line {view.first}"
    assert view.line(view.end - 1).text == "line 12344"
    with pytest.raises(IndexError):
        view.line(view.first - 1)


def test_memory_is_bounded_by_bytes_as_well() -> None:
    store = Store(most_bytes=1_000_000)
    for _ in range(3_000):
        store.add(Read("x" * 5_000, (Span(0, 1, "red"),), None, "info"), 1.0)
        assert store.bytes < 1_000_000 + 70_000
    assert 100 < len(store) < 200


def test_two_hundred_thousand_usual_lines_fit() -> None:
    store = Store()
    for number in range(200_000):
        store.add(read(f"{number:07d} " + "x" * 150), 1.0)
    assert len(store) == 200_000
    assert store.bytes < 64 * 2**20


def test_a_view_does_not_change_when_lines_are_added() -> None:
    store = numbered(10)
    view = store.view()
    store.add(read("later"), 1.0)
    assert [line.text for line in view.lines(range(view.first, view.end))] == [f"line {number}" for number in range(10)]


def test_what_turns_out_to_be_a_traceback_makes_its_first_line_an_error() -> None:
    store = Store()
    for level, joined in (("warning", False), ("unknown", False), ("error", True), ("error", True)):
        store.add(read("x", level, joined=joined), 1.0)  # type: ignore[arg-type]
    assert [line.level for line in store.view().lines(range(4))] == ["warning", "error", "error", "error"]
    store = Store()
    store.add(read("x", "error", joined=True), 1.0)
    store.add(read("of a warning", "warning"), 1.0)
    store.add(read("y", "error", joined=True), 1.0)
    lines = store.view().lines(range(3))
    assert [line.joined for line in lines] == [False, False, True], "the first of all has none before it"
    assert lines[1].level == "warning"


def test_a_text_of_ours_with_a_break_is_one_line() -> None:
    assert [line.text for line in filled("a\nb").view().lines([0])] == ["a b"]


# Finding


def test_plain_text_is_found_without_regard_to_capitals() -> None:
    store = filled("One two", "ÉTÉ", "none", "TWO")
    assert shown(store, Wanted("tWo")) == ["One two", "TWO"]
    assert shown(store, Wanted("été")) == ["ÉTÉ"]
    assert shown(store, Wanted("(a+)+$")) == []
    assert shown(store, Wanted("ünseen")) == []


def test_an_expression_is_found_within_lines_only() -> None:
    store = filled("a 12 ms", "A 7 s", "b", "", "É 9")
    assert shown(store, Wanted(r"^a \d+ m?s$", regex=True)) == ["a 12 ms", "A 7 s"]
    assert shown(store, Wanted(r"[^x]+b", regex=True)) == []
    assert shown(store, Wanted(r"ms\s+A", regex=True)) == []
    assert shown(store, Wanted(r"^$", regex=True)) == [""]
    assert shown(store, Wanted(r"é \d", regex=True)) == ["É 9"]
    assert shown(store, Wanted(r"(?-i)^A", regex=True)) == ["A 7 s"]


@pytest.mark.parametrize(
    "bad", ["(a", r"(a)\1", "a(?=b)", "(?<!a)b", "a**", "x{99999}", "((a{100}){100}){100}", "[\ud800"]
)
def test_what_is_no_expression_of_linear_time_is_refused_with_the_reason(bad: str) -> None:
    with pytest.raises(BadQuery, match="no expression"):
        Search(Wanted(bad, regex=True))


@pytest.mark.parametrize("evil", ["(a+)+$", "(a|a)*b", "(.*a){20}$", "(a?){40}a{40}", "((a*)*)*b"])
def test_an_expression_that_would_go_back_for_ever_ends(evil: str) -> None:
    # Of 30 letters each more doubles the time in an engine that goes back; here are 8,000.
    store = filled(*("a" * 8_000 + "!" for _ in range(20)))
    assert isinstance(shown(store, Wanted(evil, regex=True)), list)


def test_a_query_has_a_limit() -> None:
    with pytest.raises(BadQuery, match="too long"):
        matcher("x" * (LONGEST_QUERY + 1), regex=False)


def test_without_the_package_only_plain_text_is_found_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(BadQuery, match="pyre2"):
        matcher("x", regex=True)
    assert matcher("x", regex=False).block(b"x\n") == b"\1"


def test_levels_and_times_count_beside_the_text() -> None:
    store = Store()
    for number in range(3_000):
        store.add(read(f"line {number}", "error" if number % 100 == 0 else "info"), float(number))
    assert shown(store, Wanted(levels=frozenset({"error"}), since=150.0, until=400.0)) == [
        "line 200",
        "line 300",
        "line 400",
    ]
    assert shown(store, Wanted("5", levels=frozenset({"error"}), until=600.0)) == ["line 500"]
    assert shown(store, Wanted("299", since=2_500.0)) == [f"line {n}" for n in range(2_990, 3_000)]
    assert shown(store, Wanted(since=9_999.0)) == []


def test_lines_around_a_hit_come_with_it_and_no_line_twice() -> None:
    store = numbered(20)
    assert shown(store, Wanted("line 5"), 2) == [f"line {n}" for n in range(3, 8)]
    assert shown(store, Wanted("line 0"), 2) == ["line 0", "line 1", "line 2"]
    assert shown(store, Wanted("line 19"), 2) == ["line 17", "line 18", "line 19"]
    assert len(shown(store, Wanted("line"), 5)) == 20
    assert len(shown(store, Wanted("line 7"), None)) == 20
    assert shown(store, Wanted(levels=frozenset({"error"})), None) == []


def test_a_traceback_is_shown_whole_where_a_line_of_it_is_a_hit() -> None:
    store = Store()
    for text, joined in (("a", False), ("b", False), ("c", True), ("d", True), ("e", False), ("f", True)):
        store.add(read(text, joined=joined), 1.0)
    assert shown(store, Wanted("c")) == ["b", "c", "d"]
    assert shown(store, Wanted("b")) == ["b", "c", "d"]
    assert shown(store, Wanted("[cd]", regex=True)) == ["b", "c", "d"]
    assert shown(store, Wanted("f")) == ["e", "f"]
    assert shown(store, Wanted("a")) == ["a"]


def test_a_traceback_whose_beginning_is_forgotten_is_shown_as_far_as_it_is_there() -> None:
    store = Store(most_lines=1)
    for number in range(BLOCK_LINES * 2 + 10):
        store.add(read(f"line {number}", joined=number > 0), 1.0)
    assert len(shown(store, Wanted(f"line {BLOCK_LINES * 2}"))) == len(store)


@pytest.mark.parametrize("regex", [False, True])
def test_a_search_is_stopped_and_goes_on_and_looks_at_no_settled_block_twice(*, regex: bool) -> None:
    store = numbered(10_500)
    view, search = store.view(), Search(Wanted("line 1", regex=regex))
    steps = 1
    while not search.go_on(view, lambda: True):
        steps += 1
    # Also within a block: an expression can take as long for one as a whole search may.
    assert len(view.blocks) < steps <= 2 * len(view.blocks)
    whole = search.mask(view).count(1)
    assert whole == sum("line 1" in f"line {n}" for n in range(10_500))
    looked = 0

    def count() -> bool:
        nonlocal looked
        looked += 1
        return False

    store.add(read("line 1 more"), 1.0)
    view = store.view()
    assert len(search.mask(view)) == 10_501, "what has not been looked through is no hit"
    assert search.mask(view).count(1) == whole
    assert search.go_on(view, count)
    assert looked == 0
    assert search.mask(view).count(1) == whole + 1


def test_what_was_found_in_lines_that_are_forgotten_is_forgotten() -> None:
    store, search = Store(most_lines=1), Search(Wanted("line"))
    for number in range(5_000):
        store.add(read(f"line {number}"), 1.0)
        if number % 500 == 0:
            search.go_on(store.view(), lambda: False)
    search.go_on(store.view(), lambda: False)
    assert len(search._found) <= 2


def test_lines_of_a_time_are_found_by_what_they_name_and_by_when_they_came() -> None:
    store = Store()
    for number in range(2_500):
        store.add(read(f"{number}", own=10_000.0 if number == 7 else None), float(number))
    found = [line.text for line in nearest_in_time(store.view(), 6.0, 8.0, 100)]
    assert found == ["6", "7", "8"]
    assert [line.text for line in nearest_in_time(store.view(), 9_999.0, 10_001.0, 100)] == ["7"]
    assert len(list(nearest_in_time(store.view(), 0.0, 5_000.0, 11))) == 11


@given(
    st.lists(st.text(alphabet="abé \t<&", max_size=12), max_size=40),
    st.text(alphabet="abé.*+[]()^$\\|?", min_size=1, max_size=8),
)
def test_an_expression_finds_the_lines_that_pythons_own_finds(texts: list[str], query: str) -> None:
    try:
        ours = shown(filled(*texts), Wanted(query, regex=True))
        theirs = [text for text in texts if re.search(query, text, re.IGNORECASE)]
    except (BadQuery, re.error):
        return
    assert ours == theirs


@given(st.lists(st.text(alphabet="abcdé", max_size=6), max_size=40), st.text(alphabet="abcdÉ", min_size=1, max_size=3))
def test_plain_text_finds_the_lines_that_have_it(texts: list[str], query: str) -> None:
    assert shown(filled(*texts), Wanted(query)) == [text for text in texts if query.lower() in text.lower()]


# What a page sees


def test_the_end_is_shown_and_how_much_there_is() -> None:
    seen = look(numbered(500), limit=10)
    assert [line["n"] for line in seen["lines"]] == list(range(490, 500))
    assert (seen["rows"], seen["row"], seen["first"], seen["end"], seen["hits"]) == (500, 490, 0, 500, None)
    assert (seen["target"], seen["rank"], seen["anchor"]) == (None, None, None)


def test_a_place_among_what_is_shown_is_a_row() -> None:
    store = numbered(500)
    assert look(store, limit=10, where="row", at=77)["row"] == 77
    assert look(store, limit=10, where="row", at=9_999)["row"] == 490
    assert look(store, limit=10, where="row", at=-5)["row"] == 0
    seen = look(store, Wanted("line 49"), limit=5, context=0, where="row", at=2, anchor=492)
    assert [line["n"] for line in seen["lines"]] == [491, 492, 493, 494, 495]
    assert (seen["rows"], seen["anchor"]) == (11, 3)


def test_matches_are_gone_through_in_both_directions_and_round_the_end() -> None:
    store = numbered(100)
    wanted = Wanted("line 5")
    seen = look(store, wanted, where="next", at=5, limit=20, context=None)
    assert (seen["target"], seen["rank"], seen["hits"], seen["row"]) == (50, 2, 11, 40)
    assert look(store, wanted, where="back", at=50)["target"] == 5
    assert look(store, wanted, where="next", at=59)["target"] == 5
    assert look(store, wanted, where="back", at=5)["target"] == 59
    assert look(store, Wanted("nothing"), where="back", at=5)["target"] is None
    assert look(store, where="line", at=7, limit=4)["target"] == 7
    assert look(store, where="line", at=700)["target"] is None


def test_found_places_and_colours_cut_a_line_into_parts() -> None:
    store = Store()
    store.add(Read("an Error here", (Span(0, 5, "red"),), None, "error"), 3.0)
    [line] = look(store, Wanted("error"))["lines"]
    assert line["parts"] == [["an ", "red", 0], ["Er", "red", 1], ["ror", "", 1], [" here", "", 0]]
    assert line["hit"] and line["level"] == "error" and not line["joined"] and not line["marked"]
    [line] = look(store, marked=(2.0, 4.0))["lines"]
    assert line["parts"] == [["an Er", "red", 0], ["ror here", "", 0]]
    assert line["marked"] and not line["hit"]


def test_marks_are_bounded_and_never_empty() -> None:
    assert len(matcher("a", regex=False).marks("a" * 5_000)) == MOST_MARKS
    assert len(matcher("a", regex=True).marks("a" * 5_000)) == MOST_MARKS
    assert matcher("x*", regex=True).marks("axxb") == [(1, 3)]
    assert matcher("İ", regex=False).marks("aİb") in ([(1, 2)], [])


def test_a_long_line_is_sent_short_where_it_is_not_wrapped() -> None:
    store = filled("x" * (SHORT + 5))
    assert look(store)["lines"][0]["more"] == 5
    assert look(store, wide=True)["lines"][0]["more"] == 0
    store = Store()
    store.add(Read("x" * (SHORT + 5), (Span(SHORT - 1, SHORT + 3, "red"),), None, "info"), 3.0)
    [line] = look(store)["lines"]
    assert "".join(part[0] for part in line["parts"]) == "x" * SHORT


def test_lines_become_a_text() -> None:
    view = numbered(2_500).view()
    assert as_text(view, [0, 3, 2_400]) == b"line 0\nline 3\nline 2400\n"
    assert as_text(view, []) == b""


def test_nothing_is_shown_of_nothing() -> None:
    seen = look(Store(), Wanted("x"), context=2)
    assert (seen["rows"], seen["lines"], seen["hits"]) == (0, [], 0)


def test_a_search_that_is_stopped_within_a_block_finds_in_lines_that_come_meanwhile_too() -> None:
    store = numbered(990)
    search = Search(Wanted("line"))
    assert not search.go_on(store.view(), lambda: True)
    for number in range(990, 2_500):
        store.add(read(f"line {number}"), 1.0)
    view = store.view()
    while not search.go_on(view, lambda: True):
        pass
    assert search.mask(view).count(1) == 2_500
    # And what has been begun of lines that are forgotten is forgotten.
    small = Store(most_lines=1)
    for number in range(990):
        small.add(read(f"line {number}"), 1.0)
    search = Search(Wanted("line"))
    assert not search.go_on(small.view(), lambda: True)
    for number in range(3_000):
        small.add(read(f"more {number}"), 1.0)
    while not search.go_on(small.view(), lambda: True):
        pass
    assert search.mask(small.view()).count(1) == 0


def test_an_expression_that_takes_long_marks_no_more_once_it_is_enough() -> None:
    store = numbered(3)
    view, search = store.view(), Search(Wanted("l.ne", regex=True))
    search.go_on(view, lambda: False)
    assert window(view, search, Asked(), lambda: False)["lines"][0]["parts"] == [["line", "", 1], [" 0", "", 0]]
    assert window(view, search, Asked(), lambda: True)["lines"][0]["parts"] == [["line 0", "", 0]]
