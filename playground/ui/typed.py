"""Endpoints that visitors have typed, with their keys: in memory only, for each browser its own.

A key is given out to one endpoint's address and to nobody else: nothing here makes anything for a page but `names`.
"""

from __future__ import annotations

import dataclasses
import secrets
from dataclasses import dataclass, field

from playground.adapters.settings_endpoints import checked_key
from playground.core.addresses import Reach
from playground.core.endpoint import Endpoint, origin, parse_base_url
from playground.core.errors import Locked
from playground.core.secret import Secret

# A bound on what one browser can make the server keep.
MAX_ENDPOINTS = 20
# Seconds for which a key that was pasted waits to be used.
PASTED_SECONDS = 900.0


@dataclass(slots=True)
class _Held:
    """What one browser has typed. Times are wall-clock seconds."""

    endpoints: dict[str, tuple[Endpoint, float]] = field(default_factory=dict)
    pasted: Secret | None = None
    # The address it was pasted with.
    pasted_for: str | None = None
    pasted_at: float = 0.0


class TypedEndpoints:
    """By browser. An endpoint's `name` here is an id that nobody can guess; its `title` is what people read.

    `reach`: where one may lead; None where the operator has locked the app: then there are none. A key that is given up
    is wiped, so that no record of an old request reveals it either.
    """

    def __init__(self, reach: Reach | None) -> None:
        self._reach = reach
        self._held: dict[str, _Held] = {}

    def make(self, url: str, key: Secret | str, *, title: str = "", model: str | None = None) -> Endpoint:
        """An endpoint from what was typed, to be tried; it is not kept yet.

        Raises `Locked`, and `SettingsError` for an address or a key that cannot be one.
        """
        if self._reach is None:
            raise Locked(
                "The operator of this playground has set its endpoints.",
                "To use another, start a playground of your own.",
            )
        base_url = parse_base_url(url)
        secret = key if isinstance(key, Secret) else checked_key(key, "The key") if key.strip() else None
        title = title.strip() or base_url.partition("://")[2].partition("/")[0]
        return Endpoint("typed", base_url, secret, model, title=title, reach=self._reach)

    def of(self, browser: str) -> tuple[Endpoint, ...]:
        held = self._held.get(browser)
        return () if held is None else tuple(endpoint for endpoint, _ in held.endpoints.values())

    def has(self, browser: str, name: str) -> bool:
        held = self._held.get(browser)
        return held is not None and name in held.endpoints

    def add(self, browser: str, endpoint: Endpoint, *, at: float) -> tuple[Endpoint, str | None]:
        """The endpoint under its name here, and the name of the oldest one where that had to go.

        The same one typed again (with another key, say) keeps its name: other tabs speak to it.
        """
        held = self._held.setdefault(browser, _Held())
        name = next((name for name, (other, _) in held.endpoints.items() if _same(other, endpoint)), None)
        gone = None
        if name is None and len(held.endpoints) >= MAX_ENDPOINTS:
            gone = min(held.endpoints, key=lambda name: held.endpoints[name][1])
        for left in (name, gone):
            if left is not None:
                _wipe(held.endpoints.pop(left)[0], but=endpoint.key)
        added = dataclasses.replace(endpoint, name=name or f"typed-{secrets.token_urlsafe(12)}")
        held.endpoints[added.name] = (added, at)
        return added, gone

    def used(self, browser: str, name: str, *, at: float) -> None:
        """Kept for longer: its time counts from the last use."""
        held = self._held.get(browser)
        if held is not None and name in held.endpoints:
            held.endpoints[name] = (held.endpoints[name][0], at)

    def forget(self, browser: str, name: str) -> bool:
        """Whether there was one."""
        held = self._held.get(browser)
        if held is None or name not in held.endpoints:
            return False
        _wipe(held.endpoints.pop(name)[0])
        return True

    def keep_pasted(self, browser: str, key: Secret | None, base_url: str | None = None, *, at: float) -> None:
        """The key of what was pasted last, until it is used or replaced; and the address that stood with it."""
        held = self._held.setdefault(browser, _Held())
        held.pasted, held.pasted_for, held.pasted_at = key, base_url, at

    def pasted(self, browser: str, base_url: str | None = None, *, at: float) -> Secret | None:
        """That key; with `base_url` only where no other host or port stood with it."""
        held = self._held.get(browser)
        if held is None or at - held.pasted_at > PASTED_SECONDS:
            return None
        elsewhere = base_url is not None and held.pasted_for is not None and origin(base_url) != origin(held.pasted_for)
        return None if elsewhere else held.pasted

    def sweep(self, *, before: float, pasted_before: float) -> tuple[str, ...]:
        """Drops what was last used before then; gives back the names of the endpoints that are gone."""
        gone: list[str] = []
        for browser, held in list(self._held.items()):
            old = [name for name, (_, at) in held.endpoints.items() if at < before]
            for name in old:
                _wipe(held.endpoints.pop(name)[0])
            gone += old
            if held.pasted_at < pasted_before:
                held.pasted = None
            if not held.endpoints and held.pasted is None:
                del self._held[browser]
        return tuple(gone)


def _wipe(endpoint: Endpoint, but: Secret | None = None) -> None:
    if endpoint.key is not None and endpoint.key is not but:
        endpoint.key.forget()


def _same(one: Endpoint, other: Endpoint) -> bool:
    return (one.base_url, one.title) == (other.base_url, other.title)
