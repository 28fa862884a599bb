"""Connecting an endpoint of one's own: what was pasted, the test step by step, and keeping what works.

A key comes in and is never part of what goes out.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from typing import Any

from playground.adapters import checking
from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.core import paste
from playground.core.checks import Checked, Step, tried, view
from playground.core.endpoint import Endpoint, parse_base_url
from playground.core.errors import Locked, SettingsError
from playground.core.params_sending import from_body
from playground.core.secret import MASK, Secret
from playground.ui.typed import TypedEndpoints
from playground.ui.visitors import Tab

LOCKED = "The operator of this playground has fixed its model: it cannot be changed here."
ANOTHER_ADDRESS = (
    "The key was pasted with another address, and goes to no other than that. To use it here, type it into its field."
)
# Characters of a name, of a model's name and of a key.
MAX_NAME, MAX_MODEL, MAX_KEY = 60, 300, 4096


class Refused(Exception):
    """What was asked cannot be done; the text says why, for a person."""


def unlocked(settings: Settings) -> None:
    """Raises `Refused` where the operator lets nobody see or change endpoints, keys and models."""
    if settings.lock:
        raise Refused(LOCKED)


class Connecting:
    """By tab and browser, which the caller has checked against each other."""

    def __init__(
        self,
        settings: Settings,
        book: EndpointBook,
        typed: TypedEndpoints,
        gone: Callable[[Collection[str]], None],
    ) -> None:
        """`gone` is told the names of typed endpoints that are no more."""
        self._settings = settings
        self._book = book
        self._typed = typed
        self._gone = gone

    def paste(self, browser: str, text: str) -> dict[str, Any]:
        """What was pasted, taken apart. Its key stays here until it is used; `masked` is the text without it."""
        unlocked(self._settings)
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
        unlocked(self._settings)
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
        url, now = str(asked.get("base_url") or ""), time.time()
        try:
            if not key and asked.get("pasted") is True and self._typed.pasted(browser, at=now) is not None:
                pasted = self._typed.pasted(browser, parse_base_url(url), at=now)
                if pasted is None:
                    raise Refused(ANOTHER_ADDRESS)
                key = pasted
            return self._typed.make(
                url,
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
