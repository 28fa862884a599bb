"""What is seen in the browser: when a page can be used, and how late an answer's tokens are in its DOM.

Every page is read in the same way, by the two names that Chainlit's have: the composer and the answer. The times are
taken in the page itself, so that driving the browser costs the figures nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from bench.processes import cpu_seconds
from tests.e2e.conftest import Endpoint, Server

COMPOSER, ANSWER = "#chat-input", '[data-step-type="assistant_message"]'
# Milliseconds: a page has this long to come, and this long to come to rest before it is asked something.
OPENING, RESTING = 60_000, 1_000
# Milliseconds after the last token in which a server's work for the answer still counts (what stands under an answer).
CLOSING = 300

# The first frame in which one can type.
USABLE = """
window.usable = new Promise(resolve => {
  const look = () => {
    const box = document.querySelector('COMPOSER')
    const ready = box && !box.disabled && box.getAttribute('contenteditable') !== 'false' && box.getClientRects().length
    if (ready) resolve(performance.now()); else requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
})""".replace("COMPOSER", COMPOSER)

# Notes when Enter is pressed, when the answer shows its first word, and when its last, in epoch seconds. The page's
# clock is set by the machine's when that ticks: Date.now() alone has whole milliseconds, and timeOrigin drifts.
WATCH = """
limit => {
  const tick = Date.now()
  while (Date.now() === tick);
  const offset = Date.now() - performance.now()
  const now = () => (offset + performance.now()) / 1000
  const seen = { enter: null, first: null, last: null }
  addEventListener('keydown', event => { if (event.key === 'Enter') seen.enter ??= now() }, { capture: true })
  window.seen = new Promise(resolve => {
    const end = () => { observer.disconnect(); resolve(seen) }
    const observer = new MutationObserver(() => {
      const text = [...document.querySelectorAll('ANSWER')].at(-1)?.textContent ?? ''
      if (FIRST) seen.first ??= now()
      if (LAST) { seen.last ??= now(); end() }
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true })
    setTimeout(end, limit)
  })
}""".replace("ANSWER", ANSWER)
WATCH_SCRIPTED = WATCH.replace("FIRST", r"/\bw0\b/.test(text)").replace("LAST", "text.includes('END')")
WATCH_ANY = WATCH.replace("FIRST", "text.trim()").replace("LAST", "seen.first")


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds. Lateness is from the moment in which the endpoint sent a token to that in which the DOM has it."""

    request: float  # from Enter to the request's arrival at the endpoint
    first: float
    last: float
    cpu: float | None  # the server's


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[tuple[Page, float]]:
    """A page in a browser with empty caches, and the milliseconds from navigation to a usable composer."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        context.set_default_timeout(OPENING)
        context.add_init_script(USABLE)
        page = context.new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_selector(f"{COMPOSER}:enabled", timeout=OPENING)
        usable = float(page.evaluate("window.usable"))
        yield page, usable
    finally:
        context.close()


def ask(page: Page, server: Server, endpoint: Endpoint, load: str, limit: float) -> Seen:
    """Asks the scripted endpoint through the page, waits for the whole answer. Raises TimeoutError after `limit` s."""
    endpoint.reset()
    page.wait_for_timeout(RESTING)
    page.locator(COMPOSER).fill(load)
    page.evaluate(WATCH_SCRIPTED, limit * 1000)
    before = cpu_seconds(server)
    page.locator(COMPOSER).press("Enter")
    seen = page.evaluate("window.seen")
    page.wait_for_timeout(CLOSING)
    after = cpu_seconds(server)
    if None in seen.values():
        raise TimeoutError(f"{load} was not whole on the page within {limit:.0f} s: {seen}")
    sent = _asked(endpoint, load)
    return Seen(
        request=1000 * (sent["received"] - seen["enter"]),
        first=1000 * (seen["first"] - sent["first"]),
        last=1000 * (seen["last"] - sent["last"]),
        cpu=None if before is None or after is None else 1000 * (after - before),
    )


def _asked(endpoint: Endpoint, load: str) -> dict[str, Any]:
    requests = endpoint.requests()
    if len(requests) != 1:
        raise RuntimeError(f"{load}: {len(requests)} requests reached the endpoint, not 1")
    return requests[0]


def first_word(page: Page, question: str, limit: float) -> None:
    """Asks a real model, and returns once the page shows the first word of its answer. Raises TimeoutError."""
    page.locator(COMPOSER).fill(question)
    page.evaluate(WATCH_ANY, limit * 1000)
    page.locator(COMPOSER).press("Enter")
    if page.evaluate("window.seen")["first"] is None:
        raise TimeoutError(f"no word of an answer on the page within {limit:.0f} s")
