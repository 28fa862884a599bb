"""Somebody who reads while the answer comes: selects, scrolls, copies. What is streamed is put on the stage."""

from __future__ import annotations

import httpx
from playwright.sync_api import BrowserContext, JSHandle, Locator, expect

from tests.e2e.conftest import Endpoint
from tests.e2e.page import SECONDS, Tab

# The box in which the chat scrolls.
PANE = """(() => { let at = document.querySelector('.step');
while (at && getComputedStyle(at).overflowY !== 'auto') at = at.parentElement;
return at })()"""
SELECT = """(answer, words) => {
  const nodes = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const at = nodes.currentNode.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(nodes.currentNode, at);
    range.setEnd(nodes.currentNode, at + words.length);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return;
  }
  throw new Error('not on the page: ' + words);
}"""


class Reader(Tab):
    """A tab, and the stage of the endpoint behind it."""

    def __init__(self, context: BrowserContext, url: str, endpoint: Endpoint) -> None:
        super().__init__(context, url)
        self.endpoint = endpoint

    # What the endpoint does

    def ask(self, text: str, rate: int = 100, reasoning: str = "") -> None:
        """Asks, and is answered with this text, so many tokens a second; it pauses at each `HOLD`."""
        self._post("stage", {"text": text, "reasoning": reasoning})
        self.send(f"markdown-given-{rate}")

    def release(self) -> None:
        """The endpoint goes on past a `HOLD`."""
        self._post("release", {})

    def _post(self, path: str, body: dict[str, str]) -> None:
        httpx.post(f"{self.endpoint.url}/{path}", json=body, trust_env=False).raise_for_status()

    # What the reader does

    def select(self, words: str) -> None:
        """As with the mouse; the words must lie in one text node."""
        self.answer.evaluate(SELECT, words)
        assert self.selected == words

    def wheel(self, lines: int, seconds: float = 15) -> None:
        """Turns the wheel over the chat, down or (below 0) up, and waits until the chat has moved."""
        before = self.top
        self.page.mouse.move(640, 300)
        self.page.mouse.wheel(0, lines * 40)
        self.until(lambda: (self.top - before) * lines > 0, "the chat scrolls", seconds)

    def empty_clipboard(self) -> None:
        """It is the machine's, not the test's."""
        self.page.evaluate("navigator.clipboard.writeText('')")

    # What the reader sees

    @property
    def answer(self) -> Locator:
        return self.answers.last

    @property
    def text(self) -> str:
        """The last answer as it is read, without the mark that Chainlit puts where the text grows."""
        return self.answer.inner_text().replace("\u200b", "")

    @property
    def selected(self) -> str:
        return str(self.page.evaluate("getSelection().toString()"))

    @property
    def clipboard(self) -> str:
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    @property
    def pane(self) -> JSHandle:
        return self.page.evaluate_handle(PANE)

    @property
    def top(self) -> float:
        """How far the chat is scrolled, in px."""
        return float(self.page.evaluate(f"{PANE}.scrollTop"))

    @property
    def below(self) -> float:
        """How much of the chat lies below what is seen, in px."""
        return float(self.page.evaluate(f"(pane => pane.scrollHeight - pane.clientHeight - pane.scrollTop)({PANE})"))

    @property
    def turn_ends(self) -> Locator:
        """What ends each turn: its answer, or its error."""
        return self._ends

    @property
    def down_button(self) -> Locator:
        """Says that there is more below."""
        return self.page.locator(".absolute.bottom-4 button:has(svg.lucide-arrow-down)")

    def sees(self, words: str) -> None:
        expect(self.answer).to_contain_text(words, timeout=SECONDS)
