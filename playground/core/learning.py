"""What was found out of an endpoint by trying, and for how long it counts. Not here: finding out (`tries`)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.core.payload import Dialect

# Seconds after which a model's dialect is found out anew: a server may have been updated, or another one be there.
KEPT_SECONDS = 3600.0
# Models of one endpoint whose dialects are kept; the one learned longest ago goes first.
MOST = 64


@dataclass(slots=True)
class Learned:
    """The base URL that works, the model that is used where none is named, and each model's dialect.

    Times are the caller's clock, in seconds. Dialects are kept by model: behind one gateway, each model has its own
    server and its own template.
    """

    base_url: str | None = None
    first_model: str | None = None
    known_until: float = 0.0
    _dialects: dict[str, tuple[Dialect, float]] = field(default_factory=dict)

    def dialect(self, model: str, now: float) -> Dialect:
        """What is known of a model; the plain dialect where that is nothing, or too old."""
        dialect, learned_at = self._dialects.get(model, (Dialect(), now))
        return dialect if now - learned_at < KEPT_SECONDS else Dialect()

    def learn(self, model: str, changes: Mapping[str, Any], now: float) -> None:
        """Keeps fields of a dialect; the refused ones come to those that are known."""
        before = self.dialect(model, now)
        refused = before.refused | changes.get("refused", frozenset())
        self._dialects.pop(model, None)
        self._dialects[model] = (dataclasses.replace(before, **dict(changes) | {"refused": refused}), now)
        while len(self._dialects) > MOST:
            del self._dialects[next(iter(self._dialects))]

    def forget(self, model: str | None = None, field: str | None = None) -> None:
        """Forgets what was found out of a model (None: of all); with `field`, only that this field is refused."""
        for name in [model] if model is not None else list(self._dialects):
            if name not in self._dialects:
                continue
            if field is None:
                del self._dialects[name]
            else:
                dialect, at = self._dialects[name]
                self._dialects[name] = (dataclasses.replace(dialect, refused=dialect.refused - {field}), at)
