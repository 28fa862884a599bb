"""What a visitor can do, and what then happens: send, edit, regenerate, continue, stop, switch versions, come and go.

The one object that holds the app's state. It speaks to pages through `screens`, to endpoints through `runs` and the
book of endpoints, and knows nothing of Chainlit but the shape of a session.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Collection, Coroutine
from typing import Any

from playground.adapters.endpoints import FRESH, EndpointBook
from playground.adapters.logs import LogBook
from playground.adapters.metrics import Metrics
from playground.adapters.settings import Settings
from playground.core.addresses import Reach
from playground.core.conversation import Conversation, Turn
from playground.core.run import Chosen, Run
from playground.core.texts import sound
from playground.ui import header
from playground.ui.asking import Asking
from playground.ui.panels import NOTHING_LEARNED, Learning, Panels, chosen
from playground.ui.runs import Page, Runs, Stream
from playground.ui.screens import PageSession, Screen, Screens
from playground.ui.strips import Strips
from playground.ui.typed import PASTED_SECONDS, TypedEndpoints
from playground.ui.visitors import Hello, Registry, Tab, new_id

SWEEP_EVERY = 600.0
# Seconds that a list of models waits for endpoints that have not been asked lately.
LOOK_SECONDS = 0.8


class Desk:
    """Sessions come with the id of the browser that owns their cookie; one that does not match is nobody's."""

    def __init__(
        self,
        settings: Settings,
        book: EndpointBook,
        stream: Stream,
        learning: Learning = NOTHING_LEARNED,
        reach: Reach | None = None,
        logs: LogBook | None = None,
    ) -> None:
        self.settings = settings
        self.book = book
        self.logs = logs or LogBook(settings.endpoints)
        self.registry = Registry()
        self._asking = Asking(settings, book)
        self._typed = TypedEndpoints(reach)
        self.panels = Panels(settings, book, self._typed, self._asking, learning, self._gone)
        self.screens = Screens(self._asking.can_continue)
        self.strips = Strips(settings, book, self.screens, lambda conversation: self.runs.wait(conversation))
        self.tell = self.strips.tell
        words, note = self._asking.words, self._asking.note
        self.metrics = Metrics(book.served, every=settings.metrics_every, rests=book.resting.rests)
        page = Page(self._paint, self._finish, self.tell, words, note, self._began, self._ended)
        self.runs = Runs(stream, self._asking.ready, page)
        self.logs.busy = lambda: self.runs.count > 0
        self._absences: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        book.on_change = self.strips.endpoint_changed

    # Coming and going

    async def hello(self, browser: str, hello: Hello, session: PageSession | None) -> None:
        """A page says who it is: before its socket opens, or (with its session) when a restarted app has asked it."""
        if hello.choice is not None and (self.settings.lock or hello.choice[0] not in self.book.names):
            hello = dataclasses.replace(hello, choice=None)
        tab, put_aside = self.registry.hello(browser, hello, at=time.time(), lost=header.LOST)
        if hello.endpoint:
            self._open_on(tab, hello.endpoint)
        if put_aside is not None:
            self.runs.stop(put_aside)
            self.screens.forget(put_aside)
        if session is not None:
            await self.connected(session, browser)

    def _open_on(self, tab: Tab, name: str) -> None:
        """The page's address names an endpoint: of those that every visitor can choose. In a locked app there is
        nothing to choose, and nothing is said of what there is."""
        tab.opened = ""
        if self.settings.lock:
            return
        if name not in self.book.names:
            tab.opened = header.no_such_endpoint(name, self.book.names)
        elif self.book.known(tab.endpoint) != name:
            tab.endpoint, tab.model = name, None

    async def connected(self, session: PageSession, browser: str | None) -> None:
        """Every connection of a page's socket: load, reload, new chat, reconnect."""
        tab = self.registry.tab(session.id, browser)
        if tab is None:
            await session.emit("window_message", {"playground": "who"})
            return
        tab.seen = time.time()
        conversation = tab.conversation
        if timer := self._absences.pop(conversation.id, None):
            timer.cancel()
        first = self.screens.of(conversation) is None
        screen = self.screens.attach(session, conversation)
        screen.tab = tab
        if conversation.last is not None or not (first or tab.notice):
            await screen.draw()
        else:
            # The page may still show a chat that is gone: it is left to be read, and replaced at the next message.
            screen.behind = bool(tab.notice)
            await screen.draw_nothing()
        # Until then it is said at every load: a page that is loaded anew may have been told a moment before it went.
        await self.tell(conversation, notice=tab.notice or tab.opened)
        self._look(tab)

    def left(self, session: PageSession, socket_id: str) -> None:
        """A socket has gone. A page that does not come back in time has its request closed."""
        screen = self.screens.leave(session, socket_id)
        if screen is None:
            return
        conversation = screen.conversation
        loop = asyncio.get_running_loop()
        self._absences[conversation.id] = loop.call_later(
            self.settings.abandon_after, self._abandoned, conversation, screen
        )

    def _abandoned(self, conversation: Conversation, screen: Screen) -> None:
        self._absences.pop(conversation.id, None)
        if not screen.connected:
            self.runs.stop(conversation, by="absence")

    # What a visitor does

    async def send(self, session: PageSession, browser: str | None, id: str, text: str) -> None:
        """A new message, which the page has put up already."""
        # Browsers send half of a character where one was cut in two; nothing else can.
        text = sound(text)
        at = self._at(session, browser)
        if at is None:
            return
        tab, screen = at
        conversation = tab.conversation
        if refusal := self._refusal(conversation, text):
            await screen.draw()
            await self.tell(conversation, notice=refusal, draft=text)
            return
        try:
            turn = conversation.add(id, text, after=conversation.last, at=time.time())
        except ValueError:
            await screen.draw()
            return
        self._ask(tab, turn)
        if screen.behind:
            screen.behind = False
            await screen.draw()
        else:
            await screen.begin(turn)
        await self.tell(conversation)

    async def edit(self, session: PageSession, browser: str | None, id: str, text: str) -> None:
        """Another version of an earlier message."""
        await self._again(session, browser, id, sound(text))

    async def act(self, session: PageSession, browser: str | None, name: str, id: str) -> None:
        """A button under an answer."""
        match name:
            case "regenerate":
                await self._again(session, browser, id, None)
            case "continue":
                await self._continue(session, browser, id)
            case "show":
                await self._show(session, browser, id)
            case _:
                return

    def stop(self, session: PageSession, browser: str | None) -> None:
        if tab := self.registry.tab(session.id, browser):
            self.runs.stop(tab.conversation)

    async def chosen(self, session: PageSession, browser: str | None) -> None:
        """A panel has changed what this tab asks, or whom: its strip shows that, and the endpoint is looked after."""
        at = self._at(session, browser)
        if at is None:
            return
        tab, screen = at
        screen.tab = tab
        await self.tell(tab.conversation)
        self._look(tab)

    def _look(self, tab: Tab) -> None:
        self.book.resting.use(self.book.known(tab.endpoint))
        self._spawn(self.book.check(tab.endpoint, fresh=FRESH))

    async def look_at_all(self, browser: str, *, again: bool = False) -> None:
        """Asks every endpoint that this visitor can choose; does not wait for one that is slow. `again`: nobody has
        asked for that, the page does it by itself."""
        names = [*self.book.names, *(endpoint.name for endpoint in self._typed.of(browser))]
        names = [name for name in names if not (again and self.book.resting.rests(name))]
        checks = {self._spawn(self.book.check(name, fresh=FRESH)) for name in names}
        if checks:
            await asyncio.wait(checks, timeout=LOOK_SECONDS)

    def painted(self, session: PageSession, browser: str | None, number: int) -> None:
        if at := self._at(session, browser):
            at[1].painted(number)

    def receipt(self, session: PageSession, browser: str | None, number: int) -> None:
        if at := self._at(session, browser):
            at[1].receipt(number)

    # Inside

    def _at(self, session: PageSession, browser: str | None) -> tuple[Tab, Screen] | None:
        tab = self.registry.tab(session.id, browser)
        if tab is None:
            return None
        tab.seen = time.time()
        screen = self.screens.of(tab.conversation)
        return None if screen is None or screen.session is not session else (tab, screen)

    def _refusal(self, conversation: Conversation, text: str) -> str:
        limit = self.settings.max_message_chars
        if len(text) > limit:
            return header.too_long(len(text), limit)
        return header.BUSY if conversation.running else ""

    async def _again(self, session: PageSession, browser: str | None, id: str, text: str | None) -> None:
        """A sibling of a turn: with another text it is an edit, with the same a regeneration."""
        at = self._at(session, browser)
        if at is None:
            return
        tab, screen = at
        old = tab.conversation.find(id)
        if old is None:
            await screen.draw()
            await self.tell(tab.conversation, notice=header.GONE, draft=text or "")
            return
        said = old.said if text is None else text
        if refusal := self._refusal(tab.conversation, said):
            await screen.draw()
            await self.tell(tab.conversation, notice=refusal, draft=text or "")
            return
        after = old.parent if old.parent is not None and old.parent.id else None
        self._ask(tab, tab.conversation.add(new_id(), said, after=after, at=time.time()))
        await screen.draw()
        await self.tell(tab.conversation)

    async def _continue(self, session: PageSession, browser: str | None, id: str) -> None:
        at = self._at(session, browser)
        if at is None:
            return
        tab, screen = at
        turn = tab.conversation.find(id)
        request = self._asking.continuation(tab.conversation, turn) if turn is not None else None
        if turn is None or turn.run is None or turn is not tab.conversation.last or request is None:
            await screen.draw()
            return
        before = turn.run
        self.runs.start(tab.conversation, turn, request, continues=before.reply)
        turn.run.chosen, turn.run.earlier = before.chosen, before.parts
        await screen.resume(turn)
        await self.tell(tab.conversation)

    async def _show(self, session: PageSession, browser: str | None, id: str) -> None:
        at = self._at(session, browser)
        if at is None:
            return
        tab, screen = at
        turn = tab.conversation.find(id)
        if turn is not None:
            tab.conversation.show(turn)
        await screen.draw()
        await self.tell(tab.conversation)

    def _ask(self, tab: Tab, turn: Turn) -> None:
        tab.notice = tab.opened = ""
        request = self._asking.request(tab.conversation, turn, tab.endpoint, chosen(tab), tab.model)
        self.runs.start(tab.conversation, turn, request)
        if turn.run is not None:
            turn.run.chosen = Chosen(tab.endpoint, tab.model, dict(tab.raw))

    async def _paint(self, conversation: Conversation, turn: Turn) -> None:
        if screen := self.screens.of(conversation):
            await screen.paint(turn)

    async def _finish(self, conversation: Conversation, turn: Turn) -> None:
        if turn.run is not None and turn.run.status == "failed":
            self._spawn(self.book.check(turn.run.request.endpoint.name))
        if screen := self.screens.of(conversation):
            await screen.finish(turn)

    def _began(self, run: Run) -> None:
        self.logs.began(run)
        self.metrics.began(run)
        self.book.resting.began(run.request.endpoint.name)

    def _ended(self, run: Run) -> None:
        self.logs.ended(run)
        self.metrics.ended(run)
        self.book.resting.ended(run.request.endpoint.name)

    def local_changed(self, news: str) -> None:
        """The embedded server has another state: whoever looks at it is told."""
        self._spawn(self.book.local_changed(news))

    def sweep(self, live: frozenset[str]) -> None:
        """Forgets what has been kept long enough. `live`: the ids of the sessions there are."""
        for tab in self.registry.sweep(before=time.time() - self.settings.keep_hours * 3600, live=live):
            for conversation in [tab.conversation, *tab.past]:
                self.runs.stop(conversation, by="absence")
                self.screens.forget(conversation)
        now = time.time()
        gone = self._typed.sweep(before=now - self.settings.key_hours * 3600, pasted_before=now - PASTED_SECONDS)
        self._gone(gone)

    def _gone(self, names: Collection[str]) -> None:
        """Typed endpoints are no more. What runs there is stopped; a tab that spoke to one speaks to the first endpoint
        again, whose models are others."""
        for name in names:
            self.book.remove(name)
            self.logs.forget(name)
            self.metrics.forget(name)
        for tab in self.registry.tabs() if names else ():
            if tab.endpoint in names:
                tab.endpoint = tab.model = None
            running = tab.conversation.running
            if running is not None and running.run is not None and running.run.request.endpoint.name in names:
                self.runs.stop(tab.conversation)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        for timer in self._absences.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        await self.runs.close()
        await self.metrics.close()
        await self.book.close()
        await self.logs.close()
