"""Changes of an input that keep it a stream of objects: bytes changed at random seldom get past the JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.fuzz.checks import HEAD

VALUES: tuple[Any, ...] = (
    None, True, 0, 1, -1, 10**30, 0.5, float("nan"), "", "x", "\n", "`", "<", "<think>", "</think>", "\n</think>\n",
    "ü", "\ud83c", "stop", "error", "{}", "[DONE]", [], {}, ["x"], {"text": "x"}, {"content": "x"}, {"message": "x"},
    [{"id": "a", "function": {"name": "f", "arguments": "{"}}], [{"index": 0, "function": {"arguments": {}}}],
    {"content": [{"token": "x", "logprob": -1}]}, {"tokens": ["x"], "token_logprobs": [None]},
    {"prompt_tokens": 1, "completion_tokens": 2},
)  # fmt: skip
FIELDS = (
    "content", "text", "reasoning", "reasoning_content", "reasoning_details", "thinking", "refusal", "tool_calls",
    "function_call", "function", "custom", "name", "arguments", "id", "index", "type", "logprobs", "top_logprobs",
    "tokens", "token_logprobs", "usage", "x_groq", "finish_reason", "delta", "message", "choices", "model", "error",
    "errors", "detail", "object", "code", "status",
)  # fmt: skip
LINES = (
    b"data: ",
    b"data:",
    b"data",
    b": x",
    b"event: error",
    b"event: x",
    b"error: ",
    b"data: [DONE]",
    b"\r",
    b"\xef\xbb\xbf",
)
# Takes bytes and how many there may be.
Bytes = Callable[[bytes, int], bytes]


def mutated(data: bytes, most: int, seed: int, change_bytes: Bytes) -> bytes:
    """An input like this one, of `most` bytes at most. `change_bytes`: the fuzzer's own way, which knows its words."""
    rng = random.Random(seed)
    events = data[HEAD:].split(b"\n\n")
    at = rng.randrange(len(events))
    match rng.randrange(12):
        case 0 | 1:
            return change_bytes(data, most)
        case 2:
            events.insert(at, rng.choice(events))
        case 3:
            del events[at]
        case 4:
            events[at] = rng.choice(LINES) + rng.choice((b"", b"\n", b"\r")) + events[at]
        case _:
            before, brace, rest = events[at].partition(b"{")
            try:
                value = json.loads(brace + rest)
            except (ValueError, RecursionError):
                return change_bytes(data, most)
            _change(value, rng, change_bytes)
            events[at] = before + json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "replace")
    return (data[:HEAD] + b"\n\n".join(events))[:most]


def crossed(data: bytes, other: bytes, most: int, seed: int) -> bytes:
    """An input out of the events of two."""
    rng = random.Random(seed)
    events, others = (each[HEAD:].split(b"\n\n") for each in (data, other))
    for event in rng.sample(others, rng.randint(1, len(others))):
        events.insert(rng.randint(0, len(events)), event)
    return (data[:HEAD] + b"\n\n".join(events))[:most]


def _change(value: dict[str, Any], rng: random.Random, change_bytes: Bytes) -> None:
    """Changes one of the places in an object, however deep."""
    if not value:
        value[rng.choice(FIELDS)] = deepcopy(rng.choice(VALUES))
    holder, key = rng.choice(_places(value))
    old = holder[key]
    match rng.randrange(6):
        case 0 if isinstance(holder, dict):
            holder[rng.choice(FIELDS)] = deepcopy(rng.choice(VALUES))
        case 1:
            del holder[key]
        case 2 if isinstance(holder, list):
            holder.append(deepcopy(old))
        case 3 | 4 if isinstance(old, str):
            holder[key] = change_bytes(old.encode("utf-8", "replace"), len(old) + 8).decode("utf-8", "replace")
        case _:
            holder[key] = deepcopy(rng.choice(VALUES))


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]
