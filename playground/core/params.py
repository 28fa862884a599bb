"""The one table of parameters: what can be set of a request, in plain words, and `Params`, what is set.

Panel, check, request, generated code and documentation all walk `TABLE`. The model is not among them: it is chosen
beside them. Not here: what a line is made of (`parameter`), reading what somebody typed (`params_reading`), what is
sent (`params_sending`), what a panel and the documentation show (`params_views`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from playground.core.parameter import CHAT, Json, Kind, Mode, Param
from playground.core.servers import Taker


def _takes(*yes: Taker, no: tuple[Taker, ...] = ()) -> dict[Taker, bool]:
    return dict.fromkeys(yes, True) | dict.fromkeys(no, False)


def _row(label: str, help: str, kind: Kind, wire: str = "", **more: Any) -> Any:
    """A field of `Params` that carries its line of the table."""
    return field(default=None, metadata={"row": (label, help, kind, wire, more)})


_EVERYBODY = _takes(*get_args(Taker))
_PENALTY = {"low": -2, "high": 2, "step": 0.1}


@dataclass(frozen=True, slots=True)
class Params:
    """What is set; None is not set, and then nothing is sent.

    `off` names what is left out on purpose although something below (the endpoint's own table) sets it: see `over`.
    """

    mode: Mode | None = _row(
        "Mode",
        "Chat sends the conversation as turns. Text completion sends your text alone, and the model writes on from its "
        "end: for base models, which know no chat. Not set, the playground finds out which one the model takes.",
        "choice",
        sent="chooses the route: `/chat/completions` or `/completions`",
        choices=(("chat", "Chat"), ("completion", "Text completion")),
    )
    system_prompt: str | None = _row(
        "System prompt",
        "What the model is told before the conversation: who it is, how it should answer.",
        "text",
        sent="the first message, with the role `system`; where that is refused, in front of the first user message",
        takes=_EVERYBODY,
        modes=CHAT,
    )
    temperature: float | None = _row(
        "Temperature",
        "How freely words are chosen. 0 takes the likeliest word each time, higher values bring more surprises; above "
        "1.5 most models lose the thread.",
        "number",
        "temperature",
        low=0,
        high=2,
        step=0.1,
        least=0,
        takes=_EVERYBODY,
    )
    top_p: float | None = _row(
        "Top-p",
        "Chooses only among the likeliest words that together have this share of the probability. 1 means all words. "
        "Change this or the temperature, not both.",
        "number",
        "top_p",
        low=0,
        high=1,
        step=0.05,
        least=0,
        most=1,
        takes=_EVERYBODY,
    )
    top_k: int | None = _row(
        "Top-k",
        "Chooses only among this many of the likeliest words. 1 takes the likeliest each time; 0 or -1 is all words.",
        "integer",
        "top_k",
        low=0,
        high=100,
        step=1,
        least=-1,
        takes=_takes("vllm", "sglang", "llama.cpp", "lm-studio", no=("openai", "mistral")),
    )
    min_p: float | None = _row(
        "Min-p",
        "Leaves out words that are less likely than this share of the likeliest one. 0.05 is usual; 0 leaves out none.",
        "number",
        "min_p",
        low=0,
        high=1,
        step=0.01,
        least=0,
        most=1,
        takes=_takes("vllm", "sglang", "llama.cpp", no=("openai", "mistral")),
    )
    max_tokens: int | None = _row(
        "Max tokens",
        "The longest an answer may become. A token is about three quarters of an English word. A model that thinks "
        "first needs room for that as well. Not set, the server's own limit counts, which can be as low as 16 for a "
        "text completion.",
        "integer",
        "max_tokens",
        sent="`max_tokens`, or `max_completion_tokens` where the server asks for that",
        low=1,
        high=8192,
        step=1,
        least=1,
        says=("max_completion_tokens",),
        takes=_EVERYBODY,
    )
    frequency_penalty: float | None = _row(
        "Frequency penalty",
        "Makes a word less likely the more often it has been used. Helps against answers that go round in circles.",
        "number",
        "frequency_penalty",
        **_PENALTY,
        takes=_EVERYBODY,
    )
    presence_penalty: float | None = _row(
        "Presence penalty",
        "Makes every word less likely once it has been used at all. Higher values lead to new subjects.",
        "number",
        "presence_penalty",
        **_PENALTY,
        takes=_EVERYBODY,
    )
    repetition_penalty: float | None = _row(
        "Repetition penalty",
        "Makes words less likely that stand in the question or the answer already. 1 changes nothing, 1.1 is mild.",
        "number",
        "repetition_penalty",
        low=1,
        high=2,
        step=0.05,
        above=0,
        named={"llama.cpp": "repeat_penalty", "lm-studio": "repeat_penalty"},
        takes=_takes("vllm", "sglang", "llama.cpp", "lm-studio", no=("openai", "mistral")),
    )
    seed: int | None = _row(
        "Seed",
        "A number that fixes the chance in an answer: the same question and seed mostly give the same answer.",
        "integer",
        "seed",
        step=1,
        least=-(2**63),
        most=2**63 - 1,
        named={"mistral": "random_seed"},
        takes=_takes("openai", "vllm", "sglang", "llama.cpp", "tgi", "mistral", "ollama", "lm-studio"),
    )
    stop: tuple[str, ...] | None = _row(
        "Stop sequences",
        "The answer ends where one of these texts would come. One a line; \\n stands for a line break.",
        "list",
        "stop",
        sent="`stop`, always as a list",
        high=4,
        takes=_EVERYBODY,
    )
    logprobs: bool | None = _row(
        "Log probabilities",
        "The server also says how likely each word was.",
        "switch",
        "logprobs",
        sent="`logprobs: true`; for a text completion the number of alternatives in its place, 0 if none is set",
        takes=_takes("openai", "vllm", "sglang", "llama.cpp", "tgi", no=("mistral",)),
    )
    top_logprobs: int | None = _row(
        "Alternatives for each token",
        "How many words that were not taken are listed beside each one, with their probability.",
        "integer",
        "top_logprobs",
        sent="`top_logprobs` with `logprobs: true`; for a text completion it is the value of `logprobs`",
        low=0,
        high=20,
        step=1,
        least=0,
        client=CHAT,
        takes=_takes("openai", "vllm", "sglang", "llama.cpp", "tgi", no=("mistral",)),
    )
    reasoning_effort: str | None = _row(
        "Reasoning effort",
        "How long a model that thinks before it answers may think. Other models ignore or refuse it.",
        "choice",
        "reasoning_effort",
        choices=tuple((word, word.capitalize()) for word in ("none", "minimal", "low", "medium", "high", "xhigh")),
        more=True,
        takes=_takes("openai", "vllm", "sglang", "ollama"),
        modes=CHAT,
    )
    thinking: bool | None = _row(
        "Thinking",
        "Turns the thinking before the answer on or off, for models that can do both (Qwen3 and others).",
        "switch",
        "chat_template_kwargs",
        sent='`chat_template_kwargs: {"enable_thinking": …}`',
        says=("enable_thinking",),
        takes=_takes("vllm", "sglang", "llama.cpp", no=("openai", "mistral")),
        modes=CHAT,
    )
    response_format: Literal["text", "json_object", "json_schema"] | None = _row(
        "Response format",
        "Text is free. JSON object makes the answer one JSON object of any kind; ask for JSON in your message as well, "
        "or it may never end. JSON schema makes it follow the schema below.",
        "choice",
        "response_format",
        sent='`response_format: {"type": …}`',
        choices=(("text", "Text"), ("json_object", "JSON object"), ("json_schema", "JSON schema")),
        client=CHAT,
        takes=_takes("openai", "vllm", "sglang", "llama.cpp", "mistral", "ollama", "lm-studio"),
    )
    json_schema: Json | None = _row(
        "JSON schema",
        "The schema that the answer follows, for the response format JSON schema.",
        "json",
        sent='in `response_format`, as `json_schema: {"name": "answer", "schema": …}`; as it is where it has both',
        takes=_takes("openai", "vllm", "sglang", "llama.cpp", "mistral", "ollama", "lm-studio"),
    )
    extra: Json | None = _row(
        "More (JSON)",
        "Anything else the server takes, as one JSON object: its fields are sent beside the others. For engineers.",
        "json",
        sent="each field at the top level of the body",
    )
    off: frozenset[str] = frozenset()

    def over(self, below: Params) -> Params:
        """These, and what is set below where these neither set it nor leave it out, by a field or by extra JSON."""
        mine = self.extra.value if self.extra is not None else {}
        taken = {
            param.name: value
            for param in TABLE
            if getattr(self, param.name) is None
            and param.name not in self.off
            and not mine.keys() & param.fields
            and (value := getattr(below, param.name)) is not None
        }
        if "extra" in taken:
            set_here = {name for param in TABLE if getattr(self, param.name) is not None for name in param.fields}
            rest = {name: value for name, value in taken["extra"].value.items() if name not in set_here}
            if len(rest) < len(taken["extra"].value):
                taken["extra"] = Json.of(rest) if rest else None
        return dataclasses.replace(self, **taken)

    def without(self, *names: str) -> Params:
        """The same with these reset: neither set nor left out."""
        return dataclasses.replace(self, **dict.fromkeys(names), off=self.off - set(names))

    def to_json(self) -> dict[str, Any]:
        """What is set, as plain JSON by the parameters' names; None for what is left out on purpose."""
        made: dict[str, Any] = {}
        for param in TABLE:
            value = getattr(self, param.name)
            if value is not None:
                made[param.name] = (
                    value.text if isinstance(value, Json) else list(value) if isinstance(value, tuple) else value
                )
            elif param.name in self.off:
                made[param.name] = None
        return made


def _line(name: str, row: tuple[str, str, Kind, str, dict[str, Any]]) -> Param:
    label, help, kind, wire, more = row
    return Param(name, label, help, kind, wire, **more)


TABLE: tuple[Param, ...] = tuple(_line(each.name, each.metadata["row"]) for each in fields(Params) if each.metadata)
NOTHING_SET = Params()
BY_NAME: Mapping[str, Param] = {param.name: param for param in TABLE}


def client_arguments(mode: Mode) -> frozenset[str]:
    """The fields of a body that OpenAI's own client takes as arguments; others go as its `extra_body`."""
    names = {"model", "messages" if mode == "chat" else "prompt", "stream", "stream_options"}
    for param in TABLE:
        modes = param.client if param.client is not None else param.modes
        if param.wire and param.takes.get("openai") and mode in modes:
            # The other name for a limit is the chat route's.
            names |= {param.wire, *(param.says if mode == "chat" else ())}
    return frozenset(names)


def label_of(field: str) -> str:
    """What a field of the body is called in the panel; its own name where it has no line in the table."""
    for param in TABLE:
        if field in (param.name, param.wire) or field in param.fields:
            return param.label
    return field
