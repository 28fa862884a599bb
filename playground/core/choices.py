"""One answer within a server's objects (a `choice`) → events, in every dialect of it seen.

Tolerant by rule: a field that is missing, null or of another type counts as not sent. Not here: what an object says
besides its choices (`wire`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.core.events import Finished, Logprobs, ReasoningDelta, Said
from playground.core.likelihoods import likelihoods
from playground.core.texts import sound, text_of, text_within
from playground.core.thinking import ThinkingSplitter
from playground.core.toolcalls import ToolCalls

# vLLM now says `reasoning`, most others `reasoning_content`; a gateway may send several with the same text.
_REASONING = ("reasoning", "reasoning_content", "thinking", "reasoning_details")
_THINKING_PARTS = ("thinking", "reasoning", "reasoning_text")


class ChoiceReader:
    """Keeps what spans objects: a thinking tag that is cut, the tool calls that have begun.

    `finished`: the server has given the finish reason.
    """

    def __init__(self, *, verbatim: bool = False) -> None:
        """`verbatim`: all text is the answer, tags of thinking too."""
        self.thinking = ThinkingSplitter(verbatim=verbatim)
        self._tools = ToolCalls()
        self.finished = False

    def read(self, choice: dict[str, Any], whole: str, *, failed: bool) -> Iterator[Said]:
        """`whole`: "delta" or "message". `failed`: an error came with it, so that its finish reason tells nothing."""
        part = choice.get(whole)
        if not isinstance(part, dict):
            part = _other_part(choice)
        thought, content = _thought(part), part.get("content")
        if isinstance(content, list):
            content, thinking = _parts(content)
            thought = thought or thinking
        if thought:
            self.thinking.told()
            yield ReasoningDelta(thought)
        # A text completion has its text in the choice itself.
        if text := text_of(content) or text_of(choice.get("text")) or text_of(part.get("refusal")):
            yield from self.thinking.feed(text)
        if "tool_calls" in part or "function_call" in part:
            yield from self._tools.read(part.get("tool_calls"), whole=whole == "message")
            # The protocol's older way, with one call at most.
            yield from self._tools.read({"function": part.get("function_call")})
        if (sent := choice.get("logprobs")) is not None and (tokens := likelihoods(sent)):
            yield Logprobs(tokens)
        # The finish may come in the same object as the last text.
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and not failed:
            self.finished = True
            yield from self.thinking.flush()
            yield Finished(sound(reason))

    def end(self) -> Iterator[Said]:
        """What was held back."""
        yield from self.thinking.flush()


def _other_part(choice: dict[str, Any]) -> dict[str, Any]:
    """A few servers send a message where a delta was asked, and the other way round."""
    return next((choice[name] for name in ("delta", "message") if isinstance(choice.get(name), dict)), {})


def _thought(part: dict[str, Any]) -> str:
    for name in _REASONING:
        if name in part and (text := text_within(part[name])):
            return text
    return ""


def _parts(content: list[Any]) -> tuple[str, str]:
    """The text and the thinking of a content in parts (Mistral's way)."""
    text, thinking = [], []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in _THINKING_PARTS:
            thinking.append(text_within(part))
        else:
            text.append(text_of(part.get("refusal") if kind == "refusal" else part))
    return "".join(text), "".join(thinking)
