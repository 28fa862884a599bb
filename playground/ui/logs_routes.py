"""The HTTP routes of the logs panel. Same-origin POST with the cookie, as in `routes`; each asks first who asks."""

from __future__ import annotations

import math
import time
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.adapters.logs import OWN
from playground.core.log.line import LEVELS
from playground.core.log.matching import BadQuery
from playground.core.log.search import Wanted
from playground.core.log.window import WHERES
from playground.core.log.window import Asked as Looked
from playground.ui.connecting import Refused
from playground.ui.desk import Desk
from playground.ui.panel_routes import Asked, Panel, panel_route
from playground.ui.parts import Parts

# Lines that one answer holds at the most: more are on no screen.
MOST_LINES = 400
MOST_CONTEXT = 50
# The last minutes end at such a second, so that the same is looked for again and again, and found already.
_STEP = 10.0


def logs_routes(desk: Desk, parts: Parts) -> list[Route]:
    async def logs(asked: Asked) -> Response:
        endpoint, source = _place(desk, asked)
        said = await desk.logs.look(endpoint, source, _wanted(asked.body), _looked(asked.body))
        return JSONResponse(said | _about(desk, endpoint, source), headers={"cache-control": "no-store"})

    async def find(asked: Asked) -> Response:
        endpoint, _source = _place(desk, asked)
        id, since, until = str(asked.body.get("id") or ""), _number(asked.body, "from"), _number(asked.body, "to")
        if since is None or until is None:
            raise Refused("A time is missing.")
        found = await desk.logs.find(endpoint, id[:200] or None, since, until)
        return JSONResponse(
            {
                "source": found.source,
                "how": found.how,
                "line": found.lines[0].number if found.lines else None,
                "count": len(found.lines),
            }
        )

    async def file(asked: Asked) -> Response:
        endpoint, source = _place(desk, asked)
        text = await desk.logs.text(endpoint, source, _wanted(asked.body), _looked(asked.body).context)
        return Response(text, media_type="text/plain; charset=utf-8", headers={"cache-control": "no-store"})

    works = {"/playground/logs": logs, "/playground/logs/find": find, "/playground/logs/file": file}
    return [panel_route(desk, path, _worded(work), parts, "logs") for path, work in works.items()]


def _worded(work: Panel) -> Panel:
    async def answer(asked: Asked) -> Response:
        try:
            return await work(asked)
        except BadQuery as bad:
            raise Refused(str(bad)) from None

    return answer


def _place(desk: Desk, asked: Asked) -> tuple[str, str]:
    """The endpoint that this tab speaks to, and which of its logs is asked for; its first one where none is."""
    endpoint = desk.book.known(asked.tab.endpoint) or ""
    ids = [source.id for source in desk.logs.sources(endpoint)]
    source = str(asked.body.get("source") or "")
    return endpoint, source if source in ids else ids[0]


def _about(desk: Desk, endpoint: str, source: str) -> dict[str, Any]:
    sources = desk.logs.sources(endpoint)
    return {
        "endpoint": desk.book.endpoint(endpoint).label,
        "source": source,
        "sources": [{"id": each.id, "title": each.title, "state": each.state} for each in sources],
        # Only the app's own: then the page says how to connect another.
        "alone": [each.id for each in sources] == [OWN],
        "typed": endpoint not in desk.book.names,
    }


def _wanted(body: dict[str, Any]) -> Wanted:
    levels = body.get("levels")
    since, until, last = _number(body, "from"), _number(body, "to"), _number(body, "last")
    if last is not None:
        since = math.floor(time.time() / _STEP) * _STEP - last
    return Wanted(
        query=str(body.get("query") or ""),
        regex=body.get("regex") is True,
        levels=frozenset(level for level in LEVELS if isinstance(levels, list) and level in levels),
        since=since,
        until=until,
    )


def _looked(body: dict[str, Any]) -> Looked:
    where, context, marked = body.get("where"), _whole(body, "context"), body.get("marked")
    times = [_finite(at) for at in marked] if isinstance(marked, list) and len(marked) == 2 else [None]
    return Looked(
        limit=min(max(1, _whole(body, "limit") or 200), MOST_LINES),
        context=None if context is None else min(max(0, context), MOST_CONTEXT),
        where=next((each for each in WHERES if each == where), "end"),
        at=_whole(body, "at") or 0,
        anchor=_whole(body, "anchor"),
        marked=None if None in times else (times[0], times[1]),  # type: ignore[arg-type]
        wide=body.get("wide") is True,
    )


def _finite(value: object) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return float(value) if usable else None  # type: ignore[arg-type]


def _number(body: dict[str, Any], name: str) -> float | None:
    return _finite(body.get(name))


def _whole(body: dict[str, Any], name: str) -> int | None:
    value = _finite(body.get(name))
    return None if value is None else int(value)
