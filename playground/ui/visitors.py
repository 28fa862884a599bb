"""Who is who: browser cookie and tab → the conversations they hold. Knows nothing of Chainlit or of sockets.

A page load makes a new Chainlit session each time, so nothing that has to outlive one is kept in it. The page says
which tab it is with the request it makes before its socket opens (`hello`), and the registry keeps, for some hours,
what that tab holds.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from playground.core.conversation import Conversation

COOKIE = "playground"
_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{32,64}")
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# A bound on what one browser can make the server keep.
MAX_TABS = 200
MAX_PAST = 50


@dataclass(eq=False, slots=True)
class Tab:
    """One tab of one browser: the conversation it shows, and earlier ones."""

    id: str
    conversation: Conversation
    past: list[Conversation] = field(default_factory=list)
    # What the visitor has chosen: an endpoint's name, a model, and parameters as they were typed.
    endpoint: str | None = None
    model: str | None = None
    raw: dict[str, object] = field(default_factory=dict)
    seen: float = 0.0
    # What the page is told until the next message is sent; "" for nothing.
    notice: str = ""
    # The same, where it is about how the page was opened and the chat goes on as it was.
    opened: str = ""

    def new_chat(self) -> Conversation:
        """Puts the conversation aside and starts an empty one; gives back the one put aside."""
        old = self.conversation
        if old.last is not None:
            self.past = [*self.past, old][-MAX_PAST:]
        self.conversation = Conversation(new_id())
        self.notice = ""
        return old


@dataclass(frozen=True, slots=True)
class Hello:
    """What a page says of itself before its socket opens."""

    session: str
    tab: str
    copy_of: str = ""
    new_chat: bool = False
    # Whether the page's tab has held a chat before: if it is not known here any more, it is told so.
    had_chat: bool = False
    # The endpoint that the page's address names; "" for none.
    endpoint: str = ""
    # The endpoint and the model that were chosen last in this browser, where it has kept that.
    choice: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A Chainlit session's owner."""

    browser: str
    tab: Tab
    at: float


class NotYours(Exception):
    """A session id that is bound to another browser."""


class Registry:
    """Every browser's tabs, and which Chainlit session belongs to which of them. Times are wall-clock seconds."""

    def __init__(self) -> None:
        self._browsers: dict[str, dict[str, Tab]] = {}
        self._sessions: dict[str, Binding] = {}

    def hello(self, browser: str, said: Hello, *, at: float, lost: str = "") -> tuple[Tab, Conversation | None]:
        """Binds a session to its tab. Gives back the tab, and the conversation put aside where a new chat begins.

        `lost` is what a tab is told that had a chat which is not known here. Raises `NotYours` for a session of another
        browser, ValueError for an id that is none.
        """
        if not _ID.fullmatch(said.session) or not _ID.fullmatch(said.tab):
            raise ValueError("not an id")
        bound = self._sessions.get(said.session)
        if bound is not None:
            if bound.browser != browser:
                raise NotYours
            bound.tab.seen = at
            return bound.tab, None
        tabs = self._browsers.setdefault(browser, {})
        tab = tabs.get(said.tab)
        if tab is None:
            tab = self._make(tabs, said)
            if said.had_chat and said.copy_of not in tabs and not said.new_chat:
                tab.notice = lost
        tab.seen = at
        put_aside = tab.new_chat() if said.new_chat else None
        self._sessions[said.session] = Binding(browser, tab, at)
        return tab, put_aside

    def _make(self, tabs: dict[str, Tab], hello: Hello) -> Tab:
        origin = tabs.get(hello.copy_of)
        if origin is None:
            # The last choice of a model counts for a new tab as well.
            last = max(tabs.values(), key=lambda tab: tab.seen, default=None)
            tab = Tab(hello.tab, Conversation(new_id()))
            if last is not None:
                tab.endpoint, tab.model = last.endpoint, last.model
            elif hello.choice is not None:
                tab.endpoint, tab.model = hello.choice
        else:
            tab = Tab(hello.tab, origin.conversation.duplicate(new_id()))
            tab.endpoint, tab.model, tab.raw = origin.endpoint, origin.model, dict(origin.raw)
        if len(tabs) >= MAX_TABS:
            del tabs[min(tabs, key=lambda tab: tabs[tab].seen)]
        tabs[hello.tab] = tab
        return tab

    def tab(self, session: str, browser: str | None) -> Tab | None:
        """The tab that a session shows; None where it is not bound, or the cookie is another browser's."""
        bound = self._sessions.get(session)
        if bound is None or browser is None or not secrets.compare_digest(bound.browser, browser):
            return None
        return bound.tab

    def tabs_of(self, browser: str) -> Iterator[Tab]:
        """All tabs of one browser."""
        yield from self._browsers.get(browser, {}).values()

    def may_take(self, session: str, browser: str | None) -> bool:
        """Whether a socket of this browser may have this session: its own, or one that is bound to nobody yet."""
        bound = self._sessions.get(session)
        return bound is None or (browser is not None and secrets.compare_digest(bound.browser, browser))

    def sweep(self, *, before: float, live: frozenset[str]) -> list[Tab]:
        """Drops sessions that are gone and tabs not seen since `before`; gives back the tabs. `live`: session ids."""
        for session, bound in list(self._sessions.items()):
            if session not in live and bound.at < before:
                del self._sessions[session]
        held = {id(bound.tab) for session, bound in self._sessions.items() if session in live}
        gone: list[Tab] = []
        for browser, tabs in list(self._browsers.items()):
            old = [tab for tab in tabs.values() if tab.seen < before and id(tab) not in held]
            gone += [tabs.pop(tab.id) for tab in old]
            if not tabs:
                del self._browsers[browser]
        return gone

    def tabs(self) -> Iterator[Tab]:
        """All that are kept, of all browsers."""
        for tabs in self._browsers.values():
            yield from tabs.values()


def browser_of(cookie: str | None) -> str | None:
    """A browser's id from its cookie; None where it has none, or one that we never gave."""
    return cookie if cookie is not None and _COOKIE_VALUE.fullmatch(cookie) else None


def new_browser() -> str:
    """An id for a browser that has none: what its cookie holds, so it must not be guessed."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """An id like those the page makes."""
    return str(uuid.uuid4())
