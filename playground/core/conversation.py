"""A conversation as a tree of turns. The page shows one path through it; what is off the path is kept.

A turn is what was said and what came back. An edit and a regeneration both make a sibling: a version. Nothing here
knows of pages, sockets or tasks.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field

from playground.core.run import Message, Run


@dataclass(eq=False, slots=True)
class Turn:
    """One question and its answer. `id` is the id of the message on the page; `run` is None until it is asked.

    `started` is wall-clock seconds, for the page's waiting clock.
    """

    id: str
    said: str = ""
    parent: Turn | None = None
    run: Run | None = None
    started: float = 0.0
    children: list[Turn] = field(default_factory=list)
    chosen: Turn | None = None

    @property
    def text(self) -> str:
        """The answer so far, without the model's thinking."""
        return self.run.reply.text if self.run else ""

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.status == "running"

    @property
    def versions(self) -> list[Turn]:
        """This turn and its siblings, oldest first: edits and regenerations alike."""
        return self.parent.children if self.parent else [self]


class Conversation:
    """The tree, and which path of it is shown."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.root = Turn(id="")
        self._turns: dict[str, Turn] = {}

    @property
    def path(self) -> list[Turn]:
        """The turns shown, in order."""
        turns = []
        turn = self.root.chosen
        while turn is not None:
            turns.append(turn)
            turn = turn.chosen
        return turns

    @property
    def last(self) -> Turn | None:
        """The turn that the next message follows."""
        return self.path[-1] if self.root.chosen else None

    @property
    def running(self) -> Turn | None:
        """The turn being answered, on or off the path; at most one is."""
        return next((turn for turn in self._turns.values() if turn.running), None)

    def turns(self) -> Iterator[Turn]:
        """Every turn, shown or not, oldest first."""
        return iter(self._turns.values())

    def find(self, id: str) -> Turn | None:
        return self._turns.get(id)

    def add(self, id: str, said: str, *, after: Turn | None, at: float) -> Turn:
        """Puts a new turn after another (None: at the start) and shows it. Raises ValueError for an id in use."""
        if not id or id in self._turns:
            raise ValueError(f"a turn needs an id of its own, not {id!r}")
        parent = after or self.root
        turn = Turn(id=id, said=said, parent=parent, started=at)
        parent.children.append(turn)
        parent.chosen = turn
        self._turns[id] = turn
        return turn

    def show(self, turn: Turn) -> None:
        """Shows another version: the path goes through it, and on as it last did."""
        if turn.parent is not None:
            turn.parent.chosen = turn

    def messages(self, turn: Turn, system_prompt: str | None = None) -> tuple[Message, ...]:
        """What is sent for a turn: the system prompt and the turns that lead to it, and nothing else.

        An answer that never came is left out, and the two questions then standing together are sent as one: many chat
        templates refuse two user turns in a row.
        """
        lead: list[Turn] = []
        at: Turn | None = turn
        while at is not None and at.parent is not None:
            lead.append(at)
            at = at.parent
        messages = [Message("system", system_prompt)] if system_prompt else []
        for each in reversed(lead):
            if messages and messages[-1].role == "user":
                messages[-1] = Message("user", f"{messages[-1].content}\n\n{each.said}")
            else:
                messages.append(Message("user", each.said))
            if each is not turn and each.text:
                messages.append(Message("assistant", each.text))
        return tuple(messages)

    def duplicate(self, id: str) -> Conversation:
        """A copy for a duplicated tab: the same turns and ids, what has come so far, and nothing that goes on."""
        twin = Conversation(id)
        twin.root = self._copy(self.root, None, twin._turns)
        # A dict keeps the order in which ids came: by age, as in the original.
        twin._turns = {id: twin._turns[id] for id in self._turns}
        return twin

    def _copy(self, turn: Turn, parent: Turn | None, found: dict[str, Turn]) -> Turn:
        """Walks with a stack of its own: a long chat is a deep tree."""
        top = Turn(turn.id, turn.said, parent, _settled(turn.run), turn.started)
        todo = [(turn, top)]
        while todo:
            old, new = todo.pop()
            if old.id:
                found[old.id] = new
            for child in old.children:
                twin = Turn(child.id, child.said, new, _settled(child.run), child.started)
                new.children.append(twin)
                if child is old.chosen:
                    new.chosen = twin
                todo.append((child, twin))
        return top


def _settled(run: Run | None) -> Run | None:
    """A copy of a run as it stands: one that is under way counts as stopped, since nobody answers the copy."""
    if run is None:
        return None
    twin = copy.copy(run)
    twin.reply = copy.copy(run.reply)
    twin.notes = list(run.notes)
    if twin.status == "running":
        twin.status = "stopped"
    return twin
