"""Folds the events of a stream into the reply so far. Pure: the caller brings the time at which each event came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from playground.core.events import (
    Adapted,
    Alternative,
    Event,
    Finished,
    Logprobs,
    ReasoningDelta,
    Said,
    Sent,
    Served,
    TextDelta,
    TokenLogprob,
    ToolCallDelta,
    Usage,
    Waiting,
    WasThinking,
)
from playground.core.parameter import Mode


@dataclass(slots=True)
class ToolCall:
    """A tool that the model asks for. `arguments` as they came: meant to be a JSON object, which nobody has checked."""

    id: str | None = None
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Reply:
    """What has come. Times are the caller's, in seconds of one monotonic clock; None where there is none yet.

    `pieces` counts the pieces of text, thinking and tool calls that came with this request: about the number of tokens,
    for where the server gives none. `mode` "completion": the text is what the model wrote, as it came, and no Markdown.
    Of a continued answer, `text` and `reasoning` are whole and the figures are the last part's. `logprobs` has the
    tokens that the server says something of, in their order. `others` are the other answers to the same question, by
    the server's number. `moved`: what had come as text has become thinking. `waited`: seconds from the first word that
    the endpoint is not up, or is asked too often, to the request that counts; None where there was no such wait.
    `woke`: seconds for which a gateway held the request until the endpoint was up; they are in `waited`, and `sent_at`
    is when they were over.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    others: dict[int, Reply] = field(default_factory=dict)
    moved: bool = False
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
    waited: float | None = None
    woke: float | None = None
    thinking_started_at: float | None = None
    thinking_ended_at: float | None = None


class ReplyBuilder:
    """`reply` is one object that grows; whoever needs it as it is now copies it."""

    def __init__(self, continues: Reply | None = None) -> None:
        self.reply = Reply()
        self._others: dict[int, ReplyBuilder] = {}
        self._waiting_at: float | None = None
        if continues is not None:
            self.reply.text = continues.text
            self.reply.reasoning = continues.reasoning
            self.reply.thinking_started_at = continues.thinking_started_at
            self.reply.thinking_ended_at = continues.thinking_ended_at

    def feed(self, event: Event, at: float) -> None:
        reply = self.reply
        match event:
            case Served(model=model):
                reply.model = model
            case Usage():
                reply.usage = event
            case Sent(attempt=attempt, mode=mode):
                reply.attempts = attempt
                reply.mode = mode
                reply.sent_at, reply.woke = at, None
                if self._waiting_at is not None:
                    reply.waited = at - self._waiting_at
            case Adapted():
                reply.adapted += (event,)
            case Waiting():
                if self._waiting_at is None:
                    self._waiting_at = at
            case Alternative(choice=choice, said=said):
                if choice not in self._others:
                    self._others[choice] = ReplyBuilder()
                    reply.others[choice] = self._others[choice].reply
                self._others[choice].feed(said, at)
            case _:
                self._say(event, at)

    def awake(self, at: float) -> None:
        """The response has begun, of an endpoint that was asleep when it was asked: its figures count from now."""
        reply = self.reply
        if reply.sent_at is not None:
            reply.woke = at - reply.sent_at
            reply.waited = (reply.waited or 0.0) + reply.woke
            reply.sent_at = at

    def _say(self, said: Said, at: float) -> None:
        reply = self.reply
        match said:
            case TextDelta(text=text, pieces=pieces):
                self._token(at, pieces)
                self._end_thinking(at)
                reply.text += text
            case ReasoningDelta(text=text, pieces=pieces):
                self._token(at, pieces)
                if reply.thinking_started_at is None:
                    reply.thinking_started_at = at
                reply.reasoning += text
            case WasThinking():
                self._move(at)
            case ToolCallDelta():
                self._tool(said, at)
            case Logprobs(tokens=tokens):
                reply.logprobs += tokens
            case Finished(reason=reason):
                reply.finish = reason
                self._end_thinking(at)
            case _:
                assert_never(said)

    def _move(self, at: float) -> None:
        """White space alone was no thinking."""
        reply = self.reply
        if reply.text.strip():
            reply.reasoning += reply.text
            reply.thinking_started_at = at if reply.first_token_at is None else reply.first_token_at
            reply.thinking_ended_at = at
        reply.text, reply.moved = "", True

    def _tool(self, more: ToolCallDelta, at: float) -> None:
        calls = self.reply.tool_calls
        if more.name or more.arguments:
            self._token(at, 1)
            self._end_thinking(at)
        while len(calls) <= more.call:
            calls.append(ToolCall())
        call = calls[more.call]
        call.id = more.id or call.id
        call.name += more.name
        call.arguments += more.arguments

    def _end_thinking(self, at: float) -> None:
        if self.reply.thinking_started_at is not None and self.reply.thinking_ended_at is None:
            self.reply.thinking_ended_at = at

    def _token(self, at: float, pieces: int) -> None:
        reply = self.reply
        reply.pieces += pieces
        if reply.first_token_at is None:
            reply.first_token_at = at
        reply.last_token_at = at
