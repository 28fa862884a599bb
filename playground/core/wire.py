"""What a server sends, as our events: one JSON object of a stream, or a whole completion.

Tolerant by rule: a field that is missing, null or of another type counts as not sent; only an error object is an error.
Chat completions and text completions, of every dialect seen. Not here: the bytes around an object (`reading`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from playground.core.errors import StreamFailed
from playground.core.events import Event, Finished, ReasoningDelta, Served, Usage
from playground.core.reasons import reason_in
from playground.core.thinking import ThinkingSplitter

# vLLM now says `reasoning`, most others `reasoning_content`; a gateway may send both with the same text.
_REASONING = ("reasoning", "reasoning_content")


class WireReader:
    """One reply's objects → events. Keeps what spans objects: a thinking tag that is cut, the model already named.

    `finished`: the server has given its finish reason. `error`: it has sent an error object; the events that came with
    it are given all the same.
    """

    def __init__(self, *, verbatim: bool = False) -> None:
        """`verbatim`: all text is the answer, tags of thinking too."""
        self._split = ThinkingSplitter(verbatim=verbatim)
        self._model: str | None = None
        self.finished = False
        self.error: StreamFailed | None = None

    @property
    def passes_on(self) -> bool:
        """Whether text is given as it comes: there is no thinking in it whose end is looked for, and none held back."""
        return self.error is None and self._split.passes_on

    def read(self, sent: Any, whole: Literal["delta", "message"] = "delta") -> list[Event]:
        """`whole`: "delta" for an object of a stream, "message" for a completion sent at once."""
        if not isinstance(sent, dict):
            return []
        self.error = _error_in(sent)
        events: list[Event] = []
        model = sent.get("model")
        if isinstance(model, str) and model and model != self._model:
            self._model = model
            events.append(Served(model))
        choices = sent.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            # Several answers to one question were not asked for: the first is the one shown.
            if isinstance(choice, dict) and choice.get("index") in (0, None):
                events += self._choice(choice, whole)
        if (usage := _usage(sent.get("usage"))) is not None:
            events.append(usage)
        return events

    def end(self) -> list[Event]:
        """What was held back."""
        return list(self._split.flush())

    def _choice(self, choice: dict[str, Any], whole: str) -> Iterator[Event]:
        # A few servers send a message where a delta was asked, and the other way round.
        names = (whole, "delta", "message")
        part: dict[str, Any] = next((choice[name] for name in names if isinstance(choice.get(name), dict)), {})
        thought = next((text for name in _REASONING if (text := _text(part.get(name)))), "")
        content, thinking = _content(part.get("content"))
        if thought or thinking:
            yield ReasoningDelta(thought or thinking)
        # A text completion has its text in the choice itself. The finish may come in the same object as the last text.
        yield from self._split.feed(content or _text(choice.get("text")) or _text(part.get("refusal")))
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and self.error is None:
            self.finished = True
            yield from self._split.flush()
            yield Finished(reason)


def _content(content: Any) -> tuple[str, str]:
    """The text and the thinking of a content: a string, or a list of parts (Mistral's way)."""
    if not isinstance(content, list):
        return _text(content), ""
    text, thinking = [], []
    for part in content:
        if isinstance(part, dict) and part.get("type") == "thinking":
            inner = part.get("thinking")
            thinking += [_text(piece) for piece in (inner if isinstance(inner, list) else [inner])]
        else:
            text.append(_text(part))
    return "".join(text), "".join(thinking)


def _text(value: Any) -> str:
    """A text, or the text inside an object, fit to be sent on."""
    if isinstance(value, dict):
        value = value.get("text")
    if not isinstance(value, str):
        return ""
    return sound(value)


def sound(text: str) -> str:
    """JSON can hold half of a surrogate pair, which UTF-8 cannot: halves that belong together are joined."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _usage(usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return None if prompt is None and completion is None else Usage(prompt, completion)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _error_in(sent: dict[str, Any]) -> StreamFailed | None:
    error = sent.get("error")
    if not error and sent.get("object") != "error":
        return None
    code = error.get("code") if isinstance(error, dict) else sent.get("code")
    return StreamFailed(
        "The endpoint reported an error while it was answering.",
        "What came before it is kept. Try again; if it happens again, look into the server's log.",
        reason_in(sent),
        status=code if isinstance(code, int) and 400 <= code <= 599 else None,
    )
