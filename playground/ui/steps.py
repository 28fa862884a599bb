"""A conversation's turns as the plain dicts that Chainlit's page draws: steps and actions. Sends nothing.

One turn is a user message and, under it, a run with up to three parts: thinking (folded), answer, trouble (an error).
Chainlit shows an answer's copy button only under a finished run named `on_message`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from playground.core.conversation import Conversation, Turn
from playground.core.params import label_of
from playground.core.run import Run
from playground.core.views import error_text, note_text, stats_line, thinking_name

Step = dict[str, Any]
Action = dict[str, Any]

# Any time will do: the page only looks whether there is one.
_SOME_TIME = "1970-01-01T00:00:00Z"


def answer_id(turn: Turn) -> str:
    return f"{turn.id}:answer"


def trouble_id(turn: Turn) -> str:
    return f"{turn.id}:trouble"


def thinking_id(turn: Turn) -> str:
    return f"{turn.id}:thinking"


def _step(id: str, type: str, output: str, parent: str | None, **more: Any) -> Step:
    base: Step = {
        "id": id,
        "type": type,
        "output": output,
        "parentId": parent,
        "name": "assistant",
        "createdAt": None,
        "metadata": {},
        "streaming": False,
        "input": "",
        "isError": False,
    }
    return base | more


def user_step(turn: Turn) -> Step:
    return _step(turn.id, "user_message", turn.said, None, name="user")


def run_step(turn: Turn) -> Step:
    return _step(f"{turn.id}:run", "run", "", turn.id, name="on_message", end=None if turn.running else _SOME_TIME)


def thinking_step(turn: Turn, run: Run) -> Step:
    over = not turn.running or run.reply.thinking_ended_at is not None
    return _step(
        thinking_id(turn),
        "tool",
        run.reply.reasoning,
        f"{turn.id}:run",
        name=thinking_name(run.reply, under_way=turn.running),
        streaming=not over,
        start=_SOME_TIME,
        end=_SOME_TIME if over else None,
        defaultOpen=False,
        metadata={"icon": "brain"},
    )


def notes_step(turn: Turn, run: Run) -> Step | None:
    """What was sent otherwise than it was set, folded."""
    if not run.reply.adapted:
        return None
    labels = dict.fromkeys(label_of(note.what) for note in run.reply.adapted)
    return _step(
        f"{turn.id}:notes",
        "tool",
        "\n\n".join(note_text(note) for note in run.reply.adapted),
        f"{turn.id}:run",
        name=f"Sent with a change: {', '.join(labels)}",
        start=_SOME_TIME,
        end=_SOME_TIME,
        defaultOpen=False,
        metadata={"icon": "info"},
    )


def answer_step(turn: Turn) -> Step:
    """A text completion's is shown exactly as it came: `raw` is read by the page's script (see `page.patches`)."""
    raw = turn.run is not None and turn.run.reply.mode == "completion"
    return _step(
        answer_id(turn),
        "assistant_message",
        turn.text,
        f"{turn.id}:run",
        streaming=turn.running,
        metadata={"raw": True} if raw else {},
    )


def trouble_step(turn: Turn, run: Run) -> Step | None:
    if run.error is None:
        return None
    return _step(
        trouble_id(turn),
        "tool",
        error_text(run.error),
        f"{turn.id}:run",
        name=run.error.what,
        isError=True,
        start=_SOME_TIME,
        end=_SOME_TIME,
        defaultOpen=True,
    )


def turn_steps(turn: Turn) -> Iterator[Step]:
    """A turn as it stands. A finished one always has an answer or a trouble, since its actions stand under that."""
    yield user_step(turn)
    yield run_step(turn)
    if turn.run is None:
        return
    if turn.run.reply.reasoning:
        yield thinking_step(turn, turn.run)
    if told := notes_step(turn, turn.run):
        yield told
    if trouble := trouble_step(turn, turn.run):
        if turn.text:
            yield answer_step(turn)
        yield trouble
    elif turn.text or not turn.running:
        yield answer_step(turn)


def steps(conversation: Conversation) -> list[Step]:
    return [step for turn in conversation.path for step in turn_steps(turn)]


def actions(turn: Turn, *, last: bool, can_continue: Callable[[Turn], bool]) -> list[Action]:
    """The buttons under an answer, and its line of figures. `last`: whether it ends the path."""
    if turn.running:
        return []
    versions = turn.versions
    at = versions.index(turn)
    made = []
    if len(versions) > 1:
        made.append(_action(turn, "show", "‹", versions[at - 1].id, tip="The version before"))
        made.append(_action(turn, "where", f"{at + 1} / {len(versions)}"))
        made.append(_action(turn, "show", "›", versions[(at + 1) % len(versions)].id, tip="The next version"))
    failed = turn.run is None or turn.run.status == "failed"
    made.append(_action(turn, "regenerate", "Try again" if failed else "Regenerate"))
    if last and can_continue(turn):
        made.append(_action(turn, "continue", "Continue"))
    if turn.run is not None:
        # The page opens this one by itself (public/answer.js).
        made.append(_action(turn, "details", "Details", tip="This answer: request, timing, logs"))
    if turn.run is not None and (line := stats_line(turn.run)):
        # A narrow page breaks the line between two figures, not inside one.
        made.append(_action(turn, "stats", line.replace(" ", "\u00a0").replace("\u00a0·\u00a0", " · ")))
    return made


def _action(turn: Turn, name: str, label: str, target: str = "", tip: str = "") -> Action:
    """An id names the action and its label, so that one whose label changes counts as another."""
    return {
        "name": name,
        "payload": {"turn": target or turn.id},
        "label": label,
        "tooltip": tip,
        "icon": None,
        "forId": trouble_id(turn) if turn.run is not None and turn.run.error and not turn.text else answer_id(turn),
        "id": f"{turn.id}:{name}:{target}:{label}:{name}",
    }
