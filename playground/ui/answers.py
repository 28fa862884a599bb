"""What is told of one answer to whoever opens it, and the report that is made of it. Plain dicts and text.

Whose it is was checked by the caller (`answer_routes`), as was whether they may see it.
"""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any, Literal, Protocol

from playground import __version__
from playground.core.answer_views import answer_view, events_view, ids_of, live_view, span
from playground.core.params import label_of
from playground.core.params_reading import parse
from playground.core.report import Surroundings, report
from playground.core.run import Run
from playground.core.secret import Secret
from playground.core.servers import NAMES
from playground.ui.desk import Desk
from playground.ui.visitors import Tab

# Events of one page of them.
MOST_EVENTS = 2_000
# Settings that say how answers are asked for; none of them holds a secret or somebody's words.
SETTINGS = (
    "lock",
    "local",
    "local_context",
    "local_slots",
    "local_threads",
    "max_tokens",
    "max_message_chars",
    "abandon_after",
    "page_as_shipped",
)
HOW: Mapping[str, str] = {
    "id": "Found by the request's id.",
    "time": "Found by their time: the server does not log the request's id. Lines of other requests may be among them.",
}
NO_LINES = "There are no lines of that time."
NOT_SENT = "Nothing was sent, so no log says anything of it."


class Line(Protocol):
    """A line of a log; `at` is wall-clock seconds."""

    @property
    def at(self) -> float: ...
    @property
    def text(self) -> str: ...


class Found(Protocol):
    """Lines, and by what they were found."""

    @property
    def how(self) -> Literal["id", "time"]: ...
    @property
    def lines(self) -> Sequence[Line]: ...


class Find(Protocol):
    """Finds an answer's lines in the logs of its endpoint. Times are wall-clock seconds."""

    def __call__(self, endpoint_name: str, request_id: str | None, from_: float, to: float) -> Awaitable[Found]: ...


