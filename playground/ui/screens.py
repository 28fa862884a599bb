"""What is on each page, and how it gets there: one draw for everything, and frames of text while an answer streams.

The tree is the truth and a page a view of it. An event to a page that is gone is lost, and the next draw heals it, so
nothing here waits for a page. The order of events is what Chainlit's page needs: actions before messages (each action
event draws the whole chat again, which costs nothing while there is none), `first_interaction` before anything runs (or
there is no Stop button), all turns in one `resume_thread`.

The page draws once for all that comes together, so what begins an answer waits a moment for its first text, and what
ends one leaves the last text a moment to be drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from playground.core.conversation import Conversation, Turn
from playground.core.recording import Frame
from playground.ui.outbox import Outbox
from playground.ui.steps import (
    Action,
    actions,
    answer_id,
    answer_step,
    notes_step,
    run_step,
    steps,
    thinking_id,
    thinking_step,
    trouble_id,
    turn_steps,
)
from playground.ui.visitors import Tab

CanContinue = Callable[[Turn], bool]

# Seconds for which what begins an answer waits for its first text: about what the page takes to put up the question.
BEGIN_SECONDS = 0.020
# Seconds that the last text has to itself before the buttons come, whose draw takes the page three times as long.
END_SECONDS = 0.020
# Seconds between two frames of which the page says when it has painted them; each costs a message there and back.
ASK_SECONDS = 0.25
# Frames that are waited for; a page that is hidden paints none.
MOST_AWAITED = 64


class PageSession(Protocol):
    """What is used of Chainlit's session. `emit` is looked up at each call: Chainlit swaps it when a socket returns."""

    id: str
    socket_id: str
    thread_id: str
    has_first_interaction: bool
    emit: Callable[[str, Any], Awaitable[Any]]


@dataclass(slots=True)
class _Drawn:
    """The actions a turn has on the page, and the number of the batch that brought them."""

    batch: int = 0
    actions: list[Action] = field(default_factory=list)


@dataclass(slots=True)
class _Shown:
    """How many characters of a running turn the page has. `moved`: what had come as text stands in the thinking."""

    thinking: int
    text: int
    moved: bool = False


