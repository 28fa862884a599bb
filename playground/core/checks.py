"""The steps of "Test and connect": their order, their words, and what each makes of an answer. Pure.

`adapters.checking` makes the requests and measures; a panel and `playground doctor` show the same steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from playground.core.capabilities import LABELS, SOLE, Ability, Claim
from playground.core.details import Details
from playground.core.endpoint import Endpoint, candidates
from playground.core.errors import (
    BadRequest,
    EndpointError,
    NoChat,
    PathNotFound,
    ServerFailed,
    TLSFailed,
    Unauthorized,
)
from playground.core.parameter import Mode

StepName = Literal["name", "address", "tls", "key", "models", "token"]
Outcome = Literal["running", "ok", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Row:
    """A step in words, and its own time limit in seconds."""

    label: str
    seconds: float


# In the order in which they are taken.
STEPS: Mapping[StepName, Row] = {
    "name": Row("Name", 5.0),
    "address": Row("Address", 5.0),
    "tls": Row("TLS", 5.0),
    "key": Row("Key", 10.0),
    "models": Row("Models", 5.0),
    "token": Row("One token", 60.0),
}
ROUTES: Mapping[Mode, str] = {"chat": "/chat/completions", "completion": "/completions"}
# Which routes tell what an endpoint is for, where it talks not: the body makes no work, but for embeddings a moment's.
KINDS: tuple[tuple[Ability, str, Mapping[str, Any]], ...] = (
    ("embeddings", "/embeddings", {"input": "hello"}),
    ("transcription", "/audio/transcriptions", {}),
    ("speech", "/audio/speech", {}),
    ("rerank", "/rerank", {}),
    ("images", "/images/generations", {}),
)
_VERSIONED = re.compile(r"^(.*?/v\d+\w*)/.+$")


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it stands: first "running", then how it ended.

    `text` says what is so, `hint` what to do where something is wrong, `said` the server's own words. `seconds` is how
    long it took, None while it runs and where it was skipped. `addresses` are what a name stands for: for whoever
    started the app, and not for a visitor, who could read a network's names off it.
    """

    name: StepName
    outcome: Outcome
    text: str = ""
    hint: str = ""
    said: str = ""
    seconds: float | None = None
    status: int | None = None
    addresses: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return STEPS[self.name].label


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check has found; the last thing that it gives.

    `endpoint` has the base URL that works, as far as that is known. `model` is the one that was asked, `mode` how it
    answers; both None where it did not come to that. `failed` is the step that ended the check, `error` why.
    `first_token` is in seconds from the request.
    """

    endpoint: Endpoint
    details: Details
    model: str | None = None
    mode: Mode | None = None
    first_token: float | None = None
    failed: StepName | None = None
    error: EndpointError | None = None

    @property
    def works(self) -> bool:
        """Whether a model has answered."""
        return self.mode is not None


def failed(name: StepName, error: EndpointError, seconds: float | None = None) -> Step:
    """The step that an error ends."""
    return Step(name, "failed", error.what, error.hint, error.said, seconds, error.status)


def skipped_after(name: StepName) -> Iterator[Step]:
    """The steps that are not reached once one has failed."""
    order = list(STEPS)
    for later in order[order.index(name) + 1 :]:
        yield Step(later, "skipped", "Not reached.")


def step_of(error: EndpointError) -> StepName:
    """Which step an answer's error belongs to, once a connection is up."""
    match error:
        case TLSFailed():
            return "tls"
        case Unauthorized():
            return "key"
        case _:
            return "models"


def bases(base_url: str) -> tuple[str, ...]:
    """The base URLs worth trying, best first: with and without /v1, doubled, or with more of a path behind it."""
    found = list(candidates(base_url))
    if cut := _VERSIONED.fullmatch(base_url):
        found.append(cut[1])
    parts = urlsplit(base_url)
    found.append(f"{parts.scheme}://{parts.netloc}/v1")
    return tuple(dict.fromkeys(found))


