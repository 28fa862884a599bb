"""Answers under way: starts them, stops them, and records how each ended. One at a time for each conversation."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

from playground.core.archive import Archive
from playground.core.conversation import Conversation, Turn
from playground.core.errors import PlaygroundError
from playground.core.events import Adapted, Event, Sent, Waiting
from playground.core.pacing import SHIPPED
from playground.core.recording import Recording, Waited
from playground.core.redact import redact
from playground.core.reply import Reply, ReplyBuilder
from playground.core.run import Request, Run, StoppedBy
from playground.core.views import SHORTEST_WAIT
from playground.core.wire_events import Answered, Tell, Told
from playground.ui.frames import Frames

logger = logging.getLogger("playground")

# The second is told what goes over the wire.
Stream = Callable[[Request, Tell], AsyncGenerator[tuple[Event, ...], None]]
# Makes the request that goes out: waits for an embedded server that is starting, and puts its address in.
Ready = Callable[[Request], Awaitable[Request]]

BUG = PlaygroundError(
    "The playground itself failed.",
    "This is a fault of the app, not of the model. The app's own log has the details; try again.",
)


@dataclass(frozen=True, slots=True)
class Wait:
    """Why nothing has come yet, for the page's clock. Times are of the loop's clock, in seconds.

    `first`: since when it has been waited in all, None where that is `since`.
    """

    why: str
    since: float
    until: float | None = None
    first: float | None = None

    @property
    def began(self) -> float:
        """Since when it has been waited in all."""
        return self.since if self.first is None else self.first


@dataclass(frozen=True, slots=True)
class Page:
    """What a run tells the page that shows it, if any does."""

    paint: Callable[[Conversation, Turn], Awaitable[None]]
    finish: Callable[[Conversation, Turn], Awaitable[None]]
    tell: Callable[[Conversation], Awaitable[None]]
    # An error as this app's visitors may read it.
    words: Callable[[PlaygroundError, Request], PlaygroundError] = lambda error, _request: error
    # The same for what was sent otherwise than it was set.
    note: Callable[[Adapted], Adapted] = lambda note: note
    # For whoever keeps account of them: a run that begins, and one that has ended.
    began: Callable[[Run], None] = lambda _run: None
    ended: Callable[[Run], None] = lambda _run: None


@dataclass(slots=True)
class _Active:
    turn: Turn
    task: asyncio.Task[None]
    wait: Wait | None


class Runs:
    """Our own task handle for each answer: Chainlit's Stop knows none that an edit or a button has started."""

    def __init__(self, stream: Stream, ready: Ready, page: Page) -> None:
        self._stream = stream
        self._ready = ready
        self._page = page
        # Until it is known which page is served, as for the slower one.
        self.pace = SHIPPED
        self._active: dict[str, _Active] = {}
        self._ends: set[asyncio.Task[None]] = set()
        self._archive = Archive()
        # Every run that a conversation still holds.
        self._known: WeakValueDictionary[str, Run] = WeakValueDictionary()

    def start(
        self, conversation: Conversation, turn: Turn, request: Request, *, continues: Reply | None = None
    ) -> None:
        """Asks. `continues` is the cut-off answer that the reply takes up."""
        self.stop(conversation)
        builder = ReplyBuilder(continues)
        loop = asyncio.get_running_loop()
        turn.run = self._run(request, builder.reply, loop.time())
        self._page.began(turn.run)
        active = _Active(turn, loop.create_task(self._answer(conversation, turn.run, turn, builder)), None)
        active.wait = Wait("", loop.time())
        self._active[conversation.id] = active
        end = loop.create_task(self._end(conversation, active))
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)

    def _run(self, request: Request, reply: Reply, now: float) -> Run:
        run = Run(request, reply, id=secrets.token_hex(4), record=self._archive.record(now, time.time() - now))
        self._known[run.id] = run
        return run

    def find(self, id: str) -> Run | None:
        """The run with that id, whoever's it is; None once its conversation is forgotten."""
        return self._known.get(id)

    def stop(self, conversation: Conversation, by: StoppedBy = "person") -> None:
        """Closes the request to the endpoint; what has come is kept and the turn counts as stopped from now on."""
        active = self._active.pop(conversation.id, None)
        if active is None:
            return
        if active.turn.run is not None and active.turn.run.status == "running":
            active.turn.run.status = "stopped"
            active.turn.run.stopped_by = by
        active.task.cancel()

    def wait(self, conversation: Conversation) -> Wait | None:
        """What the answer under way waits for; None once it comes, or where none is under way."""
        active = self._active.get(conversation.id)
        return active.wait if active else None

    @property
    def count(self) -> int:
        """How many answers are under way."""
        return len(self._active)

    async def close(self) -> None:
        """Stops everything and waits until it has ended."""
        for active in list(self._active.values()):
            active.task.cancel()
        if self._ends:
            await asyncio.wait(self._ends)

    async def _answer(self, conversation: Conversation, run: Run, turn: Turn, builder: ReplyBuilder) -> None:
        clock, record = asyncio.get_running_loop().time, run.record
        assert record is not None
        frames = Frames(lambda: self._page.paint(conversation, turn), lambda: len(turn.text), self.pace)
        run.request = await self._ready(run.request)
        stream = self._stream(run.request, _listener(record, builder, clock, asleep=run.request.asleep))
        try:
            async with frames:
                async for batch in stream:
                    now, pieces = clock(), builder.reply.pieces
                    for event in batch:
                        builder.feed(self._page.note(event) if isinstance(event, Adapted) else event, at=now)
                        await self._waits(conversation, event, now)
                        if isinstance(event, Waiting):
                            record.waits.append(Waited(now, event.seconds, event.why))
                    run.reply = builder.reply
                    if run.reply.pieces != pieces:
                        record.text(now, run.reply.pieces - pieces)
                    if run.reply.first_token_at is not None:
                        # Not before: a frame with nothing in it would make the first text wait for the next one.
                        frames.wake()
                        await self._waits(conversation, None, now)
        finally:
            # Now, not when the generator is collected: this is what hangs up.
            await stream.aclose()
        if run.status == "running":
            run.status = "done"

    async def _waits(self, conversation: Conversation, event: Event | None, now: float) -> None:
        """Keeps the page's clock: from the request that counts, through the waits before it, to the first token."""
        active = self._active.get(conversation.id)
        if active is None or active.wait is None:
            return
        match event:
            case Waiting(why=why, seconds=seconds):
                first = now if active.wait.first is None else active.wait.first
                active.wait = Wait(why, now, None if seconds is None else now + seconds, first)
            case Sent():
                if not active.wait.why:
                    return
                active.wait = Wait("", now, None, active.wait.first)
            case None:
                active.wait = None
            case _:
                return
        await self._page.tell(conversation)

    async def _end(self, conversation: Conversation, active: _Active) -> None:
        """Runs for every end, however it came: nothing that must happen depends on catching a cancel."""
        run = active.turn.run
        await asyncio.wait({active.task})
        if run is not None:
            if run.record is not None:
                run.record.ended_at = asyncio.get_running_loop().time()
            self._record(run, active.task)
            self._page.ended(run)
        if self._active.get(conversation.id) is active:
            del self._active[conversation.id]
        await self._page.finish(conversation, active.turn)
        await self._page.tell(conversation)

    def _record(self, run: Run, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if run.status != "running":
            return
        if error is None:
            run.status = "stopped"
            return
        run.status = "failed"
        if isinstance(error, PlaygroundError):
            run.error = self._page.words(error, run.request)
            return
        run.error = BUG
        frames = "".join(f"\n  {line}" for line in _trace(error))
        logger.error(
            "%s", redact(f"an answer failed: {type(error).__name__}: {error}{frames}", run.request.endpoint.secrets)
        )


def _listener(record: Recording, builder: ReplyBuilder, clock: Callable[[], float], *, asleep: bool) -> Tell:
    """Keeps what goes over the wire, and sees when an endpoint that was asleep is up: a response that begins late was
    held back until then."""

    def told(what: Told) -> None:
        now, sent = clock(), builder.reply.sent_at
        record.feed(what, now)
        if not (isinstance(what, Answered) and what.succeeded and asleep):
            return
        if sent is not None and now - sent >= SHORTEST_WAIT:
            builder.awake(now)

    return told


def _trace(error: BaseException) -> list[str]:
    lines, at = [], error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        lines.append(f"{code.co_filename}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    return lines
