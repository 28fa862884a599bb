"""What a run looks like to a person: the quiet line under an answer, the name of its thinking, an error in words.

Figures that the server did not give are left out, or marked "about": never invented, never 0.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from typing import Any

from playground.core.errors import ContextTooLong, EndpointError, PlaygroundError, RateLimited, UnknownModel
from playground.core.events import Adapted
from playground.core.reply import Reply
from playground.core.run import Run, StoppedBy

FINISHES = {
    "stop": "finished",
    "eos": "finished",
    "eos_token": "finished",
    "end_turn": "finished",
    "content_filter": "withheld by the server's content filter",
    "tool_calls": "asked for a tool",
    "function_call": "asked for a tool",
    "abort": "ended by the server",
    "error": "ended by an error",
    "repetition": "stopped for repeating itself",
}
STOPS: dict[StoppedBy, str] = {
    "person": "stopped by you",
    "absence": "stopped because the page was closed",
    "restart": "stopped because the app was closed",
}
_LISTED = 12
_MARKUP = frozenset(string.punctuation) - frozenset(",;'\"?%/@{}.")
# Seconds; below this, how the network cut the answer up says more than how fast it was written.
SHORTEST_RATE = 0.05
# Seconds; a shorter wait before the request that counts is not worth a word.
SHORTEST_WAIT = 1.0


def stats_line(run: Run) -> str:
    """The line under an answer: how it ended, how fast it came, how much it was. "" while it is under way."""
    return " · ".join(_stats(run))


def _stats(run: Run) -> Iterator[str]:
    reply = run.reply
    if run.status == "running" or (run.status == "failed" and not reply.pieces):
        return
    yield ending(run)
    waited = first_token_seconds(reply)
    if waited is not None:
        yield f"first token {seconds(waited)}"
    if reply.waited is not None and reply.waited >= SHORTEST_WAIT:
        yield f"after {seconds(reply.waited)} of waiting for the model"
    rate = tokens_per_second(reply)
    if rate is not None:
        yield f"{rate:.0f} tokens/s" if rate >= 10 else f"{rate:.1f} tokens/s"
    yield from _counts(reply)
    asked = run.request.model
    if asked and reply.model and reply.model != asked:
        yield f"answered as {reply.model}"
    if reply.attempts > 1:
        yield f"attempt {reply.attempts}"
    yield from run.notes


def _counts(reply: Reply) -> Iterator[str]:
    if reply.usage is None:
        if reply.pieces:
            yield f"about {reply.pieces} tokens out"
        yield "tokens in: unknown"
        return
    yield f"{_count(reply.usage.prompt)} in"
    yield f"{_count(reply.usage.completion)} out"


def _count(tokens: int | None) -> str:
    return "tokens unknown" if tokens is None else "1 token" if tokens == 1 else f"{tokens:,} tokens"


def ending(run: Run) -> str:
    """How it ended, in a few words."""
    finish, reply = run.reply.finish, run.reply
    if run.status == "stopped":
        return STOPS[run.stopped_by] + (
            "" if reply.pieces or reply.text or reply.reasoning else " before the first token"
        )
    if run.status == "failed":
        return "cut off"
    if finish == "length":
        return f"stopped at {_limit(run)}"
    if finish in FINISHES and FINISHES[finish] == "finished":
        # vLLM says "stop" also where it was told which tool to ask for.
        if reply.tool_calls:
            return FINISHES["tool_calls"]
        if not (reply.text or reply.reasoning):
            return "finished with no text"
    if finish is None:
        return "finish reason unknown"
    return FINISHES.get(finish, f"finish reason “{finish[:40]}”")


def _limit(run: Run) -> str:
    limit = run.request.params.max_tokens
    if limit is not None:
        return f"the {limit:,}-token limit"
    usage = run.reply.usage
    if usage is not None and usage.completion:
        return f"the server's limit of {usage.completion:,} tokens"
    return "the server's token limit"


def tool_calls(reply: Reply) -> list[dict[str, Any]]:
    """The tools that the model asks for, in order: `{"id", "name", "arguments", "kind"}`.

    `arguments` is a text: JSON in lines where it is an object ("object"), else just what came: other JSON ("other"), or
    what is none, or not yet ("text").
    """
    return [{"id": call.id, "name": call.name} | _arguments(call.arguments) for call in reply.tool_calls]


def _arguments(said: str) -> dict[str, str]:
    try:
        value = json.loads(said)
        if isinstance(value, dict):
            return {"arguments": json.dumps(value, indent=2, ensure_ascii=False), "kind": "object"}
    except (ValueError, RecursionError):
        return {"arguments": said, "kind": "text"}
    return {"arguments": said, "kind": "other"}


def first_token_seconds(reply: Reply) -> float | None:
    """Seconds from the request to the first text or thinking; None where there was none."""
    if reply.sent_at is None or reply.first_token_at is None:
        return None
    return reply.first_token_at - reply.sent_at


def tokens_per_second(reply: Reply) -> float | None:
    """Tokens after the first, over the time they took; None without the server's own count or with one token only.

    The first token is left out, as its time is the time to first token (so does vLLM's own benchmark). An answer that
    came in one go has no rate either: the figure would be the network's, not the model's.
    """
    if reply.usage is None or reply.usage.completion is None or reply.usage.completion < 2:
        return None
    if reply.first_token_at is None or reply.last_token_at is None:
        return None
    took = reply.last_token_at - reply.first_token_at
    return (reply.usage.completion - 1) / took if took >= SHORTEST_RATE else None


def thinking_name(reply: Reply, *, under_way: bool) -> str:
    """What the folded thinking is called: while it lasts, and afterwards with its length."""
    if under_way and reply.thinking_ended_at is None:
        return "Thinking"
    if reply.thinking_started_at is None or reply.thinking_ended_at is None:
        return "Thoughts"
    took = reply.thinking_ended_at - reply.thinking_started_at
    return f"Thought for {seconds(took)}" if took >= 1 else "Thought for less than a second"


def seconds(value: float) -> str:
    """A length of time for reading: 1.5 ms, 45 ms, 0.25 s, 1.2 s, 45 s, 2 min 5 s. `public/answer_timeline.js` has the
    same, for what moves on the page."""
    if value < 0.01:
        return f"{value * 1000:.1f} ms"
    if value < 0.1:
        return f"{value * 1000:.0f} ms"
    if value < 1:
        return f"{value:.2f} s"
    if value < 10:
        return f"{value:.1f} s"
    whole = round(value)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def error_text(error: PlaygroundError) -> str:
    """An error as Markdown: what to try, then the server's own words as literal text."""
    parts = [plain(error.hint)]
    if isinstance(error, UnknownModel) and error.models:
        names = ", ".join(f"`{_tick(name)}`" for name in error.models[:_LISTED])
        more = len(error.models) - _LISTED
        parts.append(f"It lists: {names}{f' and {more} more' if more > 0 else ''}.")
    if isinstance(error, ContextTooLong) and (error.asked or error.limit):
        parts.append(f"Asked for: {_count(error.asked)}. The limit: {_count(error.limit)}.")
    if isinstance(error, RateLimited) and error.retry_after is not None:
        parts.append(f"The endpoint asks to wait {seconds(error.retry_after)}.")
    if error.said:
        status = error.status if isinstance(error, EndpointError) else None
        parts.append(f"The server{f' (status {status})' if status else ''} says:\n\n{quoted(error.said)}")
    return "\n\n".join(part for part in parts if part)


def note_text(note: Adapted) -> str:
    """What was sent otherwise than it was set, as Markdown: why, then the server's own words."""
    return "\n\n".join([plain(note.why), *([f"The server says:\n\n{quoted(note.said)}"] if note.said else [])])


def quoted(text: str) -> str:
    """Foreign text as a quotation: long lines of it wrap, markup in it does nothing."""
    return "\n".join(f"> {plain(line)}".rstrip() for line in text.splitlines())


def plain(text: str) -> str:
    """Any sentence as Markdown that means no more than its letters.

    By character references, not backslashes: the page reads a backslash before a bracket as the beginning of a formula.
    """
    return "".join(f"&#{ord(char)};" if char in _MARKUP else char for char in text)


def _tick(name: str) -> str:
    return name.replace("`", "'")
