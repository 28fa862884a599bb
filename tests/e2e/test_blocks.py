"""Answers cut into blocks: drawn one by one they are what they are together, wherever the text breaks off.

The judge is the page's own Markdown renderer, asked for the whole text and for each block, on documents written for
this (tests/corpus) and cut off at every position.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import ROOT, Server
from tests.e2e.page import Tab

CORPUS = sorted((ROOT / "tests" / "corpus").glob("*.md"))
CURSOR = "\u200b"

# Keeps what the page's script hands to ours: its renderer, and the plugins it uses.
CATCH = """
Object.defineProperty(window, 'playgroundDrawn', {
  set(drawn) { this.drawn = drawn },
  get() { return (page, text, how) => { this.caught = { page, how }; return this.drawn(page, text, how) } },
})"""
# The renderer's tree without what may differ: places in the source, and blank text between blocks.
TREES = """
const plain = element => {
  if (element === null || element === undefined || typeof element === 'boolean') return []
  if (Array.isArray(element)) return element.flatMap(plain)
  if (typeof element !== 'object') return [String(element)]
  const { children, node, ...rest } = element.props
  const inside = plain(children)
  return typeof element.type === 'string' ? [{ [element.type]: inside, ...rest }] : inside
}
const blank = each => typeof each === 'string' && !each.trim()
const known = new Map()
const tree = (text, keep) => {
  if (known.has(text)) return known.get(text)
  const { page, how } = window.caught
  const { remarkPlugins, rehypePlugins } = how
  const children = window.playgroundMarkdown(text)
  const found = JSON.stringify(plain(page.Renderer({ children, remarkPlugins, rehypePlugins })).filter(e => !blank(e)))
  if (keep) known.set(text, found)
  return found
}
const together = blocks => '[' + blocks.map(block => tree(block, true).slice(1, -1)).filter(Boolean).join(',') + ']'
"""
DIFFERENCES = f"""
texts => {{
  {TREES}
  const differ = []
  for (const text of texts) {{
    for (let end = 1; end <= text.length; end++) {{
      const part = text.slice(0, end)
      const blocks = window.playgroundBlocks(part)
      if (blocks.join('') !== part) differ.push(['lost', part])
      else if (blocks.length > 1 && together(blocks) !== tree(part)) differ.push([blocks, part])
      if (differ.length > 3) return differ
    }}
  }}
  return differ
}}"""


@pytest.fixture(scope="module")
def page(browser: Browser, app: Server) -> Iterator[Page]:
    context = browser.new_context()
    context.add_init_script(CATCH)
    tab = Tab(context, app.url)
    tab.send("hello")
    tab.answered("hello")
    yield tab.page
    context.close()


def blocks(page: Page, text: str) -> list[str]:
    found: list[str] = page.evaluate("text => playgroundBlocks(text)", text)
    return found


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_blocks_are_drawn_as_the_whole_is_wherever_it_breaks_off(page: Page, file: Path) -> None:
    text = file.read_bytes().decode()
    assert page.evaluate(DIFFERENCES, [text]) == []


def test_a_text_is_cut_where_a_block_ends(page: Page) -> None:
    assert blocks(page, "# One\n\ntwo\nthree\n\n- four\n\n- five\n\nsix") == [
        "# One\n\n",
        "two\nthree\n\n",
        "- four\n\n- five\n\n",
        "six",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "```python\na = 1\n\nb = 2\n```",
        "~~~\na\n\n```\n\nb\n~~~",
        "$$\nx\n\ny\n$$",
        "1. one\n\n   more\n\n   ```\n   a\n\n   b\n   ```\n\n2. two",
        "a\n\n    indented",
        "<!-- a\n\nb -->",
        "<pre>\n\na\n\n</pre>",
        "see [this]\n\n[this]: https://example.org",
        "a note[^1]\n\n[^1]: what it says\n\nmore",
    ],
)
def test_a_text_is_not_cut_inside_what_belongs_together(page: Page, text: str) -> None:
    assert blocks(page, text) == [text]


@pytest.mark.parametrize("text", ["", None, 7])
def test_no_text_has_no_blocks(page: Page, text: object) -> None:
    assert page.evaluate("text => playgroundBlocks(text)", text) == []


@pytest.mark.parametrize(
    ("coming", "shown"),
    [
        ("a **bold wo", "a **bold wo**"),
        ("a **bold word", "a **bold word**"),
        ("a **bold word ", "a **bold word**"),
        ("a **bold word*", "a **bold word**"),
        ("a **bold** word", "a **bold** word"),
        ("a **", "a "),
        ("2 ** 3 is", "2 ** 3 is"),
        ("see [the page](https://exam", "see the page"),
        ("see [the page](https://example.org)", "see [the page](https://example.org)"),
        ("a picture ![of it](data:image/png;base64,iVBO", "a picture "),
        ("run `make te", "run `make te`"),
        ("run `make test`", "run `make test`"),
        ("a \\*\\*star", "a \\*\\*star"),
        ("`**` is **bo", "`**` is **bo**"),
    ],
)
def test_what_has_come_by_half_is_shown_as_what_it_will_be(page: Page, coming: str, shown: str) -> None:
    assert blocks(page, coming + CURSOR) == [shown + CURSOR]


def test_only_the_end_is_mended(page: Page) -> None:
    text = "a **bold run that never ends\n\nand `so on"
    assert blocks(page, text + CURSOR) == ["a **bold run that never ends\n\n", f"and `so on`{CURSOR}"]
    assert blocks(page, text) == ["a **bold run that never ends\n\n", "and `so on"]


def test_code_that_is_coming_has_no_cursor_in_it(page: Page) -> None:
    assert blocks(page, f"```py\nprint(1){CURSOR}") == ["```py\nprint(1)"]


def test_half_a_formula_is_shown_as_its_source(page: Page) -> None:
    assert blocks(page, f"so\n\n$$\n\\frac{{1}}{{{CURSOR}") == ["so\n\n", f"`` $$ \\frac{{1}}{{ ``{CURSOR}"]


def test_a_long_text_of_one_sign_is_cut_in_time(page: Page) -> None:
    """No pattern here may take the square of a text's length: a model in a loop would stop the page."""
    page.set_default_timeout(20_000)
    for piece in ("`", "*", "[", "$", "![", "``` ", "\\", "<", "- ", "**a ", "[a](", "`a "):
        page.evaluate("piece => playgroundBlocks(piece.repeat(40000 / piece.length) + '\\u200B')", piece)
