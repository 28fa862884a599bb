"""The route of the panel of metrics, for the endpoint that its tab speaks to."""

from __future__ import annotations

import time

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.ui.desk import Desk
from playground.ui.measured import told
from playground.ui.panel_routes import Asked, panel_route
from playground.ui.parts import Parts


def metrics_routes(desk: Desk, parts: Parts) -> list[Route]:
    async def metrics(asked: Asked) -> Response:
        name = desk.book.known(asked.tab.endpoint)
        if name is None:
            return JSONResponse({"name": None})
        if asked.body.get("opened") is True:
            desk.book.resting.use(name)
        # From now on its page is asked; this answer does not wait for that.
        desk.metrics.looked(name)
        label, operator = desk.book.endpoint(name).label, parts.is_operator(asked.request) or not parts.closed
        return JSONResponse(told(desk.metrics, name, label, asked.body, time.time(), operator=operator))

    return [panel_route(desk, "/playground/metrics", metrics, parts, "metrics")]
