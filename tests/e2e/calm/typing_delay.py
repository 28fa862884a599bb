"""How long a key takes to be seen in the composer: measured in the page, for the tests and for the bench.

watch_typing(page)                     before the first key
page.keyboard.type(TYPED, delay=40)
delays(page)                           one number a key, in ms: from the key's event to the end of the frame that
                                       shows the character (the key's own time stamp, so that a busy page counts)
"""

from __future__ import annotations

from playwright.sync_api import Page

TYPED = "What is typed while the answer comes: 0123456789, and then some more of it, until there is enough."
_WATCH = """() => { typingDelays = []; let pressed = null;
  const input = document.getElementById('chat-input');
  addEventListener('keydown', event => { if (event.target === input) pressed = event.timeStamp }, true);
  addEventListener('input', event => { if (event.target !== input || pressed === null) return;
    const from = pressed; pressed = null;
    requestAnimationFrame(() => { const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => typingDelays.push(performance.now() - from); port2.postMessage(null) }) }, true) }"""


def watch_typing(page: Page) -> None:
    """From now on the delay of each key is kept in the page."""
    page.evaluate(_WATCH)


def delays(page: Page) -> list[float]:
    """The delays so far, in ms, oldest first."""
    found: list[float] = page.evaluate("typingDelays")
    return found