class Answers:
    """`find` looks for an answer's lines in the logs."""

    def __init__(self, desk: Desk, find: Find) -> None:
        self._desk = desk
        self._find = find

    # Which

    def own(self, tab: Tab, browser: str, turn: str, run: str) -> Run | None:
        """One of this browser's: by its turn in this tab, or by its id in any of its tabs."""
        if turn:
            found = (conversation.find(turn) for conversation in (tab.conversation, *tab.past))
            return next((each.run for each in found if each is not None and each.run is not None), None)
        tabs = self._desk.registry.tabs_of(browser)
        return next((part for whole in _runs(tabs) for part in whole.parts if part.id == run), None)

    def others(self, run: str) -> Run | None:
        """Anybody's, as long as it is kept."""
        return self._desk.runs.find(run)

    def _parts(self, run: Run) -> tuple[Run, ...]:
        """All parts of the answer that it is a part of."""
        wholes = _runs(self._desk.registry.tabs())
        return next((whole.parts for whole in wholes if any(part is run for part in whole.parts)), run.parts)

    # What

    async def view(self, run: Run, tab: Tab, *, own: bool) -> dict[str, Any]:
        # A long answer's events take a moment to read.
        made = await asyncio.to_thread(answer_view, run, _now())
        here = self._desk.book.known(tab.endpoint) == run.request.endpoint.name
        parts = [each.id for each in self._parts(run)]
        return made | {"here": here, "own": own, "again": own and bool(run.id), "parts": parts}

    async def live(self, run: Run) -> dict[str, Any]:
        """What changes of it while it comes."""
        return await asyncio.to_thread(live_view, run, _now())

    async def events(self, run: Run, offset: int, limit: int) -> dict[str, Any]:
        return await asyncio.to_thread(events_view, run, max(0, offset), min(max(1, limit), MOST_EVENTS))

    async def lines(self, run: Run) -> dict[str, Any]:
        """The answer's lines in the log, and how they were found. `how`: "id", "time" or "none"."""
        found, id = await self._found(run)
        if found is None:
            return {"how": "none", "said": NOT_SENT, "find": id, "lines": []}
        lines = [{"at": line.at, "text": line.text} for line in found.lines]
        return {"how": found.how, "said": HOW[found.how] if lines else NO_LINES, "find": id, "lines": lines}

    async def _found(self, run: Run) -> tuple[Found | None, str | None]:
        """By each id under which it may be logged, else by its time; and the id that found it, or the likeliest."""
        record = run.record
        times = span(record, _now())
        if record is None or record.last is None or times is None:
            return None, None
        known = ids_of(run)
        found: Found | None = None
        for id in known or (None,):
            found = await self._find(run.request.endpoint.name, id, times["from"], times["to"])
            if found.how == "id" and found.lines:
                return found, id
        return found, known[0] if known else None

    def again(self, run: Run, tab: Tab) -> list[str]:
        """Puts what was chosen for this answer into the tab. Gives what could not be put back, in words."""
        chosen, said = run.chosen, []
        name = run.request.endpoint.name
        offered = name in self._desk.book.names or self._desk.book.known(name) == name
        if self._desk.settings.lock:
            if self._desk.book.known(tab.endpoint) != name:
                said.append("The endpoint cannot be chosen here: the one that the operator has set is asked.")
        elif offered:
            tab.endpoint, tab.model = name, run.request.model
        else:
            said.append("Its endpoint is not known here any more: the present one stays.")
        tab.raw = dict(chosen.raw)
        wrong = parse(tab.raw).errors
        said += [f"{label_of(name)}: this value was wrong then too, and is not sent." for name in wrong]
        return said

    # The report

    async def report(self, run: Run, *, blind: bool, with_log: bool) -> str:
        found, how = None, "The log is not shown to whoever made this report."
        if with_log:
            found, _ = await self._found(run)
            how = NOT_SENT if found is None else HOW[found.how] if found.lines else NO_LINES
        around = Surroundings(
            versions=self._versions(run),
            settings=self._settings(run),
            when=time.strftime("on %Y-%m-%d at %H:%M:%S UTC", time.gmtime()),
            lines=[line.text for line in found.lines] if found is not None else [],
            how=how,
            by=found.how if found is not None and found.lines else None,
            secrets=self._secrets(),
            names=self._names(run),
            part=_part(run, self._parts(run)),
        )
        return await asyncio.to_thread(lambda: report(run, _now_in(run), around, blind=blind))

    def _versions(self, run: Run) -> dict[str, str]:
        details = self._desk.book.details(run.request.endpoint.name)
        server = run.request.server or (details.server if details else None)
        version = details.version if details else None
        return {
            "Inference playground": __version__,
            "Python": platform.python_version(),
            "System": f"{platform.system()} {platform.machine()}",
            "Chainlit": metadata.version("chainlit"),
            "openai": metadata.version("openai"),
            "Server": " ".join(filter(None, (NAMES[server] if server else "unknown", version))),
        }

    def _settings(self, run: Run) -> dict[str, Any]:
        endpoint = run.request.endpoint
        return {name: getattr(self._desk.settings, name) for name in SETTINGS} | {
            "endpoint": endpoint.kind,
            "key": "set" if endpoint.key is not None else "none",
            "own headers": len(endpoint.headers),
        }

    def _secrets(self) -> tuple[Secret, ...]:
        """Of every configured endpoint: a log may hold another one's."""
        return tuple(secret for endpoint in self._desk.settings.endpoints for secret in endpoint.secrets)

    def _names(self, run: Run) -> tuple[tuple[str, str], ...]:
        details = self._desk.book.details(run.request.endpoint.name)
        models = details.models if details else ()
        listed = [name for model in models for name in (model.id, *model.aliases, model.parent or "")]
        endpoints = [name for each in self._desk.settings.endpoints for name in (each.label, each.name)]
        return (*(("model", name) for name in listed), *(("endpoint", name) for name in endpoints))


def _runs(tabs: Iterable[Tab]) -> Iterator[Run]:
    """The newest run of every turn."""
    for tab in tabs:
        for conversation in (tab.conversation, *tab.past):
            yield from (turn.run for turn in conversation.turns() if turn.run is not None)


def _part(run: Run, parts: Sequence[Run]) -> str:
    if len(parts) < 2:
        return ""
    number = next(place for place, each in enumerate(parts, 1) if each is run)
    return (
        f"Part {number} of {len(parts)} of an answer that was continued: each has a request, and a report, of its own."
    )


def _now() -> float:
    return asyncio.get_running_loop().time()


def _now_in(run: Run) -> float:
    """In a thread, where there is no loop: by the wall clock."""
    return time.time() - run.record.epoch if run.record is not None else 0.0
