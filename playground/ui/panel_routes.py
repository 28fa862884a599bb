"""The HTTP routes of the panels: models, parameters, connecting; and what the routes of all panels share.

Same-origin POST with the cookie, as in `routes`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from playground.core.access import Part
from playground.ui.connecting import Refused
from playground.ui.desk import Desk
from playground.ui.parts import Parts
from playground.ui.private.sockets import session_of
from playground.ui.routes import json_body, no
from playground.ui.screens import PageSession
from playground.ui.visitors import COOKIE, Tab, browser_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What a panel asks, and for whom."""

    session: PageSession
    browser: str
    tab: Tab
    body: dict[str, Any]
    request: Request


Panel = Callable[[Asked], Awaitable[Response]]


def panel_routes(desk: Desk, shown: Parts) -> list[Route]:
    async def models(asked: Asked) -> Response:
        await desk.look_at_all(asked.browser, again=asked.body.get("again") is True)
        return JSONResponse(desk.panels.models(asked.tab, asked.browser))

    async def choose(asked: Asked) -> Response:
        model = asked.body.get("model")
        desk.panels.choose(
            asked.tab, asked.browser, str(asked.body.get("endpoint")), None if model is None else str(model)
        )
        await desk.chosen(asked.session, asked.browser)
        return JSONResponse({"success": True})

    async def forget(asked: Asked) -> Response:
        desk.panels.forget(asked.browser, str(asked.body.get("endpoint")))
        await desk.chosen(asked.session, asked.browser)
        return JSONResponse({"success": True})

    async def params(asked: Asked) -> Response:
        rows = desk.panels.params(asked.tab, asked.body)
        await desk.chosen(asked.session, asked.browser)
        return JSONResponse(rows)

    async def paste(asked: Asked) -> Response:
        # A megabyte of nonsense takes a second to read.
        text = str(asked.body.get("text", ""))
        return JSONResponse(await asyncio.to_thread(desk.panels.connecting.paste, asked.browser, text))

    async def connect(asked: Asked) -> Response:
        async def lines() -> AsyncIterator[str]:
            async with aclosing(steps) as told:
                async for each in told:
                    yield json.dumps(each) + "\n"
            await desk.chosen(asked.session, asked.browser)

        # What is refused at once comes as an answer of its own, not in the middle of one.
        steps = desk.panels.connecting.connect(asked.tab, asked.browser, asked.body)
        return StreamingResponse(lines(), media_type="application/x-ndjson", headers={"cache-control": "no-store"})

    async def parts(asked: Asked) -> Response:
        return JSONResponse({"parts": shown.of(asked.request), "operator": shown.is_operator(asked.request)})

    return [
        panel_route(desk, f"/playground/{work.__name__}", work)
        for work in (models, choose, forget, params, paste, connect, parts)
    ]


def panel_route(desk: Desk, path: str, work: Panel, shown: Parts | None = None, part: Part | None = None) -> Route:
    """A panel's request: of a page of ours, whose tab is this browser's; of `part` only where it may see that."""

    async def answer(request: Request) -> Response:
        if shown is not None and part is not None and (refusal := shown.refused(request, part)) is not None:
            return refusal
        body = await json_body(request)
        session = session_of(str(body.get("session", "")))
        browser = browser_of(request.cookies.get(COOKIE))
        tab = desk.registry.tab(session.id, browser) if session is not None else None
        if session is None or browser is None or tab is None:
            return no("This page is not connected.", 403)
        try:
            return await work(Asked(session, browser, tab, body, request))
        except Refused as refused:
            return no(str(refused))

    return Route(path, answer, methods=["POST"])
