"""The exact JSON body of a request: what was set, and nothing else; and what a server's refusal of a field changes."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, Literal

from playground.core.run import Request

_LIMIT_REFUSED = re.compile(r"max_tokens\b.{0,80}(not supported|unsupported|deprecated|not permitted)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes, where servers differ. `usage`: it can be asked for token counts. `limit`: its name there."""

    usage: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"


def body(request: Request, *, model: str, dialect: Dialect = Dialect(), prompt: str | None = None) -> dict[str, Any]:
    """`model`: the one asked for, once it is known. `prompt`: the text to complete, in place of the messages.

    Token counts are the one thing asked for that nobody set: without them the figures would be guesses.
    """
    messages: list[dict[str, Any]] = [
        {"role": message.role, "content": message.content} for message in request.messages
    ]
    asked = {"messages": messages} if prompt is None else {"prompt": prompt}
    made: dict[str, Any] = {"model": model, **asked, "stream": True}
    if dialect.usage:
        made["stream_options"] = {"include_usage": True}
    if request.max_tokens is not None:
        made[dialect.limit] = request.max_tokens
    # A trailing assistant turn is continued by itself where that is the way.
    if request.continue_by == "continue_final_message":
        made |= {"continue_final_message": True, "add_generation_prompt": False}
    elif request.continue_by == "prefix":
        messages[-1]["prefix"] = True
    return made


def adapted(dialect: Dialect, said: str) -> Dialect | None:
    """The dialect to try next, by a server's reason for a 400 or 422; None where the reason is another."""
    # Mistral refuses `stream_options`, and gives the counts unasked.
    if dialect.usage and ("stream_options" in said or "include_usage" in said):
        return dataclasses.replace(dialect, usage=False)
    # OpenAI's reasoning models want the newer name.
    if dialect.limit == "max_tokens" and "max_completion_tokens" in said and _LIMIT_REFUSED.search(said):
        return dataclasses.replace(dialect, limit="max_completion_tokens")
    return None
