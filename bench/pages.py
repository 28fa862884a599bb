"""What is seen in the browser: when a page can be used, how late an answer's tokens are on it, what that costs.

The times are taken in the page itself (`watch.js`), so that driving the browser costs the figures nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from bench.processes import Chromium, cpu_seconds
from tests.e2e.conftest import Endpoint, Server

# Milliseconds: a page has this long to come, and this long to come to rest before it is asked something.
OPENING, RESTING = 60_000, 1_000
# Milliseconds after the last token in which work for the answer still counts (what stands under an answer).
CLOSING = 300
# The page's window, and which addresses are this host.
WINDOW = {"width": 1280, "height": 900}
HERE = ("127.0.0.1", "localhost", None)

# The first frame in which one can type.
USABLE = """
window.usable = new Promise(resolve => {
  const look = () => {
    const box = document.querySelector('COMPOSER')
    const ready = box && !box.disabled && box.getAttribute('contenteditable') !== 'false' && box.getClientRects().length
    if (ready) resolve(performance.now()); else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})"""
# Opens a panel of ours, of the last answer where it is one of an answer.
OPEN = """
const open = panel => {
  const { drawer } = window.playground
  const button = [...document.querySelectorAll('button[id*=":details:"]')].at(-1)
  if (panel) drawer.show(panel, panel === 'answer' ? {turn: button.id.split(':')[0]} : {})
  else drawer.close()
}"""
# The end of the first frame in which a panel says something.
SAYS = """
const says = (panel, words) => new Promise(resolve => {
  const look = () => requestAnimationFrame(() => {
    const body = document.querySelector(`.pg-panel[data-panel="${panel}"]`)
    if (!body?.textContent.includes(words)) return look()
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => resolve(performance.now())
    port2.postMessage(null)
  })
  look()
})"""
WATCH = Path(__file__).with_name("watch.js").read_text(encoding="utf-8").rstrip().removesuffix(";")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are on a page, as CSS selectors. On all of them one types into the composer and presses Enter."""

    composer: str
    answer: str
    ready: str  # what is there while the page waits for a question


CHAINLIT = Layout("#chat-input", '[data-step-type="assistant_message"]', "#chat-submit")
BARE = Layout("#chat-input", '[data-step-type="assistant_message"]', "#chat-input")
LLAMA_CPP = Layout("form textarea", ".chat-message-assistant", 'form button[type="submit"]')


@dataclass(frozen=True, slots=True)
class Load:
    """What the endpoint is asked to stream: `rate` tokens a second, 0 for at once."""

    rate: int
    count: int
    limit: float = 120  # seconds until the page must have it

    @property
    def question(self) -> str:
        return f"emit-{self.rate}-{self.count}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds. Lateness is from the moment in which the endpoint sent a token; CPU is for 1,000 tokens."""

    request: float  # from Enter to the request's arrival at the endpoint
    first: float  # lateness in the DOM, and in a painted frame
    first_painted: float
    last: float
    last_painted: float
    half: float | None  # lateness in the DOM of all tokens: their median and 95th percentile
    p95: float | None
    server_cpu: float | None
    browser_cpu: float | None
    long_tasks: tuple[float, ...]  # those over 50 ms


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page's coming. Milliseconds, and requests to other hosts."""

    usable: float
    server_cpu: float | None
    outside: int


@dataclass(slots=True)
class Tab:
    """A page that has been opened, and what stands behind it."""

    page: Page
    layout: Layout
    server: Server
    endpoint: Endpoint
    chromium: Chromium

    def ask(self, load: Load, resting: float = RESTING) -> Seen:
        """Asks the endpoint through the page and waits for the whole answer. Raises TimeoutError."""
        self.endpoint.reset()
        self.page.wait_for_timeout(resting)
        composer = self.page.locator(self.layout.composer)
        composer.fill(load.question)
        self.page.evaluate(WATCH, [self.layout.answer, load.limit * 1000])
        before = cpu_seconds(self.server), self.chromium.cpu_seconds()
        composer.press("Enter")
        self.page.evaluate("window.watched")
        self.page.wait_for_timeout(CLOSING)
        after = cpu_seconds(self.server), self.chromium.cpu_seconds()
        seen = self.page.evaluate("window.seen()")
        if None in seen.values():
            raise TimeoutError(f"{load.question} was not whole on the page within {load.limit:.0f} s: {seen}")
        asked = self._asked(load)
        began, ended = asked["sent_at"][0], asked["sent_at"][-1]
        late = _lateness(seen["words"], asked["sent_at"])
        server_cpu, browser_cpu = (_between(*both) for both in zip(before, after, strict=True))
        return Seen(
            request=1000 * (asked["received"] - seen["enter"]),
            first=1000 * (seen["first"] - began),
            first_painted=1000 * (seen["firstPainted"] - began),
            last=1000 * (seen["last"] - ended),
            last_painted=1000 * (seen["lastPainted"] - ended),
            half=median(late) if late else None,
            p95=quantiles(late, n=20)[-1] if len(late) > 1 else None,
            server_cpu=None if server_cpu is None else server_cpu * 1000 / load.count,
            browser_cpu=None if browser_cpu is None else browser_cpu * 1000 / load.count,
            long_tasks=tuple(seen["longTasks"]),
        )

    def turn(self, load: Load) -> None:
        """Asks, and returns once the page can be asked again. Raises TimeoutError."""
        composer = self.page.locator(self.layout.composer)
        composer.fill(load.question)
        self.page.evaluate(WATCH, [self.layout.answer, load.limit * 1000])
        composer.press("Enter")
        self.page.evaluate("window.watched")
        if self.page.evaluate("window.seen()")["last"] is None:
            raise TimeoutError(f"{load.question} was not whole on the page within {load.limit:.0f} s")
        self.page.wait_for_selector(self.layout.ready)

    def show(self, panel: str | None) -> None:
        """Opens a panel of ours beside the chat: of the last answer, where it is one of an answer; None closes it."""
        self.page.evaluate(f"panel => {{ {OPEN}; open(panel) }}", panel)
        if panel is not None:
            self.page.wait_for_selector(f'#playground-drawer [data-panel="{panel}"]:not([hidden])')

    def opening(self, panel: str, words: str) -> float:
        """Milliseconds from a panel's being opened to the end of the first frame in which it says `words`."""
        script = f"""async ([panel, words]) => {{ {OPEN} {SAYS}
          const began = performance.now()
          open(panel)
          return await says(panel, words) - began
        }}"""
        took: float = self.page.evaluate(script, [panel, words])
        return took

    def _asked(self, load: Load) -> dict[str, Any]:
        requests = self.endpoint.requests()
        if len(requests) != 1:
            raise RuntimeError(f"{load.question}: {len(requests)} requests reached the endpoint, not 1")
        return requests[0]


def _lateness(words: Sequence[tuple[int, float]], sent_at: Sequence[float]) -> list[float]:
    """Milliseconds for each token; `words` are the numbers of the newest ones with their times, as they came."""
    late: list[float] = []
    for newest, at in words:
        late += [1000 * (at - sent) for sent in sent_at[len(late) : newest + 1]]
    return late


@contextmanager
def opened(browser: Browser, url: str, layout: Layout = CHAINLIT) -> Iterator[tuple[Page, float]]:
    """A page in a browser with empty caches, and the milliseconds from navigation to a usable composer."""
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]  # a dict serves as its own type of one
    try:
        context.set_default_timeout(OPENING)
        context.add_init_script(USABLE.replace("COMPOSER", layout.composer))
        page = context.new_page()
        yield page, _usable(page, url, layout)
    finally:
        context.close()


