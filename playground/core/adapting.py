"""A server's refusal → what is sent otherwise the next time, in one table of its words; and what to tell the person.

Each change is tried once for each thing: what was changed already is what was refused. Pure; what was learned is kept
by `tries`. Not here: what a body looks like then (`payload`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.core.errors import BadRequest, EndpointError
from playground.core.events import Adapted
from playground.core.parameter import Mode
from playground.core.params import BY_NAME, TABLE, label_of
from playground.core.params_sending import fragment, unsent
from playground.core.payload import Dialect, neighbours
from playground.core.refusal_words import (
    ALTERNATE,
    LIMIT_REFUSED,
    NO_CHAT,
    NO_COMPLETION,
    NOT_TAKEN,
    SYSTEM,
    VALUE,
    mentions,
)
from playground.core.run import Request

# Fields that are never left out: what is asked, how it is answered, and a limit that somebody set to what it may cost.
_LIMITS = ("max_tokens", "max_completion_tokens")
_KEPT = frozenset(
    ("model", "messages", "prompt", "stream", "stream_options", "continue_final_message", "add_generation_prompt")
)

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "chat_template_kwargs": ("enable_thinking",),
    "response_format": ("json_schema",),
}

FOUND_COMPLETION = (
    "This model knows no chat, so your text is continued instead (text completion). What was said before is not sent."
)
FOUND_CHAT = "This model only knows chat, so your text is sent as a chat message."
FOLDED = "This model takes no system prompt, so it was put in front of your first message."
DEVELOPER = "This model wants the system prompt under the role “developer”: it was sent as that."
MERGED = "This model wants turns that alternate, so neighbouring messages of one side were sent as one."


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent: the request, by which route, in which dialect, as which body."""

    request: Request
    mode: Mode
    dialect: Dialect
    sent: Mapping[str, Any]

    @property
    def mode_is_free(self) -> bool:
        """Whether the route may be changed: nobody chose it, and it is no chat's answer that is continued."""
        return self.request.params.mode is None and self.request.continue_by is None

    @property
    def has_system(self) -> bool:
        return any(message.role == "system" for message in self.request.messages)


@dataclass(frozen=True, slots=True)
class Change:
    """`things` are what is changed, each of which can be changed once; `dialect` holds fields of `Dialect`."""

    things: frozenset[str]
    dialect: Mapping[str, Any]
    notes: tuple[Adapted, ...]


def adapt(asked: Asked, error: EndpointError) -> Change | None:
    """What to change after this refusal; None where its reason is another, or nothing that can be helped."""
    found = (rule(asked, error) for statuses, rule in _RULES if error.status in statuses)
    return next((change for change in found if change is not None), None)


def other_route(asked: Asked, said: str = "") -> Change:
    """The same by the other route."""
    mode: Mode = "completion" if asked.mode == "chat" else "chat"
    why = FOUND_COMPLETION if mode == "completion" else FOUND_CHAT
    return Change(frozenset({"mode"}), {"mode": mode}, (Adapted("mode", why, said),))


def known_notes(request: Request, dialect: Dialect, mode: Mode) -> tuple[Adapted, ...]:
    """What is sent otherwise than it was set, because of what was found out before or what the route cannot carry."""
    notes = []
    if request.params.mode is None and dialect.mode == mode and mode != (request.mode or "chat"):
        notes.append(Adapted("mode", FOUND_COMPLETION if mode == "completion" else FOUND_CHAT))
    notes += [
        Adapted(name, f"A text completion has no place for “{BY_NAME[name].label}”: it was not sent.")
        for name in unsent(request.params, mode)
    ]
    if mode == "chat":
        if dialect.system != "system" and any(message.role == "system" for message in request.messages):
            notes.append(Adapted("system_prompt", FOLDED if dialect.system == "user" else DEVELOPER))
        if dialect.merged and neighbours(request.messages):
            notes.append(Adapted("turns", MERGED))
    sent = fragment(request.params, mode, request.server)
    notes += [Adapted(name, _left_out(name)) for name in sent if name in dialect.refused]
    return tuple(notes)


def explained(asked: Asked, error: EndpointError) -> EndpointError:
    """The error as it is shown where nothing was changed: with the name of the parameter that it is about, if any."""
    if not isinstance(error, BadRequest):
        return error
    if asked.mode == "chat" and not asked.mode_is_free and NO_CHAT.search(error.said):
        hint = "Set the mode to text completion in the parameters, or reset it."
        return BadRequest("This model knows no chat.", hint, error.said, status=error.status, fields=error.fields)
    names = _named(asked, error, frozenset(_KEPT))
    if not names:
        return error
    param = next((param for param in TABLE if names[0] in param.fields), None)
    usual = ""
    if param is not None and param.kind in ("number", "integer") and param.low is not None and param.high is not None:
        usual = f" Usual values are from {param.low:g} to {param.high:g}."
    return BadRequest(
        f"The endpoint does not take this value of “{label_of(names[0])}”.",
        f"Its reason stands below. Change the value in the parameters, or reset it.{usual}",
        error.said,
        status=error.status,
        fields=error.fields,
    )


