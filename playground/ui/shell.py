"""The routes of the page itself: the page, its words, its settings, its mark, and whether the app serves.

They stand in front of Chainlit's own, which would bring its texts, its readme and its theme. What a chat does is
elsewhere.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from playground.ui.page.html import Page
from playground.ui.private.answers import page_settings, sign_in_settings

DEFAULT_NAME = "Inference Playground"


def shell_routes(*, page: Page, public: Path, words: Path, name: str) -> list[Route]:
    """`words`: the file with the page's texts. `name`: the app's, shown on the mark. Raises OSError, ValueError."""
    translation = {"translation": json.loads(words.read_text(encoding="utf-8"))}
    marks = {theme: _mark(public / f"logo_{theme}.svg", name) for theme in ("light", "dark")}

    async def show(_: Request) -> Response:
        return HTMLResponse(page.html)

    async def say(_: Request) -> Response:
        """Whatever language the browser asks for: there is one."""
        return JSONResponse(translation)

    async def settings(_: Request) -> Response:
        return JSONResponse(await page_settings())

    async def sign_in(_: Request) -> Response:
        return JSONResponse(sign_in_settings())

    async def mark(request: Request) -> Response:
        theme = "dark" if request.query_params.get("theme") == "dark" else "light"
        return Response(marks[theme], media_type="image/svg+xml")

    async def healthy(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return [
        Route("/", show),
        Route("/project/translations", say),
        Route("/project/settings", settings),
        Route("/auth/config", sign_in),
        Route("/logo", mark),
        Route("/healthz", healthy),
    ]


def _mark(file: Path, name: str) -> str:
    return file.read_text(encoding="utf-8").replace(DEFAULT_NAME, escape(name))
