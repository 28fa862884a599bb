"""What the panels beside the chat are told, and what they change: models, parameters, connecting. Plain dicts.

Everything here is one visitor's own: what is set counts for a tab, what is typed for a browser. A key comes in and is
never part of what goes out.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from playground.adapters import checking
from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.core import paste
from playground.core.capabilities import Ability
from playground.core.checks import Checked, Step, known_mode, tried, view
from playground.core.endpoint import Endpoint
from playground.core.errors import Locked, SettingsError
from playground.core.params import BY_NAME, TABLE, Params
from playground.core.params_reading import parse
from playground.core.params_sending import from_body
from playground.core.params_views import panel
from playground.core.secret import MASK, Secret
from playground.ui.asking import Asking
from playground.ui.typed import TypedEndpoints
from playground.ui.visitors import Tab

LOCKED = "The operator of this playground has fixed its model: it cannot be changed here."
# Which ability of a model a parameter is for, where it is of no use without one.
NEEDS: Mapping[str, Ability] = {
    "reasoning_effort": "reasoning",
    "thinking": "reasoning",
    "response_format": "structured",
    "json_schema": "structured",
    "logprobs": "logprobs",
    "top_logprobs": "logprobs",
}
# Characters of a name, of a model's name and of a key.
MAX_NAME, MAX_MODEL, MAX_KEY = 60, 300, 4096


@dataclass(frozen=True, slots=True)
class Learning:
    """What requests have found out of an endpoint's model: the fields it refused, and how to forget one of them."""

    refused: Callable[[Endpoint, str | None], frozenset[str]]
    forget: Callable[[Endpoint, str | None, str], None]


NOTHING_LEARNED = Learning(lambda _endpoint, _model: frozenset(), lambda _endpoint, _model, _field: None)


class Refused(Exception):
    """What was asked cannot be done; the text says why, for a person."""


