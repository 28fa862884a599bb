"""What a server is asked to find out what it can do: one small request for each thing, and how its answer is judged.

One table. Pure: `adapters.trying` sends them. A server that takes a parameter need not act on it: then the verdict says
that it was taken, and no more.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from playground.core.capabilities import Ability, Claim
from playground.core.judging import (
    Came,
    Judged,
    Verdict,
    answers,
    logprobs,
    reasoning,
    structured,
    taken,
    tool,
    tool_required,
    usage,
    vision,
)
from playground.core.parameter import Mode

Kind = Literal["parameter", "ability"]


@dataclass(frozen=True, slots=True)
class Trial:
    """`fields` are added to a small request. `ability`: what a clear verdict proves. `modes`: where it can be asked."""

    name: str
    kind: Kind
    fields: Mapping[str, Any]
    judge: Callable[[Came], Judged]
    ability: Ability | None = None
    modes: tuple[Mode, ...] = ("chat",)
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial and what it has shown. `sent` is the body, `came` the answer's text, keys masked; both for whoever asks.

    `status` is None where there was no response; `seconds` from the request to the end of the answer.
    """

    name: str
    kind: Kind
    verdict: Verdict
    text: str
    seconds: float | None
    status: int | None
    sent: Mapping[str, Any]
    came: str
    claim: Claim | None = None


def body(trial: Trial, mode: Mode, model: str) -> dict[str, Any]:
    """The whole request: the trial's fields over a question for one token."""
    asked: dict[str, Any] = (
        {"messages": [{"role": "user", "content": "Hi"}]} if mode == "chat" else {"prompt": "The sky is"}
    )
    # The newer name of the limit is tried in the place of the older: some servers refuse the two together.
    limit = {} if "max_completion_tokens" in trial.fields else {"max_tokens": 1}
    return {"model": model, **asked, **limit, **trial.fields, **({"stream": True} if trial.stream else {})}


def claim_of(trial: Trial, verdict: Verdict) -> Claim | None:
    """What a verdict proves; None where it proves nothing."""
    if trial.ability is None or verdict == "unclear":
        return None
    return Claim(trial.ability, able=verdict == "yes", origin="tried", source=f"the trial of {trial.name}")


def picture(red: int = 220, green: int = 40, blue: int = 40, side: int = 32) -> str:
    """A square of one colour as a data URL: a PNG of `side` pixels, the least that some models take being 28."""
    row = b"\0" + bytes((red, green, blue)) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))
        for kind, data in parts
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()


_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
_BOTH: tuple[Mode, ...] = ("chat", "completion")


def _asking(text: str, most: int, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], "max_tokens": most, **fields}


def _parameters(values: Iterable[tuple[str, Any]], modes: tuple[Mode, ...]) -> list[Trial]:
    return [Trial(name, "parameter", {name: value}, taken, modes=modes) for name, value in values]


# A value for each parameter that changes little.
TRIALS: tuple[Trial, ...] = (
    Trial("chat", "ability", {}, answers, "chat"),
    Trial("completion", "ability", {}, answers, "completion", modes=("completion",)),
    *_parameters(
        (
            ("temperature", 0.7),
            ("top_p", 0.9),
            ("top_k", 20),
            ("min_p", 0.05),
            ("frequency_penalty", 0.1),
            ("presence_penalty", 0.1),
            ("repetition_penalty", 1.1),
            ("seed", 7),
            ("stop", ["\n\n"]),
        ),
        _BOTH,
    ),
    *_parameters(
        (
            ("max_completion_tokens", 1),
            ("reasoning_effort", "low"),
            ("chat_template_kwargs", {"enable_thinking": False}),
        ),
        ("chat",),
    ),
    Trial("usage", "ability", {"stream_options": {"include_usage": True}}, usage, modes=_BOTH, stream=True),
    Trial("reasoning", "ability", _asking("What is 17 + 25?", 48), reasoning, "reasoning", stream=True),
    Trial("logprobs", "ability", {"logprobs": True, "top_logprobs": 2}, logprobs, "logprobs"),
    Trial(
        "structured_output",
        "ability",
        _asking(
            "Is water wet? Answer in JSON.",
            24,
            response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": _SCHEMA}},
        ),
        structured,
        "structured",
    ),
    Trial(
        "tools",
        "ability",
        _asking("What is the weather in Paris? Use the tool.", 64, tools=[_TOOL], tool_choice="auto"),
        tool,
        "tools",
    ),
    Trial(
        "tools_required",
        "ability",
        _asking("What is the weather in Paris?", 64, tools=[_TOOL], tool_choice="required"),
        tool_required,
        "tools",
    ),
    Trial(
        "vision",
        "ability",
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Which colour is this?"},
                        {"type": "image_url", "image_url": {"url": picture()}},
                    ],
                }
            ]
        },
        vision,
        "vision",
    ),
)
