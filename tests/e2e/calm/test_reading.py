"""A reader selects, scrolls code, copies and looks at pictures while the answer is being written."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.calm.answers import EVERYTHING, FILLER, LINE
from tests.e2e.calm.reader import Reader
from tests.stage import HOLD, document

THROWN_AWAY = "Chainlit's page makes the message's elements anew at each frame, so nothing in them lasts"
COPIES_ITS_MARK = "Chainlit's page copies the mark that it puts where the text grows (U+200B) along with the code"
NO_DATA_URLS = "Chainlit's Markdown empties every address that is not http, so it shows no picture from a data URL"

# To select is "words chosen". First the very line grows on, then lines come after it.
GROWING = {
    "a paragraph": "A paragraph with the words chosen here{0} and it goes on and on{0}. It ends.",
    "a bold run": "Some **bold text with the words chosen here{0} and it goes on and on{0}** and it ends.",
    "an item": "- one\n- an item with the words chosen here{0} and it goes on and on{0}\n- last",
    "a quotation": "> the words chosen here{0} and it goes on and on{0}\n> and on",
    "a cell": "| a | b |\n|---|---|\n| the words chosen here{0} and it goes on and on{0} | x |\n",
    "a heading": "## A heading with the words chosen here{0} and it goes on and on{0}\n\nText.",
    "code": "```python\nfirst = 'the words chosen here{0} and it goes on and on'\n{0}third = 3\n```\n",
    "code of no language": "```\nthe words chosen here{0} and it goes on and on\n{0}third\n```\n",
}


@pytest.mark.patched_only(THROWN_AWAY)
@pytest.mark.parametrize(
    "words",
    [
        "heading with words",
        "paragraph with words",
        "bold words",
        "linked text",
        "an item with words",
        "a deeper item with words",
        "a quotation with words",
        "a cell with words",
        "code_with_words",
    ],
)
def test_what_is_selected_stays_selected_while_more_comes_and_at_the_end(reader: Reader, words: str) -> None:
    reader.ask(EVERYTHING, 400)
    reader.sees("so far")
    reader.select(words)
    reader.release()
    reader.sees("more0x20")
    assert reader.selected == words
    reader.sees("second time to hold")
    assert reader.selected == words
    reader.release()
    reader.answered("The end.")
    expect(reader.figures()).to_have_count(1)
    assert reader.selected == words


@pytest.mark.patched_only(THROWN_AWAY)
@pytest.mark.parametrize("kind", GROWING)
def test_a_selection_in_the_very_block_that_grows_stays(reader: Reader, kind: str) -> None:
    words = "words chosen"
    reader.ask(f"Before.\n\n{GROWING[kind].format(HOLD)}\n\nAfter.", 400)
    reader.sees("chosen here")
    reader.select(words)
    reader.release()
    reader.sees("on and on")
    assert reader.selected == words
    reader.release()
    reader.answered("After.")
    expect(reader.figures()).to_have_count(1)
    assert reader.selected == words


def code(reader: Reader) -> Locator:
    """The box in which the last block of code scrolls sideways."""
    return reader.answer.locator("pre code").last


def scrolled(reader: Reader) -> int:
    return int(code(reader).evaluate("box => Math.max(box.scrollLeft, box.parentElement.scrollLeft)"))


def scroll_code(reader: Reader) -> int:
    """Turns the wheel sideways over it; returns where it came to."""
    code(reader).hover(position={"x": 60, "y": 20})
    reader.page.mouse.wheel(160, 0)
    reader.until(lambda: scrolled(reader) == 160, "the code scrolls sideways")
    return scrolled(reader)


@pytest.mark.patched_only(THROWN_AWAY)
def test_code_keeps_its_sideways_scroll_while_text_comes_after_it(reader: Reader) -> None:
    reader.ask(f"```python\n{LINE}\n```\n\nAfter it{HOLD} comes\n\n{FILLER}\n\nThe end.", 400)
    reader.sees("After it")
    before = scroll_code(reader)
    reader.release()
    reader.sees("more1x")
    assert scrolled(reader) == before
    reader.answered("The end.")
    assert scrolled(reader) == before


@pytest.mark.patched_only(THROWN_AWAY)
@pytest.mark.parametrize("language", ["python", "nosuchlanguage"])
def test_code_keeps_its_sideways_scroll_while_it_grows(reader: Reader, language: str) -> None:
    lines = "\n".join(f"line_{number} = {number}" for number in range(12))
    reader.ask(f"```{language}\n{LINE}\n{HOLD}{lines}\nlast = 1\n```\n\nThe end.")
    reader.sees("so that the line is long")
    before = scroll_code(reader)
    reader.release()
    reader.sees("line_8 =")
    assert scrolled(reader) == before
    reader.answered("The end.")
    assert scrolled(reader) == before


@pytest.mark.patched_only(COPIES_ITS_MARK)
@pytest.mark.parametrize("fence", ["```python", "```nosuchlanguage", "```"])
def test_the_copy_button_copies_what_has_come_of_a_block_that_grows(reader: Reader, fence: str) -> None:
    reader.ask(f"Before.\n\n{fence}\nfirst = 1\nsecond = 2{HOLD}2\nthird = 3\n```\n\nThe end.{HOLD}")
    reader.sees("second = 2")
    reader.empty_clipboard()
    copy = reader.answer.locator("button:has(svg.lucide-copy)")
    copy.click()
    expect(reader.answer.locator("svg.lucide-check")).to_have_count(1)
    assert reader.clipboard.rstrip("\n") == "first = 1\nsecond = 2"
    reader.release()
    reader.sees("The end.")
    expect(copy).to_have_count(1)
    copy.click()
    expect(reader.answer.locator("svg.lucide-check")).to_have_count(1)
    assert reader.clipboard.rstrip("\n") == "first = 1\nsecond = 22\nthird = 3"
    reader.release()
    reader.answered("The end.")


@pytest.mark.patched_only(THROWN_AWAY)
def test_a_press_on_copy_counts_when_the_block_grows_under_it(reader: Reader) -> None:
    reader.ask(f"```python\nfirst = 1\n{HOLD}second = 2\n{HOLD}third = 3\n```\n\nThe end.")
    reader.sees("first = 1")
    reader.empty_clipboard()
    reader.answer.locator("button:has(svg.lucide-copy)").hover()
    reader.page.mouse.down()
    reader.release()
    reader.sees("second = 2")
    reader.page.mouse.up()
    reader.until(lambda: "first = 1" in reader.clipboard, "the press copies", seconds=3)
    reader.release()
    reader.answered("The end.")


@pytest.mark.patched_only(NO_DATA_URLS)
def test_a_picture_in_the_answer_is_shown_loads_once_and_is_never_made_anew(reader: Reader) -> None:
    picture = re.findall(r"!\[.*?\]\(data:.*?\)", document("images"))[0]
    reader.page.evaluate(
        "loaded = 0; document.addEventListener('load', event => loaded += /^data:/.test(event.target.src), true)"
    )
    reader.ask(f"Before.\n\n{picture}\n\nAfter it{HOLD} comes\n\n{FILLER}\n\nThe end.", 400)
    reader.sees("After it")
    image = reader.answer.locator("img")
    assert str(image.get_attribute("src")).startswith("data:image/png;base64,")
    reader.until(
        lambda: bool(image.evaluate("image => image.complete && image.naturalWidth > 0")), "the picture is there"
    )
    node = image.element_handle()
    reader.release()
    reader.answered("The end.")
    assert node is not None and node.evaluate("image => image.isConnected")
    assert reader.page.evaluate("loaded") == 1


@pytest.mark.parametrize("opened", [True, False])
def test_thinking_stays_as_the_reader_left_it(reader: Reader, opened: bool) -> None:
    reader.ask(
        f"The answer begins{HOLD} and goes on.\n\n{FILLER}\n\nThe end.",
        400,
        f"I think of this {HOLD}and of that {HOLD}and of more. {HOLD}So be it.",
    )
    thinking = reader.page.locator('.step[data-step-type="tool"]')
    fold = thinking.get_by_role("button").first
    thoughts = thinking.locator(".message-content")
    # Opened as soon as it can be; then, for the second case, closed again while it is under way.
    fold.click()
    expect(thoughts).to_contain_text("of this")
    reader.release()
    expect(thoughts).to_contain_text("of that")
    if not opened:
        fold.click()
        expect(fold).to_have_attribute("aria-expanded", "false")
    for words in ("of more", "So be it"):
        reader.release()
        if opened:
            expect(thoughts).to_contain_text(words)
    reader.sees("The answer begins")
    expect(fold).to_have_attribute("aria-expanded", str(opened).lower())
    reader.release()
    reader.answered("The end.")
    expect(fold).to_contain_text("Thought for")
    expect(fold).to_have_attribute("aria-expanded", str(opened).lower())
    expect(thoughts).to_have_count(int(opened))