def key_step(endpoint: Endpoint, details: Details, *, listed: bool, seconds: float) -> Step:
    """What a list of models tells of the key. `listed`: whether there is a list at all."""
    if endpoint.key is None:
        text = "No key is set, and none was asked for." if listed else "No key is set."
        return Step("key", "skipped", text)
    if not listed:
        return Step("key", "skipped", "Without a list of models, only an answer can tell whether the key is right.")
    return Step("key", "ok", "The key is taken." if details.models else "The key is not refused.", seconds=seconds)


def models_step(endpoint: Endpoint, details: Details, *, status: int, seconds: float) -> Step:
    """What the list holds. That there is none is no failure: a chat may work all the same."""
    if not 200 <= status < 300:
        keyless = " No API key is set; if the endpoint wants one, that may be why." if endpoint.key is None else ""
        return Step(
            "models",
            "skipped",
            f"The endpoint has no list of models (status {status}).",
            ("" if endpoint.model else "Name the model yourself.") + (keyless if status >= 500 else ""),
            seconds=seconds,
            status=status,
        )
    count = len(details.models)
    if not count:
        hint = "" if endpoint.model else "Its server may have loaded none yet; else name the model yourself."
        return Step("models", "ok", "The list of models is empty.", hint, seconds=seconds, status=status)
    first = details.first
    assert first is not None, "the list is not empty"
    text = f"{count} models are listed" if count > 1 else "One model is listed"
    if endpoint.model is None or details.model(endpoint.model) is not None:
        used = f"{text}; {endpoint.model or first.id} is used."
        return Step("models", "ok", used, seconds=seconds, status=status)
    return Step(
        "models",
        "ok",
        f"{text}; “{endpoint.model[:200]}” is none of them.",
        "Servers may take more names than they list; if not, choose one of the list.",
        seconds=seconds,
        status=status,
    )


def modes(details: Details, model: str | None) -> tuple[Mode, ...]:
    """The ways to try for one token, in order: a chat first, unless the server itself says that there is none."""
    known = details.model(model)
    chat = (known.capabilities if known else details.routes).of("chat")
    return (
        ("completion", "chat")
        if chat is not None and not chat.able and chat.origin != "guessed"
        else (
            "chat",
            "completion",
        )
    )


def known_mode(details: Details | None, model: str | None) -> Mode | None:
    """How a model answers, as far as its server says or a request has proved; None where that is open."""
    found = None if details is None else details.model(model) if model is not None else details.first
    if found is None:
        return None
    chat, completion = found.capabilities.of("chat"), found.capabilities.of("completion")
    if chat is not None and chat.origin != "guessed":
        if chat.able:
            return "chat"
        return "completion" if completion is not None and completion.able else None
    return None


def small_body(mode: Mode, model: str, *, limit: bool = True) -> dict[str, Any]:
    """A request for one token. `limit`: said with `max_tokens`, which a few servers refuse."""
    asked: dict[str, Any] = (
        {"messages": [{"role": "user", "content": "Hi"}]} if mode == "chat" else {"prompt": "The sky is"}
    )
    return {"model": model, **asked, **({"max_tokens": 1} if limit else {}), "stream": True}


def other_mode_may(error: EndpointError) -> bool:
    """Whether the other way of asking is worth a try: the route is missing, or the model has no chat template."""
    return isinstance(error, PathNotFound | BadRequest) or (
        isinstance(error, ServerFailed) and error.status in (500, 501, 405)
    )


def no_chat(ability: Ability, source: str) -> NoChat:
    """What is said of an endpoint that is for something else."""
    return NoChat(
        f"There is no chat here: the endpoint {SOLE[ability]}.",
        f"Known from {source}. Choose another model, or another endpoint.",
    )


def tried(ability: Ability, *, able: bool) -> Claim:
    """The claim that a request has proved."""
    return Claim(ability, able=able, origin="tried", source=f"a request for {LABELS[ability].lower()}")


def view(step: Step) -> dict[str, Any]:
    """A step for a panel: plain values, and no addresses."""
    return {
        "name": step.name,
        "label": step.label,
        "outcome": step.outcome,
        "text": step.text,
        "hint": step.hint,
        "said": step.said,
        "seconds": step.seconds,
        "status": step.status,
    }