class Screen:
    """One conversation on one page."""

    def __init__(self, session: PageSession, conversation: Conversation, can_continue: CanContinue) -> None:
        self.session = session
        self.conversation = conversation
        self.connected = True
        # Whose page it is: what the visitor has chosen there.
        self.tab: Tab | None = None
        # Whether the page still shows a chat that is not known here any more.
        self.behind = False
        self._can_continue = can_continue
        self._socket_id = session.socket_id
        self._sent = 0
        self._seen = 0
        self._actions: dict[str, _Drawn] = {}
        self._shown: dict[str, _Shown] = {}
        # The session's own way is looked up each time: see `PageSession`.
        self._outbox = Outbox(lambda event, data: session.emit(event, data))
        self._text_at = 0.0
        # Frames of which the page has not said that they are painted, by their numbers.
        self._unpainted: dict[int, Frame] = {}
        self._asked = 0
        self._asked_at = 0.0

    @property
    def endpoint(self) -> str | None:
        """The endpoint its tab speaks to; None for the first."""
        return self.tab.endpoint if self.tab is not None else None

    async def emit(self, event: str, data: Any) -> None:
        await self._outbox.put(event, data)

    def receipt(self, number: int) -> None:
        """The page has got everything up to this batch: it answers each message of ours with the number in it."""
        self._seen = max(self._seen, min(number, self._sent))

    def painted(self, number: int) -> None:
        """The page has painted the text of that frame."""
        if (frame := self._unpainted.pop(number, None)) is not None:
            frame.painted_at = asyncio.get_running_loop().time()

    async def tell(self, state: dict[str, Any]) -> None:
        """Public state for the strip: model, dot, waiting, notices."""
        if self.connected:
            await self.emit("window_message", {"playground": "state", "n": self._sent} | state)

    async def draw(self) -> None:
        """The whole page, whatever is on it now."""
        if not self.connected:
            return
        await self._outbox.release()
        conversation = self.conversation
        self.session.thread_id = conversation.id
        came_back, self._socket_id = self._socket_id != self.session.socket_id, self.session.socket_id
        path = conversation.path
        for turn in path:
            await self._draw_actions(turn, came_back=came_back)
        if path:
            await self._first_interaction("resume")
        drawn = steps(conversation)
        # No await between these two and the event: a frame of text must not fall between.
        self._shown = {turn.id: _all_of(turn) for turn in conversation.path if turn.running}
        await self.emit("resume_thread", {"id": conversation.id, "steps": drawn, "elements": []})
        await self.emit("task_start" if conversation.running else "task_end", {})

    async def draw_nothing(self) -> None:
        """A page without a chat: made ready for one, so that its first message has less to draw."""
        await self._first_interaction("new")
        # After a new chat the page still believes in the answer that ran before.
        await self.emit("task_end", {})

    async def begin(self, turn: Turn) -> None:
        """A turn whose question the page has put up by itself: what is under it, and the Stop button."""
        if not self.connected:
            return
        self._outbox.hold(BEGIN_SECONDS)
        self._shown[turn.id] = _all_of(turn)
        await self.emit("task_start", {})
        await self._first_interaction(turn.said[:100])
        await self.emit("new_message", run_step(turn))
        await self._withdraw_continue(turn)

    async def resume(self, turn: Turn) -> None:
        """An answer on the page that goes on growing."""
        if not self.connected:
            return
        self._shown[turn.id] = _all_of(turn)
        await self.emit("task_start", {})
        for action in self._actions.pop(turn.id, _Drawn()).actions:
            await self.emit("remove_action", action)
        await self.emit("delete_message", {"id": trouble_id(turn)})
        await self.emit("update_message", run_step(turn))
        await self.emit("update_message", answer_step(turn))

    async def paint(self, turn: Turn) -> None:
        """Adds what the page does not have yet of a running turn."""
        shown, run = self._shown.get(turn.id), turn.run
        if shown is None or run is None or not self.connected:
            return
        reply = run.reply
        if reply.moved and not shown.moved:
            # What stands there as the answer was thinking.
            await self.draw()
            return
        thinking, text = reply.reasoning[shown.thinking :], reply.text[shown.text :]
        self._shown[turn.id] = _all_of(turn)
        if thinking:
            if shown.thinking:
                await self._token(thinking_id(turn), thinking)
            else:
                await self.emit("stream_start", thinking_step(turn, run))
                await self._text_is_out()
        if text:
            if shown.text:
                await self._token(answer_id(turn), text)
                await self._ask_when_painted(turn)
                return
            if reply.reasoning:
                await self.emit("update_message", thinking_step(turn, run))
            if told := notes_step(turn, run):
                await self.emit("new_message", told)
            await self.emit("stream_start", answer_step(turn))
            await self._text_is_out()
        await self._ask_when_painted(turn)

    async def finish(self, turn: Turn) -> None:
        """A turn that is over: whole, with its figures. One that is not shown any more changes nothing."""
        self._shown.pop(turn.id, None)
        await self._outbox.release()
        await self._ask_when_painted(turn, last=True)
        if (wait := self._text_at + END_SECONDS - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait)
        if not self.connected or turn not in self.conversation.path:
            return
        # First: the page follows the end when a message changes, not when a button is added under it.
        await self._draw_actions(turn)
        for step in list(turn_steps(turn))[1:]:
            await self.emit("new_message", step)
        if self.conversation.running is None:
            await self.emit("task_end", {})

    async def _token(self, id: str, text: str) -> None:
        await self.emit("stream_token", {"id": id, "token": text, "isSequence": False, "isInput": False})
        await self._text_is_out()

    async def _ask_when_painted(self, turn: Turn, *, last: bool = False) -> None:
        """The page is asked to say when what it was just sent is on the screen: now and then, and of the last text."""
        now = asyncio.get_running_loop().time()
        record, reply = (turn.run.record, turn.run.reply) if turn.run is not None else (None, None)
        if not self.connected or record is None or reply is None or reply.last_token_at is None:
            return
        if not last and now - self._asked_at < ASK_SECONDS:
            return
        frame = record.frame(reply.last_token_at, now)
        if frame is None:
            return
        self._asked, self._asked_at = self._asked + 1, now
        self._unpainted[self._asked] = frame
        if len(self._unpainted) > MOST_AWAITED:
            del self._unpainted[next(iter(self._unpainted))]
        await self.emit("window_message", {"playground": "frame", "f": self._asked})

    async def _text_is_out(self) -> None:
        self._text_at = asyncio.get_running_loop().time()
        await self._outbox.release()

    async def _first_interaction(self, interaction: str) -> None:
        """Once for each session: the page shows its Stop button only after that."""
        if self.session.has_first_interaction:
            return
        self.session.has_first_interaction = True
        await self.emit("first_interaction", {"interaction": interaction, "thread_id": self.conversation.id})

    async def _withdraw_continue(self, turn: Turn) -> None:
        """Only the last answer can be continued."""
        if turn.parent is not None and turn.parent.id:
            await self._draw_actions(turn.parent)

    async def _draw_actions(self, turn: Turn, *, came_back: bool = False) -> None:
        """Sends the difference only. The page appends actions without looking at their ids and never clears them; after
        a reconnect, what has no receipt is removed and sent again (removing what is not there does nothing)."""
        drawn = self._actions.setdefault(turn.id, _Drawn())
        want = actions(turn, last=turn is self.conversation.last, can_continue=self._can_continue)
        kept = [action for action in drawn.actions if action in want]
        if (came_back and drawn.batch > self._seen) or want[: len(kept)] != kept:
            stale = {action["id"]: action for action in [*drawn.actions, *want]}
            kept = []
        else:
            stale = {action["id"]: action for action in drawn.actions if action not in kept}
        new = want[len(kept) :]
        if stale or new:
            self._sent += 1
            self._actions[turn.id] = _Drawn(self._sent, want)
        for action in stale.values():
            await self.emit("remove_action", action)
        for action in new:
            await self.emit("action", action)


