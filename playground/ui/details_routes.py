"""The route of the panel "Details"."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.adapters.sources import Sources
from playground.ui.desk import Desk
from playground.ui.details import told
from playground.ui.panel_routes import Asked, panel_route
from playground.ui.parts import Parts

PATH = "/playground/details"


def details_routes(desk: Desk, parts: Parts, sources: Sources) -> list[Route]:
    async def details(asked: Asked) -> Response:
        # What a program of the operator's has written is a log of theirs: whoever may see those.
        operator = parts.may(asked.request, "logs")
        opened = asked.body.get("opened") is True
        return JSONResponse(await told(desk, sources, asked.tab, opened=opened, operator=operator))

    return [panel_route(desk, PATH, details, parts, "details")]
