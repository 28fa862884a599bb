"""The changes to the page's script: all of them at the pinned Chainlit's, none where a place is not what it was."""

from __future__ import annotations

import re

import pytest

from playground.ui.page.patches import PATCHES, Patch, ScriptChanged, patched, place
from tests.ui.test_page import DIST

[MAIN] = (DIST / "assets").glob("index-*.js")
SHIPPED = MAIN.read_text(encoding="utf-8")


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.what)
def test_each_change_finds_its_place_and_makes_a_difference(patch: Patch) -> None:
    changed = patch.made_in(SHIPPED)
    assert changed != SHIPPED


def test_a_change_leaves_all_else_alone() -> None:
    changed = patched(SHIPPED)
    # What is not captured is put back as it was: braces and the like that stood in pairs still do.
    for pair in ("()", "[]", "{}"):
        assert changed.count(pair[0]) - changed.count(pair[1]) == SHIPPED.count(pair[0]) - SHIPPED.count(pair[1])
    assert len(SHIPPED) < len(changed) < len(SHIPPED) + 3000


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.what)
def test_a_script_without_a_place_is_not_changed(patch: Patch) -> None:
    broken = patch.place.sub(lambda found: found[0][::-1], SHIPPED)
    with pytest.raises(ScriptChanged, match="found 0 times"):
        patch.made_in(broken)


@pytest.mark.parametrize("patch", [patch for patch in PATCHES if patch.places == 1], ids=lambda patch: patch.what)
def test_a_script_with_a_place_twice_is_not_changed(patch: Patch) -> None:
    found = patch.place.search(SHIPPED)
    assert found is not None
    with pytest.raises(ScriptChanged, match="found 2 times"):
        patch.made_in(SHIPPED + found[0])


def test_one_change_that_does_not_find_its_place_is_the_end_of_all() -> None:
    broken = PATCHES[-1].place.sub(lambda found: found[0][::-1], SHIPPED)
    with pytest.raises(ScriptChanged, match=PATCHES[-1].what):
        patched(broken)


@pytest.mark.parametrize("script", ["", "console.log(1)", "const e=()=>{}"])
def test_another_script_is_not_changed(script: str) -> None:
    with pytest.raises(ScriptChanged):
        patched(script)


def test_other_names_for_the_same_things_are_no_matter() -> None:
    """The packer gives new names with each release. Every name that a change captures is exchanged for another."""
    renamed = SHIPPED
    names = {name for patch in PATCHES if (found := patch.place.search(SHIPPED)) for name in _captured(found)}
    # Only whole identifiers, not properties (".name", "{name:", ",name:"), which keep theirs.
    for name in sorted(names):
        whole = rf"(?<![\w$])(?:(?<!\.)|(?<=\.\.\.)){re.escape(name)}(?![\w$])"
        renamed = re.sub(rf"{whole}(?!:)|(?<=[?:]){re.escape(name)}(?=:)", f"{name}_renamed$", renamed)
    assert renamed != SHIPPED
    changed = patched(renamed)
    assert changed.count("playground") == patched(SHIPPED).count("playground")


def _captured(found: re.Match[str]) -> list[str]:
    return [
        value
        for name, value in found.groupdict().items()
        if value and re.fullmatch(r"[A-Za-z_$][\w$]{2,}", value) and not name.startswith("between")
    ]


def test_a_name_that_is_repeated_has_to_be_the_same_one() -> None:
    found = place("<a>.current=<b>;<a>()")
    assert found.fullmatch("x$.current=y;x$()")
    assert not found.fullmatch("x.current=y;z()")
    assert not found.search("x.current=y;xy()")


def test_a_name_is_taken_whole() -> None:
    found = place("<a>.memo(").search("something.memo(")
    assert found is not None
    assert found["a"] == "something"


def test_any_name_may_stand_for_a_star_and_nothing_else_is_a_pattern() -> None:
    assert place("f(<*>,<*>)[0]").fullmatch("f(a,b)[0]")
    assert not place("f(<*>)[0]").fullmatch("f(a)0")
