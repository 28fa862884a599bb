"""A server's `logprobs` → our event's tokens, in both shapes: that of chat completions and that of text completions.

Which shape comes is told by its keys, not by the route: llama.cpp sends the chat's for both. Anything that is missing
or of another type counts as not sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.core.events import TokenLogprob
from playground.core.texts import sound


def likelihoods(sent: Any) -> tuple[TokenLogprob, ...]:
    """Chat: `{"content": [{"token", "logprob", "top_logprobs": [{"token", "logprob"}]}]}`, also under "refusal".

    Text: `{"tokens": [], "token_logprobs": [], "top_logprobs": [{token: logprob}]}`, where the first logarithm is null
    if the server repeats the prompt.
    """
    if not isinstance(sent, dict):
        return ()
    chat = [each for name in ("content", "refusal") for each in _list(sent.get(name))]
    return tuple(_of_chat(chat) if chat else _of_text(sent))


def _of_chat(tokens: list[Any]) -> Iterator[TokenLogprob]:
    for each in tokens:
        if isinstance(each, dict) and isinstance(token := each.get("token"), str):
            top = [
                (sound(other["token"]), number)
                for other in _list(each.get("top_logprobs"))
                if isinstance(other, dict)
                and isinstance(other.get("token"), str)
                and (number := _number(other.get("logprob"))) is not None
            ]
            yield TokenLogprob(sound(token), _number(each.get("logprob")), tuple(top))


def _of_text(sent: dict[str, Any]) -> Iterator[TokenLogprob]:
    numbers, tops = _list(sent.get("token_logprobs")), _list(sent.get("top_logprobs"))
    for at, token in enumerate(_list(sent.get("tokens"))):
        if isinstance(token, str):
            top = tops[at] if at < len(tops) and isinstance(tops[at], dict) else {}
            likely = [(sound(other), number) for other, value in top.items() if (number := _number(value)) is not None]
            yield TokenLogprob(sound(token), _number(numbers[at]) if at < len(numbers) else None, tuple(likely))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    """A logarithm. JSON as Python reads it has NaN and infinities, and whole numbers that no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        return None
    return float(value)