class Panels:
    """By tab and browser, which the caller has checked against each other."""

    def __init__(
        self,
        settings: Settings,
        book: EndpointBook,
        typed: TypedEndpoints,
        asking: Asking,
        learning: Learning,
        gone: Callable[[Collection[str]], None],
    ) -> None:
        """`gone` is told the names of typed endpoints that are no more."""
        self._settings = settings
        self._gone = gone
        self._book = book
        self._typed = typed
        self._asking = asking
        self._learning = learning

    # Models

    def models(self, tab: Tab, browser: str) -> dict[str, Any]:
        """Every endpoint that this visitor can choose, with its models."""
        self._unlocked()
        names = (*self._book.names, *(endpoint.name for endpoint in self._typed.of(browser)))
        current = self._book.known(tab.endpoint)
        return {
            "endpoints": [self._endpoint(name, typed=self._typed.has(browser, name)) for name in names],
            "current": {"endpoint": current, "model": tab.model},
            "may_connect": True,
        }

    def choose(self, tab: Tab, browser: str, endpoint: str, model: str | None) -> None:
        """From the next message on. Raises `Refused` for an endpoint that is not this visitor's."""
        self._unlocked()
        if endpoint not in self._book.names and not self._typed.has(browser, endpoint):
            raise Refused("This endpoint is not known here any more.")
        if model is not None and not 0 < len(model) <= MAX_MODEL:
            raise Refused("That is no model's name.")
        tab.endpoint, tab.model = endpoint, model
        self._typed.used(browser, endpoint, at=time.time())

    def forget(self, browser: str, endpoint: str) -> None:
        """An endpoint that was typed, and its key. Raises `Refused`."""
        self._unlocked()
        if self._typed.forget(browser, endpoint):
            self._gone((endpoint,))

    def _endpoint(self, name: str, *, typed: bool) -> dict[str, Any]:
        status = self._book.status(name)
        return {
            "id": name,
            "name": status.name,
            "dot": status.dot,
            "text": status.text,
            "typed": typed,
            "model": status.model,
            "models": self._book.models(name),
        }

    # Parameters

    def params(self, tab: Tab, change: Mapping[str, Any]) -> dict[str, Any]:
        """The panel's lines after a change: `name` with a `value`, without one a reset, `all` the reset of all."""
        name = change.get("name")
        if change.get("all") is True:
            tab.raw.clear()
        elif isinstance(name, str):
            self._change(tab, name, change)
        endpoint = self._book.endpoint(self._book.known(tab.endpoint) or "")
        details = self._book.details(endpoint.name)
        read = parse(tab.raw)
        rows = panel(
            read,
            self._asking.params_of(endpoint),
            server=details.server if details else None,
            refused=self._learning.refused(endpoint, self._model(tab, endpoint)),
        )
        cannot = self._cannot(tab, endpoint)
        for row in rows:
            row["offered"] = row["name"] not in cannot
            if row["error"]:
                # What is wrong stays as it was typed.
                row["value"] = tab.raw[row["name"]]
        return {"rows": rows}

    def _cannot(self, tab: Tab, endpoint: Endpoint) -> frozenset[str]:
        """The parameters that the model is known to have no use for."""
        details, model = self._book.details(endpoint.name), self._model(tab, endpoint)
        mode = parse(tab.raw).params.mode or known_mode(details, model)
        found = details.model(model) if details is not None else None
        unable = {
            name
            for name, ability in NEEDS.items()
            if found is not None
            and (claim := found.capabilities.of(ability))
            and not claim.able
            and claim.origin != "guessed"
        }
        return frozenset({param.name for param in TABLE if mode is not None and mode not in param.modes} | unable)

    def _change(self, tab: Tab, name: str, change: Mapping[str, Any]) -> None:
        param = BY_NAME.get(name)
        if param is None:
            raise Refused("There is no such setting here.")
        if "value" not in change:
            tab.raw.pop(name, None)
        elif len(str(change["value"])) <= self._settings.max_message_chars:
            tab.raw[name] = change["value"]
        else:
            raise Refused(f"{param.label}: this text is too long. It was not taken; what was set before still counts.")
        endpoint = self._book.endpoint(self._book.known(tab.endpoint) or "")
        # Set anew, it is tried anew.
        for field in param.fields:
            self._learning.forget(endpoint, self._model(tab, endpoint), field)

    def _model(self, tab: Tab, endpoint: Endpoint) -> str | None:
        return tab.model or self._book.status(endpoint.name or None).model

    # Connecting

    def paste(self, browser: str, text: str) -> dict[str, Any]:
        """What was pasted, taken apart. Its key stays here until it is used; `masked` is the text without it."""
        self._unlocked()
        found, now = paste.read(text), time.time()
        if MASK in text and (kept := self._typed.pasted(browser, found.base_url, at=now)):
            # What was masked is worked on.
            found = paste.read(text.replace(MASK, kept.reveal()))
        self._typed.keep_pasted(browser, found.key, found.base_url, at=now)
        key = found.key.reveal() if found.key else ""
        said = {
            "kind": found.kind,
            "base_url": found.base_url,
            "key": found.key is not None,
            # A key that is written in another way there (escaped, in pieces) cannot be masked: then none of it.
            "masked": text if key in text or MASK in text else "",
            "model": found.model,
            "mode": found.mode,
            "system": found.system,
            "prompt": found.prompt,
            "parameters": dict(found.parameters),
            "notes": list(found.notes),
        }
        masked: dict[str, Any] = _masked(said, key)
        return masked

    def connect(self, tab: Tab, browser: str, asked: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Each step as it goes, then the end; the endpoint is this visitor's where it works. Raises `Refused`."""
        self._unlocked()
        return self._connecting(tab, browser, asked, self._typed_endpoint(browser, asked))

    async def _connecting(
        self, tab: Tab, browser: str, asked: Mapping[str, Any], endpoint: Endpoint
    ) -> AsyncGenerator[dict[str, Any], None]:
        async with aclosing(checking.check(endpoint)) as steps:
            async for step in steps:
                match step:
                    case Step():
                        yield {"step": view(step)}
                    case Checked():
                        yield {"end": self._end(tab, browser, asked, step)}

    def _typed_endpoint(self, browser: str, asked: Mapping[str, Any]) -> Endpoint:
        key: Secret | str = str(asked.get("key") or "")[:MAX_KEY]
        if not key and asked.get("pasted") is True:
            key = self._typed.pasted(browser, at=time.time()) or ""
        try:
            return self._typed.make(
                str(asked.get("base_url") or ""),
                key,
                title=str(asked.get("name") or "")[:MAX_NAME],
                model=str(asked.get("model") or "").strip()[:MAX_MODEL] or None,
            )
        except (SettingsError, Locked) as error:
            raise Refused(f"{error.what} {error.hint}") from None

    def _end(self, tab: Tab, browser: str, asked: Mapping[str, Any], checked: Checked) -> dict[str, Any]:
        """Taken also where no model has answered but the endpoint lists some: another one of them may."""
        if not checked.works and (checked.failed != "token" or not checked.details.models):
            error = checked.error
            return {
                "added": None,
                "what": error.what if error else "Nothing has answered.",
                "hint": error.hint if error else "",
            }
        added, gone = self._typed.add(browser, checked.endpoint, at=time.time())
        if gone is not None:
            self._gone((gone,))
        self._book.add(added, checked.details)
        if checked.model is not None and checked.mode is not None:
            self._book.learn(added.name, checked.model, (tried(checked.mode, able=True),))
        self._typed.keep_pasted(browser, None, at=time.time())
        tab.endpoint, tab.model = added.name, checked.model
        _take_over(tab, asked)
        if checked.works:
            what = f"Connected. Your next message goes to {checked.model} on {added.label}."
            if checked.mode == "completion":
                what += " It takes no chat: it writes on from the end of your text."
            return {"added": added.name, "what": what, "hint": ""}
        assert checked.error is not None
        return {"added": added.name, "what": f"Connected, but: {checked.error.what}", "hint": checked.error.hint}

    def _unlocked(self) -> None:
        if self._settings.lock:
            raise Refused(LOCKED)


def _take_over(tab: Tab, asked: Mapping[str, Any]) -> None:
    """The parameters and the system prompt of what was pasted, in place of what was set before."""
    parameters = asked.get("parameters")
    if isinstance(parameters, dict) and parameters:
        tab.raw |= from_body(parameters)
    system = asked.get("system")
    if isinstance(system, str) and system.strip():
        tab.raw["system_prompt"] = system
    if asked.get("mode") == "completion":
        tab.raw["mode"] = "completion"


def _masked(value: Any, key: str) -> Any:
    """The same without the key, wherever a text holds it. "": there is none."""
    if isinstance(value, str):
        return value.replace(key, MASK) if key else value
    if isinstance(value, dict):
        return {name: _masked(each, key) for name, each in value.items()}
    return [_masked(each, key) for each in value] if isinstance(value, list) else value


def chosen(tab: Tab) -> Params:
    """What a tab has set, as far as it can be read; what is wrong is not sent, and the panel says so."""
    return parse(tab.raw).params
