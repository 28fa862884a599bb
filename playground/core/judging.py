"""How the answer to a trial is judged: one function for each thing that is tried. Pure.

A verdict is "yes", "no" (refused), "ignored" (taken, but nothing came of it) or "unclear". Not here: what is sent
(`trials`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from playground.core.errors import EndpointError
from playground.core.reply import Reply

Verdict = Literal["yes", "no", "ignored", "unclear"]
Judged = tuple[Verdict, str]


@dataclass(frozen=True, slots=True)
class Came:
    """What a trial's answer was: its JSON where it was no stream, the reply where it was, or the error."""

    json: Any
    reply: Reply | None
    error: EndpointError | None


def taken(came: Came) -> Judged:
    """A parameter: taken or refused."""
    return refused_as(came) or ("yes", "Taken.")


def refused_as(came: Came) -> Judged | None:
    """The verdict on an answer that is an error; None where it is none."""
    if came.error is None:
        return None
    # A server that says 500 or 501 to what it cannot do is common; one that is busy or gone has said nothing.
    clear = came.error.status in (400, 404, 405, 413, 415, 422, 500, 501)
    return ("no" if clear else "unclear"), (came.error.said or came.error.what)


def _choice(came: Came) -> dict[str, Any]:
    choices = came.json.get("choices") if isinstance(came.json, dict) else None
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}


def _message(came: Came) -> dict[str, Any]:
    message = _choice(came).get("message")
    return message if isinstance(message, dict) else {}


def answers(came: Came) -> Judged:
    return refused_as(came) or (("yes", "Answers.") if _choice(came) else ("unclear", "The answer holds no choice."))


def usage(came: Came) -> Judged:
    refused = refused_as(came)
    if refused is not None:
        return refused
    usage = came.reply.usage if came.reply else None
    if usage is None:
        return "ignored", "No token counts came, though they were asked for."
    return "yes", f"{_number(usage.prompt)} in, {_number(usage.completion)} out."


def _number(count: int | None) -> str:
    return "unknown" if count is None else str(count)


def reasoning(came: Came) -> Judged:
    refused = refused_as(came)
    if refused is not None:
        return refused
    if came.reply is not None and came.reply.reasoning:
        return "yes", "Thinking came apart from the answer."
    return "unclear", "No thinking came apart from the answer: the model may have none, or not for this question."


def logprobs(came: Came) -> Judged:
    return refused_as(came) or (
        ("yes", "Probabilities came.") if _choice(came).get("logprobs") else ("ignored", "Taken, but none came.")
    )


def structured(came: Came) -> Judged:
    refused = refused_as(came)
    if refused is not None:
        return refused
    try:
        made = json.loads(_message(came).get("content") or "")
    except (ValueError, TypeError):
        return "ignored", "Taken, but the answer is no JSON."
    if isinstance(made, dict) and made.get("answer") in ("yes", "no") and len(made) == 1:
        return "yes", "The answer keeps to the schema."
    return "ignored", "Taken, but the answer does not keep to the schema."


def tool(came: Came) -> Judged:
    """A model that may call a tool need not."""
    return refused_as(came) or (
        ("yes", "The tool was called.")
        if _message(came).get("tool_calls")
        else ("unclear", "Taken, but the model did not call the tool: that may be its own choice.")
    )


def tool_required(came: Came) -> Judged:
    return refused_as(came) or (
        ("yes", "The tool was called.")
        if _message(came).get("tool_calls")
        else ("ignored", "A call was demanded, but none came.")
    )


def vision(came: Came) -> Judged:
    return refused_as(came) or ("yes", "The picture was taken.")