def _usage(asked: Asked, error: EndpointError) -> Change | None:
    # Mistral refuses `stream_options`, and gives the counts unasked.
    if not asked.dialect.usage or not re.search(
        r"stream_options|include_usage", " ".join((error.said, *_fields(error)))
    ):
        return None
    why = "This endpoint cannot be asked for token counts; it may give them by itself."
    return Change(frozenset({"stream_options"}), {"usage": False}, (Adapted("stream_options", why, error.said),))


def _limit(asked: Asked, error: EndpointError) -> Change | None:
    # OpenAI's reasoning models want the newer name; Mistral and older servers know the older one only.
    used = next((name for name in _LIMITS if name in asked.sent), None)
    if used is None or asked.mode == "completion":
        return None
    other = _LIMITS[1 - _LIMITS.index(used)]
    refused = used in _named(asked, error, _KEPT) and NOT_TAKEN.search(error.said) and not VALUE.search(error.said)
    if not refused and not (other in error.said and LIMIT_REFUSED.search(error.said)):
        return None
    why = f"This model takes the limit as {other}: it was sent under that name."
    return Change(frozenset({"max_tokens"}), {"limit": other}, (Adapted("max_tokens", why, error.said),))


def wants_other_route(asked: Asked, error: EndpointError) -> bool:
    """Whether the refusal is of the route itself."""
    return bool((NO_CHAT if asked.mode == "chat" else NO_COMPLETION).search(error.said))


def _mode(asked: Asked, error: EndpointError) -> Change | None:
    return other_route(asked, error.said) if asked.mode_is_free and wants_other_route(asked, error) else None


def _roles(asked: Asked, error: EndpointError) -> Change | None:
    if asked.mode == "completion":
        return None
    dialect, said = asked.dialect, error.said
    if asked.has_system and dialect.system != "user" and SYSTEM.search(said):
        if dialect.system == "system" and re.search(r"\bdeveloper\b(?! instruction)", said):
            note = Adapted("system_prompt", DEVELOPER, said)
            return Change(frozenset({"developer"}), {"system": "developer"}, (note,))
        return Change(frozenset({"system"}), {"system": "user"}, (Adapted("system_prompt", FOLDED, said),))
    if not ALTERNATE.search(said):
        return None
    if not dialect.merged and neighbours(asked.request.messages):
        return Change(frozenset({"turns"}), {"merged": True}, (Adapted("turns", MERGED, said),))
    # Older templates count the system prompt as a turn.
    if asked.has_system and dialect.system != "user":
        return Change(frozenset({"system"}), {"system": "user"}, (Adapted("system_prompt", FOLDED, said),))
    return None


def _left_out_by_name(asked: Asked, error: EndpointError) -> Change | None:
    if VALUE.search(error.said):
        return None
    names = _named(asked, error, _KEPT | {*_LIMITS})
    if not names or not (_fields(error) or NOT_TAKEN.search(error.said)):
        return None
    if "logprobs" in names and "top_logprobs" in asked.sent and "top_logprobs" not in names:
        names.append("top_logprobs")
    notes = tuple(Adapted(name, _left_out(name), error.said) for name in names)
    return Change(frozenset(names), {"refused": frozenset(names)}, notes)


_RULES: tuple[tuple[frozenset[int], Callable[[Asked, EndpointError], Change | None]], ...] = (
    (frozenset({400, 422}), _usage),
    (frozenset({400, 422}), _limit),
    (frozenset({400, 404, 405, 422, 500, 501}), _mode),
    # A chat template that fails is an error of the server's to some.
    (frozenset({400, 422, 500}), _roles),
    (frozenset({400, 422}), _left_out_by_name),
)


def _left_out(name: str) -> str:
    label = label_of(name)
    called = f"“{label}”" if label == name else f"“{label}” ({name})"
    return f"This endpoint does not take {called}, so it was left out."


def _fields(error: EndpointError) -> tuple[str, ...]:
    return error.fields if isinstance(error, BadRequest) else ()


def _named(asked: Asked, error: EndpointError, kept: frozenset[str]) -> list[str]:
    """Which of the fields sent the refusal is about: by its own list, else by its words."""
    fields = [name for name in asked.sent if name not in kept]
    steps = {step for path in _fields(error) for step in re.split(r"[.\[\]]+", path)}
    if named := [name for name in fields if steps & {name, *_ALIASES.get(name, ())}]:
        return named
    return [name for name in fields if any(mentions(error.said, each) for each in (name, *_ALIASES.get(name, ())))]