def _all_of(turn: Turn) -> _Shown:
    if turn.run is None:
        return _Shown(0, 0)
    reply = turn.run.reply
    return _Shown(len(reply.reasoning), len(reply.text), reply.moved)


class Screens:
    """Which page shows which conversation now: the one that came last."""

    def __init__(self, can_continue: CanContinue) -> None:
        self._by_conversation: dict[str, Screen] = {}
        self._can_continue = can_continue

    def attach(self, session: PageSession, conversation: Conversation) -> Screen:
        """The screen of a page that (again) shows this conversation."""
        screen = self._by_conversation.get(conversation.id)
        if screen is None or screen.session is not session:
            screen = Screen(session, conversation, self._can_continue)
            self._by_conversation[conversation.id] = screen
        screen.connected = True
        return screen

    def of(self, conversation: Conversation) -> Screen | None:
        return self._by_conversation.get(conversation.id)

    def leave(self, session: PageSession, socket_id: str) -> Screen | None:
        """A socket has gone; gives back the screen that has thereby lost its page, if one has."""
        for screen in self._by_conversation.values():
            if screen.session is session and session.socket_id == socket_id:
                screen.connected = False
                return screen
        return None

    def forget(self, conversation: Conversation) -> None:
        self._by_conversation.pop(conversation.id, None)

    @property
    def connected(self) -> list[Screen]:
        return [screen for screen in self._by_conversation.values() if screen.connected]
