"""The page as a person uses it: what they see and press, as one object a tab. No waiting by sleeping."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

ANSWER = '.step[data-step-type="assistant_message"]'
QUESTION = '.step[data-step-type="user_message"]'
SECONDS = 20_000


class Tab:
    """One tab of the playground. `errors`: what the page complained of. `outside`: requests that left the host."""

    def __init__(self, context: BrowserContext, url: str, page: Page | None = None) -> None:
        self.url = url
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page = page or context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("request", self._request)
        if page is None:
            self.open()

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.url, self.url.replace("http", "ws"), "data:", "blob:")):
            self.outside.append(request.url)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path)
        self.ready()

    def reload(self) -> None:
        self.page.reload()
        self.ready()

    def ready(self) -> None:
        """The composer is there and the page connected to the app."""
        expect(self.page.locator("#chat-input")).to_be_visible(timeout=SECONDS)
        expect(self.page.locator('#playground-strip[data-ready="1"]')).to_be_visible(timeout=SECONDS)

    # What one does

    def type(self, text: str) -> None:
        self.page.locator("#chat-input").fill(text)

    def send(self, text: str) -> None:
        self.type(text)
        self.page.locator("#chat-input").press("Enter")

    def stop(self) -> None:
        self.page.locator("#stop-button").click()

    def edit(self, number: int, text: str) -> None:
        question = self.page.locator(QUESTION).nth(number)
        question.hover()
        question.locator(".edit-message").click()
        self.page.locator("#edit-chat-input").fill(text)
        self.page.locator(".confirm-edit").click()

    def press(self, label: str, number: int = -1) -> None:
        """A button under an answer (or under an error that stands in its place), by its words."""
        self.buttons(number).filter(has_text=re.compile(rf"^{re.escape(label)}$")).first.click()

    def choose(self, model: str, endpoint: str) -> None:
        """A model of an endpoint, in the list under the model's name."""
        self.page.locator(".pg-name").click()
        self.models(endpoint).filter(has=self.page.get_by_text(model, exact=True)).click()

    def models(self, endpoint: str) -> Locator:
        """The lines of one endpoint in the open list."""
        return self.page.get_by_role("group", name=endpoint, exact=True).get_by_role("option")

    def panel(self, name: str) -> Locator:
        """The body of a panel of the drawer, "connect" or "params"."""
        return self.page.locator(f'.pg-panel[data-panel="{name}"]')

    def new_chat(self) -> None:
        """Also waits for the new session: until it is there the page lets nothing be sent."""
        self.page.locator("#new-chat-button").click()
        expect(self.page.locator("#starters button").first).to_be_enabled(timeout=SECONDS)

    # What one sees

    @property
    def answers(self) -> Locator:
        return self.page.locator(f"{ANSWER} .message-content")

    @property
    def questions(self) -> Locator:
        return self.page.locator(f"{QUESTION} .message-content")

    @property
    def stop_button(self) -> Locator:
        return self.page.locator("#stop-button")

    @property
    def waiting(self) -> Locator:
        return self.page.locator("#playground-waiting")

    @property
    def notice(self) -> Locator:
        return self.page.locator("#playground-notice")

    @property
    def trouble(self) -> Locator:
        """What is shown of an error."""
        return self.page.locator('.step[data-step-type="tool"]')

    @property
    def _ends(self) -> Locator:
        """What ends each turn and has its buttons: the answer, or the error in its place."""
        return self.page.locator('.step:has(button[id*=":regenerate:"])')

    def buttons(self, number: int = -1) -> Locator:
        return self._ends.nth(number).locator("button")

    def figures(self, number: int = -1) -> Locator:
        """The quiet line under an answer."""
        return self._ends.nth(number).locator('button[id$=":stats"]')

    def versions(self, number: int = -1) -> Locator:
        return self._ends.nth(number).locator('button[id*=":where:"]')

    def copies(self) -> Locator:
        return self.page.locator(f"{ANSWER} button:has(svg.lucide-copy)")

    def words(self, number: int = -1) -> list[str]:
        return self.answers.nth(number).inner_text().split()

    def idle(self) -> None:
        """Nothing is under way any more."""
        expect(self.page.locator("#chat-submit")).to_be_visible(timeout=SECONDS)
        expect(self.stop_button).to_have_count(0)

    def answered(self, text: str | re.Pattern[str], number: int = -1) -> None:
        """The answer shows this text, and is over."""
        expect(self.answers.nth(number)).to_contain_text(text, timeout=SECONDS)
        self.idle()

    def until(self, true: Callable[[], bool], what: str, seconds: float = 15) -> None:
        """Polls what no locator can say."""
        waited = 0.0
        while not true():
            if waited > seconds:
                raise AssertionError(f"not in {seconds} s: {what}")
            self.page.wait_for_timeout(25)
            waited += 0.025
