"""The endpoints that visitors have typed: made here, so that each has the reach that the operator allows; kept for some
hours in memory and nowhere else, by the browser that typed them.

Not here: who a browser is, and the panel (`ui`); where an address is judged (`network`).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from playground.adapters.settings_endpoints import checked_key
from playground.core.addresses import Reach
from playground.core.endpoint import Endpoint, parse_base_url
from playground.core.errors import Locked

# Of one browser; the one that was not used for longest goes first.
MOST = 20


@dataclass(slots=True)
class _Kept:
    endpoint: Endpoint
    used: float


class TypedEndpoints:
    """By browser. `reach` is None where the operator has locked the app: then there are none. Times are in seconds.

    A key is forgotten `hours` after its last use, when its browser says so, and when another takes its place: then no
    record of an old request reveals it either.
    """

    def __init__(self, reach: Reach | None, hours: float) -> None:
        self._reach = reach
        self._seconds = hours * 3600
        self._browsers: dict[str, dict[str, _Kept]] = {}

    def make(self, url: str, key: str = "", *, name: str = "", model: str | None = None) -> Endpoint:
        """An endpoint from what was typed; it is not kept yet. Raises `Locked`, and `SettingsError` for a bad value."""
        if self._reach is None:
            raise Locked(
                "The operator of this playground has set its endpoints.",
                "To use another, start a playground of your own.",
            )
        base_url = parse_base_url(url)
        secret = checked_key(key, "The key") if key.strip() else None
        return Endpoint(name.strip() or urlsplit(base_url).netloc, base_url, secret, model, reach=self._reach)

    def keep(self, browser: str, endpoint: Endpoint, at: float) -> None:
        """From now on the browser has it, in place of one of that name."""
        if endpoint.reach is None or endpoint.reach != self._reach:
            raise ValueError("not an endpoint that was made here")
        kept = self._browsers.setdefault(browser, {})
        old = kept.pop(endpoint.name, None)
        if old is not None and old.endpoint.key is not endpoint.key:
            _forget(old)
        kept[endpoint.name] = _Kept(endpoint, at)
        if len(kept) > MOST:
            _forget(kept.pop(min(kept, key=lambda each: kept[each].used)))

    def names(self, browser: str, at: float) -> tuple[str, ...]:
        """What the browser has, in the order in which it was kept."""
        self.sweep(at)
        return tuple(self._browsers.get(browser, ()))

    def use(self, browser: str, name: str, at: float) -> Endpoint | None:
        """The endpoint of that name, which is in use now; None where the browser has none, or has it no longer."""
        self.sweep(at)
        kept = self._browsers.get(browser, {}).get(name)
        if kept is None:
            return None
        kept.used = at
        return kept.endpoint

    def drop(self, browser: str, name: str | None = None) -> None:
        """Forgets one endpoint of a browser, or all of them: its cookie has ended."""
        kept = self._browsers.get(browser, {})
        for each in [name] if name is not None else list(kept):
            if each in kept:
                _forget(kept.pop(each))
        if not kept:
            self._browsers.pop(browser, None)

    def sweep(self, at: float) -> None:
        """Forgets what was not used for too long. From time to time, since a key must not wait for its owner."""
        for browser, kept in list(self._browsers.items()):
            for name in [name for name, each in kept.items() if at - each.used >= self._seconds]:
                self.drop(browser, name)


def _forget(kept: _Kept) -> None:
    if kept.endpoint.key is not None:
        kept.endpoint.key.forget()