def loads(browser: Browser, server: Server, layout: Layout) -> tuple[Loaded, Loaded]:
    """The page's coming with empty caches and, in the same browser, a second time."""
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]  # as above
    try:
        context.set_default_timeout(OPENING)
        context.add_init_script(USABLE.replace("COMPOSER", layout.composer))
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        found = []
        for _ in range(2):
            asked.clear()
            page = context.new_page()
            before = cpu_seconds(server)
            usable = _usable(page, server.url, layout)
            page.wait_for_timeout(RESTING)
            outside = sum(urlsplit(url).hostname not in HERE for url in asked)
            found.append(Loaded(usable, _between(before, cpu_seconds(server)), outside))
            page.close()
        return found[0], found[1]
    finally:
        context.close()


def _usable(page: Page, url: str, layout: Layout) -> float:
    page.goto(url, wait_until="commit")
    page.wait_for_selector(f"{layout.composer}:enabled", timeout=OPENING)
    return float(page.evaluate("window.usable"))


def _between(before: float | None, after: float | None) -> float | None:
    """Milliseconds from seconds."""
    return None if before is None or after is None else 1000 * (after - before)


def first_word(page: Page, question: str, limit: float) -> None:
    """Asks a real model through our page, returns at the first word of its answer. Raises playwright's TimeoutError."""
    page.locator(CHAINLIT.composer).fill(question)
    page.locator(CHAINLIT.composer).press("Enter")
    page.wait_for_function(
        "answers => [...document.querySelectorAll(answers)].at(-1)?.textContent.trim()",
        arg=CHAINLIT.answer,
        timeout=limit * 1000,
    )
