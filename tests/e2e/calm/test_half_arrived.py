"""What is shown of a construct while only half of it has come: the stream holds there, then brings the rest."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.e2e.calm.reader import Reader
from tests.stage import HOLD, document

PICTURE = document("images").split("(", 1)[1].split(")", 1)[0]
# As shipped, ":image" is taken for a directive, which the page does not draw.
EATEN = PICTURE[:60].replace(":image", " ")
# Chainlit's elements: a paragraph, bold and italic text are not <p>, <strong> and <em>.
PARAGRAPH, BOLD, ITALIC = "[role=article]", "span.font-bold", "span.italic"


@dataclass(frozen=True, slots=True)
class Half:
    """`half` has come, then comes `rest`. `reads`: what is read meanwhile; line ends and blanks count as one blank.

    `drawn` is on the page meanwhile, `whole` at the end (selectors). None: it is text yet, and `whole` is not there.
    `raw`: what is read of it on the page as shipped, where that is something else.
    """

    half: str
    reads: str
    drawn: str | None
    rest: str
    whole: str
    raw: str | None = None


HALVES = {
    # Code stands in its box from the first line on, and what has come of it is code.
    "fence with code": Half("```py\ndef f():\n    return 1", "py def f(): return 1", "pre code", "\n```", "pre code"),
    "fence with a language only": Half("```py", "py", ".rounded-lg button", "\nx = 1\n```", "pre code"),
    "fence, bare": Half("```", "text", ".rounded-lg button", "py\nx = 1\n```", "pre code", "Raw code"),
    "fence of one mark less": Half("``", "``", None, "`py\nx = 1\n```", "pre code"),
    "fence of tildes": Half(
        "~~~\nx = 1", "text x = 1", ".rounded-lg code", "\n~~~", ".rounded-lg code", "Raw code x = 1"
    ),
    "fence in an item": Half("- do:\n\n  ```sh\n  echo 1", "do: sh echo 1", "li pre code", "\n  ```", "li pre code"),
    # A table is text until its first row begins, since until then it may be no table.
    "table, head": Half("| a | b |", "| a | b |", None, "\n|---|---|\n| 1 | 2 |", "table td"),
    "table, half its rule": Half("| a | b |\n|--", "| a | b | |--", None, "-|---|\n| 1 | 2 |", "table td"),
    "table, head and rule": Half("| a | b |\n|---|---|", "| a | b | |---|---|", None, "\n| 1 | 2 |", "table td"),
    "table, half a row": Half("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 ", "a b 1 2 3", "table td", "| 4 |", "table td"),
    "table, half a cell": Half(
        "| a | b |\n|---|---|\n| 1 | **2", "a b 1 2", f"td {BOLD}", "** |", f"td {BOLD}", "a b 1 **2"
    ),
    # What is begun is taken for what it will be where that is plain; other marks may still turn out to be text.
    "bold": Half("some **bo", "some bo", BOLD, "ld** text", BOLD, "some **bo"),
    "bold, half its end": Half("some **bold*", "some bold", BOLD, "* text", BOLD, "some **bold*"),
    "italic": Half("some *ita", "some *ita", None, "lic* text", ITALIC),
    "inline code": Half("call `foo(", "call foo(", f"{PARAGRAPH} code", "1)` now", f"{PARAGRAPH} code", "call `foo("),
    "struck": Half("some ~~go", "some ~~go", None, "ne~~ text", "del"),
    "link, half its text": Half("see [the te", "see [the te", None, "xt](https://example.org)", "a"),
    "link, half its address": Half(
        "see [the text](htt", "see the text", None, "ps://example.org)", "a", "see [the text](htt"
    ),
    "link, bare": Half("see https://exa", "see https://exa", "a", "mple.org/a now", "a"),
    "link by reference": Half("see [a][b", "see [a][b", None, "]\n\n[b]: https://example.org", "a"),
    "formula in the line": Half("the area $x^2", "the area $x^2", None, "$ is it", "math"),
    "formula of two dollars": Half("the area $$ x^", "the area $$ x^", None, "2$$ is it", "math"),
    # As shipped it is drawn at once, as far as it goes: in red, where it does not go far enough to be one.
    "formula of its own line": Half("$$\nx^2 +", "$$ x^2 +", None, "y^2\n$$", "math", "𝑥 2 +"),
    "formula in round brackets": Half("the area \\( x", "the area ( x", None, "^2 \\) is it", "math"),
    "formula in square brackets": Half("\\[\nx^2 +", "[ x^2 +", None, "y^2\n\\]", "math"),
    # The second item shows its point as soon as it can be one.
    "item, its mark": Half("- one\n-", "one -", "li", " two", "li:nth-child(2)"),
    "item, its mark and a blank": Half("- one\n- ", "one", "li:nth-child(2)", "two", "li:nth-child(2)"),
    "item, its number": Half("1. one\n2.", "one 2.", "li", " two", "li:nth-child(2)"),
    "item to do": Half("- [ ] one\n- [", "one [", "li:nth-child(2)", "x] two", "li:nth-child(2) input"),
    "heading, its mark": Half("##", "##", None, " Heading", "h2"),
    "heading, half": Half("## Hea", "Hea", "h2", "ding", "h2"),
    # No line of text becomes a heading for as long as its underline may be an item's mark.
    "heading by an underline": Half("Title\n-", "Title -", None, "--\n\ntext", "h2"),
    "rule": Half("text\n\n--", "text --", None, "-\n\ntext", "[role=none]"),
    "quotation": Half("> quo", "quo", "blockquote", "ted", "blockquote"),
    # HTML is text here, half or whole.
    "HTML tag": Half("some <div", "some <div", PARAGRAPH, " class='x'>text</div>", PARAGRAPH),
    "HTML block": Half(
        "<details>\n<summary>mo", "<details> <summary>mo", ".prose", "re</summary>\n</details>", ".prose"
    ),
    "picture, half its words": Half("![a pic", "![a pic", None, f"ture]({PICTURE})", "img"),
    # Nothing of it is shown until all of its address has come, which may be long.
    "picture, half its address": Half(f"![a]({PICTURE[:60]}", "", None, f"{PICTURE[60:]})", "img", f"![a]({EATEN}"),
    "escape": Half("5 \\", "5 \\", PARAGRAPH, "* 5", PARAGRAPH),
    "entity": Half("a &am", "a &am", PARAGRAPH, "p; b", PARAGRAPH),
}


BY_DOLLARS = pytest.mark.patched_only("Chainlit's Markdown knows a formula by its dollars only")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[BY_DOLLARS] if name.endswith(" brackets") else []) for name in HALVES]
)
def test_half_of_it_is_shown_and_nothing_is_lost(reader: Reader, build: str, name: str) -> None:
    half = HALVES[name]
    is_raw = build == "shipped" and half.raw is not None
    expected = f"Before. {half.raw if is_raw else half.reads}".strip()
    reader.ask(f"Before.\n\n{half.half}{HOLD}{half.rest}\n\nAfter.{HOLD}", 0)
    reader.sees("Before.")
    reader.until(lambda: reads(reader) == expected, f"it reads {expected!r}, not {reads(reader)!r}", seconds=5)
    if half.drawn is not None and not is_raw:
        expect(reader.answer.locator(half.drawn)).not_to_have_count(0)
    elif not is_raw:
        expect(reader.answer.locator(half.whole)).to_have_count(0)
    reader.release()
    reader.sees("After.")
    expect(reader.answer.locator(half.whole)).not_to_have_count(0)
    reader.release()
    reader.idle()


def reads(reader: Reader) -> str:
    return " ".join(reader.text.split())
