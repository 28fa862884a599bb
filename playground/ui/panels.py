"""What the panels beside the chat are told, and what they change: models and parameters. Plain dicts.

Everything here is one visitor's own: what is set counts for a tab, what is typed for a browser. Connecting an endpoint
is in `connecting`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.core.capabilities import Ability
from playground.core.checks import known_mode
from playground.core.endpoint import Endpoint
from playground.core.params import BY_NAME, TABLE, Params
from playground.core.params_reading import parse
from playground.core.params_views import panel
from playground.ui.asking import Asking
from playground.ui.connecting import MAX_MODEL, Connecting, Refused, unlocked
from playground.ui.typed import TypedEndpoints
from playground.ui.visitors import Tab

# Which ability of a model a parameter is for, where it is of no use without one.
NEEDS: Mapping[str, Ability] = {
    "reasoning_effort": "reasoning",
    "thinking": "reasoning",
    "response_format": "structured",
    "json_schema": "structured",
    "logprobs": "logprobs",
    "top_logprobs": "logprobs",
}


@dataclass(frozen=True, slots=True)
class Learning:
    """What requests have found out of an endpoint's model: the fields it refused, and how to forget one of them."""

    refused: Callable[[Endpoint, str | None], frozenset[str]]
    forget: Callable[[Endpoint, str | None, str], None]


NOTHING_LEARNED = Learning(lambda _endpoint, _model: frozenset(), lambda _endpoint, _model, _field: None)


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
        self.connecting = Connecting(settings, book, typed, gone)
        self._settings = settings
        self._gone = gone
        self._book = book
        self._typed = typed
        self._asking = asking
        self._learning = learning

    # Models

    def models(self, tab: Tab, browser: str) -> dict[str, Any]:
        """Every endpoint that this visitor can choose, with its models."""
        unlocked(self._settings)
        names = (*self._book.names, *(endpoint.name for endpoint in self._typed.of(browser)))
        current = self._book.known(tab.endpoint)
        return {
            "endpoints": [self._endpoint(name, typed=self._typed.has(browser, name)) for name in names],
            "current": {"endpoint": current, "model": tab.model},
            "may_connect": True,
        }

    def choose(self, tab: Tab, browser: str, endpoint: str, model: str | None) -> None:
        """From the next message on. Raises `Refused` for an endpoint that is not this visitor's."""
        unlocked(self._settings)
        if endpoint not in self._book.names and not self._typed.has(browser, endpoint):
            raise Refused("This endpoint is not known here any more.")
        if model is not None and not 0 < len(model) <= MAX_MODEL:
            raise Refused("That is no model's name.")
        tab.endpoint, tab.model = endpoint, model
        self._typed.used(browser, endpoint, at=time.time())

    def forget(self, browser: str, endpoint: str) -> None:
        """An endpoint that was typed, and its key. Raises `Refused`."""
        unlocked(self._settings)
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


def chosen(tab: Tab) -> Params:
    """What a tab has set, as far as it can be read; what is wrong is not sent, and the panel says so."""
    return parse(tab.raw).params
