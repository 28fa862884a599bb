"""Takes the pictures in docs/screenshots/ anew: `make screenshots`, with $CHROMIUM the browser to use.

The app runs as it is; what it shows is scripted, so that the pictures change only when the app does.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, expect, sync_playwright

# Started by its path, so that only this folder is where modules are looked for.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.e2e.conftest import CHROMIUM_ARGS, ROOT, playground
from tests.e2e.page import Tab
from tests.fake_endpoint import FakeEndpoint
from tests.scenarios import SCENARIOS, Call

FOLDER = ROOT / "docs" / "screenshots"
DESKTOP, PHONE = (1280, 900), (390, 844)
# Seconds until the scripted model begins to write, and its tokens a second.
FIRST, RATE = 0.2, 60

KOALAS = """\
Koalas eat eucalyptus because almost nothing else does. The leaves are tough, low in nutrients and **poisonous** \
to most animals, so a koala that can cope with them has a forest of food to itself.

Three things make it possible:

1. **A strong liver.** It breaks down the oils and phenols that would harm other animals.
2. **A long gut.** The caecum is about two metres long; microbes in it ferment the fibre for days.
3. **A slow life.** A diet with so little energy suits an animal that sleeps most of the day.

| Animal | Eats | Sleeps a day |
|---|---|---|
| Koala | eucalyptus leaves | up to 20 hours |
| Sheep | grass | about 4 hours |
| Horse | grass and hay | about 3 hours |
"""
SLEEP = """\
1. **Keep the same hours**, at weekends too: the body falls asleep best when it knows when.
2. **Make the room dark and cool**, about 18 °C, and leave the telephone outside.
3. **Stop coffee after lunch.** Half of it is still at work six hours later.
"""
PALINDROME = """\
Compare the word with its reverse, once case and everything that is not a letter or digit are out of the way:

```python
def is_palindrome(word: str) -> bool:
    \"\"\"Whether the word reads the same both ways.\"\"\"
    letters = [c.casefold() for c in word if c.isalnum()]
    return letters == letters[::-1]


print(is_palindrome("Was it a car or a cat I saw?"))  # True
```

It looks at each of the $n$ characters a fixed number of times, so it takes $O(n)$ time and memory.
"""
ASK_KOALAS = "Why do koalas eat eucalyptus leaves?"
ASK_PALINDROME = "Write a Python function that says whether a word is a palindrome."
ASK_SLEEP = "Give me three tips for a good night's sleep, as a list."
ASK_SUMMARY = "Summarise all of these reports for somebody who has not read them."
ANSWERS = {ASK_KOALAS: KOALAS, ASK_PALINDROME: PALINDROME, ASK_SLEEP: SLEEP}


async def answer(call: Call) -> None:
    """Writes the answer that belongs to the question; a question without one is too long for the model."""
    text = ANSWERS.get(call.said)
    if text is None:
        await SCENARIOS["context_too_long"](call)
        return
    await call.start()
    await asyncio.sleep(FIRST)
    for piece in re.findall(r"\S+\s*|\s+", text):
        await call.text(piece)
        await asyncio.sleep(1 / RATE)
    await call.finish(prompt=17)


@contextmanager
def scripted_endpoint() -> Iterator[str]:
    """The scripted endpoint in a thread of its own, with the answers above; gives its address."""
    SCENARIOS["echo"] = answer
    up, loop = threading.Event(), asyncio.new_event_loop()
    fake = FakeEndpoint(models=[{"id": "your-model", "object": "model", "owned_by": "vllm", "max_model_len": 32768}])
    done = asyncio.Event()

    async def serve() -> None:
        async with fake:
            up.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        if not up.wait(10):
            raise RuntimeError("the scripted endpoint did not start")
        yield fake.url
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def take(
    browser: Browser,
    url: str,
    name: str,
    *questions: str,
    size: tuple[int, int] = DESKTOP,
    scheme: Literal["light", "dark"] = "light",
    beside: str = "",
) -> None:
    """One picture: the page after these questions have been answered, and with that panel open."""
    phone = size == PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        has_touch=phone,
        is_mobile=phone,
        locale="en-GB",
    )
    tab = Tab(context, url)
    for number, question in enumerate(questions):
        tab.send(question)
        expect(tab.page.locator(f'.step:has(button[id*=":regenerate:"]) >> nth={number}')).to_be_visible(timeout=30_000)
        tab.idle()
    if beside == "answer":
        tab.press("Details")
    elif beside:
        tab.page.evaluate("name => window.playground.drawer.show(name)", beside)
    if beside:
        expect(tab.panel(beside)).to_be_visible()
        # What is live has come, and a plot has more than a point.
        tab.page.wait_for_timeout(5_000)
    tab.page.evaluate("document.fonts.ready")
    tab.page.mouse.move(0, 0)
    tab.page.screenshot(path=FOLDER / f"{name}.png", caret="hide", animations="disabled")
    context.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-", ignore_cleanup_errors=True) as folder,
        scripted_endpoint() as endpoint,
        sync_playwright() as playwright,
    ):
        app = playground(Path(folder), PLAYGROUND_ENDPOINT_URL=endpoint, PLAYGROUND_NAME="Your endpoint")
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"), args=CHROMIUM_ARGS)
        try:
            app.start()
            take(browser, app.url, "welcome")
            take(browser, app.url, "chat", ASK_KOALAS)
            take(browser, app.url, "phone", ASK_SLEEP, size=PHONE)
            take(browser, app.url, "dark", ASK_PALINDROME, scheme="dark")
            take(browser, app.url, "error", ASK_SUMMARY)
            take(browser, app.url, "answer", ASK_KOALAS, beside="answer")
            take(browser, app.url, "details", ASK_SLEEP, beside="details")
            take(browser, app.url, "logs", ASK_SLEEP, beside="logs", scheme="dark")
            take(browser, app.url, "phone-metrics", ASK_SLEEP, ASK_PALINDROME, size=PHONE, beside="metrics")
        finally:
            browser.close()
            app.stop()


if __name__ == "__main__":
    main()
