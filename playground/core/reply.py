"""Folds the events of a stream into the reply so far. Pure: the caller brings the time at which each event came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from playground.core.events import Adapted, Event, Finished, ReasoningDelta, Sent, Served, TextDelta, Usage, Waiting
from playground.core.parameter import Mode


@dataclass(slots=True)
class Reply:
    """What has come. Times are the caller's, in seconds of one monotonic clock; None where there is none yet.

    `pieces` counts the pieces of text and thinking that came with this request: about the number of tokens, for where
    the server gives none. `mode` "completion": the text is what the model wrote, as it came, and no Markdown. Of a
    continued answer, `text` and `reasoning` are whole and the figures are the last part's.
    """

    text: str = ""
    reasoning: str = ""
    model: str | None = None
    finish: str | None = None
    usage: Usage | None = None
    pieces: int = 0
    attempts: int = 0
    mode: Mode = "chat"
    adapted: tuple[Adapted, ...] = ()
    sent_at: float | None = None
    first_token_at: float | None = None
    last_token_at: float | None = None
    thinking_started_at: float | None = None
    thinking_ended_at: float | None = None


class ReplyBuilder:
    """`reply` is one object that grows; whoever needs it as it is now copies it."""

    def __init__(self, continues: Reply | None = None) -> None:
        self.reply = Reply()
        if continues is not None:
            self.reply.text = continues.text
            self.reply.reasoning = continues.reasoning
            self.reply.thinking_started_at = continues.thinking_started_at
            self.reply.thinking_ended_at = continues.thinking_ended_at

    def feed(self, event: Event, at: float) -> None:
        reply = self.reply
        match event:
            case TextDelta(text=text, pieces=pieces):
                self._token(at, pieces)
                self._end_thinking(at)
                reply.text += text
            case ReasoningDelta(text=text, pieces=pieces):
                self._token(at, pieces)
                if reply.thinking_started_at is None:
                    reply.thinking_started_at = at
                reply.reasoning += text
            case Served(model=model):
                reply.model = model
            case Usage():
                reply.usage = event
            case Finished(reason=reason):
                reply.finish = reason
                self._end_thinking(at)
            case Sent(attempt=attempt, mode=mode):
                reply.attempts = attempt
                reply.mode = mode
                reply.sent_at = at
            case Adapted():
                reply.adapted += (event,)
            case Waiting():
                pass
            case _:
                assert_never(event)

    def _end_thinking(self, at: float) -> None:
        if self.reply.thinking_started_at is not None and self.reply.thinking_ended_at is None:
            self.reply.thinking_ended_at = at

    def _token(self, at: float, pieces: int) -> None:
        reply = self.reply
        reply.pieces += pieces
        if reply.first_token_at is None:
            reply.first_token_at = at
        reply.last_token_at = at
