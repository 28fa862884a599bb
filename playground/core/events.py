"""What can come out of a streamed reply, one small frozen value for each kind of thing.

A stream is a sequence of these; `reply.ReplyBuilder` folds it. Which bytes of which server become which event is
`wire`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass

from playground.core.parameter import Mode


@dataclass(frozen=True, slots=True)
class Served:
    """Which model the server says it answers as. It may differ from the model that was asked for."""

    model: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer; never empty. `pieces`: in how many the server sent it, most often one for each token."""

    text: str
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's thinking, which is not part of the answer; never empty. `pieces` as above."""

    text: str
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class WasThinking:
    """All text of the answer so far was thinking: its end came, and nothing had told of its beginning."""


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of a call of a tool that the model asks for. `call` counts the calls of a reply from 0.

    `id` and `name` come once, `arguments` in pieces; together they are most often a JSON object, but nobody has checked
    that. Never all empty.
    """

    call: int
    id: str | None = None
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of the answer. `logprob` is the natural logarithm of its probability, None where the server gives none.

    `top`: the likeliest tokens in its place, each with its logarithm, in the server's order.
    """

    token: str
    logprob: float | None
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Logprobs:
    """How likely the next tokens were, as many as the server says something of; never empty."""

    tokens: tuple[TokenLogprob, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts as the server gives them; None where it gives none. A later one replaces an earlier one."""

    prompt: int | None
    completion: int | None


@dataclass(frozen=True, slots=True)
class Finished:
    """The server's finish reason, word for word ("stop", "length", …)."""

    reason: str


Said = TextDelta | ReasoningDelta | WasThinking | ToolCallDelta | Logprobs | Finished


@dataclass(frozen=True, slots=True)
class Alternative:
    """What another answer to the same question says: the one that the server counts as `choice` (0 is the answer)."""

    choice: int
    said: Said


@dataclass(frozen=True, slots=True)
class Waiting:
    """The request has to wait before it can be answered, and is sent again by itself afterwards.

    `why` is a short sentence for the person who waits; `seconds` is how long until the next try, None if unknown.
    `attempt` is the number of the request about to be sent (2 for the first repeat). Such waits are no part of the time
    to first token, which is measured from the last `Sent`.
    """

    why: str
    seconds: float | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Sent:
    """The request that counts goes out now, on the route of `mode`: the time to first token is measured from here."""

    attempt: int
    mode: Mode = "chat"


@dataclass(frozen=True, slots=True)
class Adapted:
    """Something was sent otherwise than it was set, because the endpoint takes it no other way.

    `what` is a field of the body, or "mode", "system_prompt", "turns". `why` is a sentence or two for the person who
    asked. `said` are the server's own words, bounded, "" where this was known from before: they may hold what another
    visitor wrote, so they are not kept.
    """

    what: str
    why: str
    said: str = ""


Event = Said | Served | Alternative | Usage | Waiting | Sent | Adapted
