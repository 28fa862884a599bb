"""The exact JSON body of a request, on either route: what was set, and nothing else, as the server takes it.

Not here: how it is found out what a server takes (`adapting`), and what becomes of each parameter (`params_sending`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from playground.core.parameter import Mode
from playground.core.params_sending import fragment
from playground.core.run import Message, Request

Limit = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a model's server takes, where servers differ.

    `usage`: it can be asked for token counts. `limit`: its name there. `system`: the role under which the system prompt
    goes; "user" puts it in front of the first user message. `merged`: neighbours of one role go as one turn. `mode` is
    None where nothing was found out. `refused`: fields that are left out.
    """

    usage: bool = True
    limit: Limit = "max_tokens"
    system: Literal["system", "developer", "user"] = "system"
    merged: bool = False
    mode: Mode | None = None
    refused: frozenset[str] = frozenset()


def body(
    request: Request, *, model: str, dialect: Dialect = Dialect(), mode: Mode = "chat", prompt: str | None = None
) -> dict[str, Any]:
    """`model`: the one asked for, once it is known. `prompt`: the text to complete, if it is not the request's own.

    Token counts are the one thing asked for that nobody set: without them the figures would be guesses.
    """
    made: dict[str, Any] = {"model": model}
    if mode == "completion":
        made["prompt"] = prompt_of(request) if prompt is None else prompt
    else:
        made["messages"] = _messages(request, dialect)
    made["stream"] = True
    if dialect.usage:
        made["stream_options"] = {"include_usage": True}
    set_by_person = fragment(request.params, mode, request.server)
    # The route for text completions knows the older name only.
    if "max_tokens" in set_by_person and mode == "chat":
        set_by_person[dialect.limit] = set_by_person.pop("max_tokens")
    wishes = set_by_person.pop("stream_options", None)
    if dialect.usage and isinstance(wishes, dict):
        made["stream_options"] |= wishes
    made |= {name: value for name, value in set_by_person.items() if name not in dialect.refused}
    if request.continue_by == "continue_final_message":
        made |= {"continue_final_message": True, "add_generation_prompt": False}
    return made


def prompt_of(request: Request) -> str:
    """What a text completion is asked to go on from."""
    if request.prompt is not None:
        return request.prompt
    return next((message.content for message in reversed(request.messages) if message.role == "user"), "")


def neighbours(messages: tuple[Message, ...]) -> bool:
    """Whether two turns of one role stand together."""
    return any(first.role == second.role for first, second in pairwise(messages))


def _messages(request: Request, dialect: Dialect) -> list[dict[str, Any]]:
    messages = request.messages
    if dialect.system == "user":
        messages = _folded(messages)
    if dialect.merged:
        messages = _merged(messages)
    made: list[dict[str, Any]] = [{"role": message.role, "content": message.content} for message in messages]
    if dialect.system == "developer":
        for message in made:
            if message["role"] == "system":
                message["role"] = "developer"
    # A trailing assistant turn is continued by itself where that is the way.
    if request.continue_by == "prefix":
        made[-1]["prefix"] = True
    return made


def _folded(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    told = "\n\n".join(message.content for message in messages if message.role == "system")
    rest = [message for message in messages if message.role != "system"]
    if not told:
        return tuple(rest)
    if rest and rest[0].role == "user":
        return Message("user", f"{told}\n\n{rest[0].content}"), *rest[1:]
    return Message("user", told), *rest


def _merged(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    made: list[Message] = []
    for message in messages:
        if made and made[-1].role == message.role:
            made[-1] = Message(message.role, f"{made[-1].content}\n\n{message.content}")
        else:
            made.append(message)
    return tuple(made)
