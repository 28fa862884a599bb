"""Our own HTTP routes in front of Chainlit's: who a page is, and the buttons. The panels' are in `panel_routes`.

Whatever changes or reveals something comes here, over POST from our own page (the doors see to the origin) with the
browser's cookie; window messages from the page do nothing of the kind.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.ui.desk import Desk
from playground.ui.private.sockets import session_of
from playground.ui.visitors import COOKIE, Hello, NotYours, browser_of, new_browser

COOKIE_SECONDS = 30 * 86400
# Bytes. Whole programs are pasted, and system prompts of any length.
MAX_BODY = 2**21
TAB, COPY_OF, NEW_CHAT, HAD_CHAT, AGAIN = "x-tab", "x-copy-of", "x-new-chat", "x-had-chat", "x-again"
# The endpoint that a page's address names, as it stands there: a header holds no other letters.
ENDPOINT = "x-endpoint"
MAX_NAME = 300
# The endpoint and the model that were chosen last in this browser, as JSON.
CHOICE = "x-choice"


def routes(desk: Desk) -> list[Route]:
    async def hello(request: Request) -> Response:
        """The page awaits this before it opens its socket, so its tab is known before anything else happens."""
        body = await json_body(request)
        session = body.get("session_id")
        if not isinstance(session, str):
            return no("A page says which session it is.")
        browser = browser_of(request.cookies.get(COOKIE)) or new_browser()
        head = request.headers
        said = Hello(
            session=session,
            tab=head.get(TAB, session),
            copy_of=head.get(COPY_OF, ""),
            new_chat=NEW_CHAT in head,
            had_chat=HAD_CHAT in head,
            endpoint=unquote(head.get(ENDPOINT, ""))[:MAX_NAME],
            choice=_choice(unquote(head.get(CHOICE, ""))),
        )
        try:
            await desk.hello(browser, said, session_of(session) if AGAIN in head else None)
        except NotYours:
            return no("This session is another browser's.", 403)
        except ValueError:
            return no("That is no session's id.")
        response = JSONResponse({"success": True})
        response.set_cookie(
            COOKIE,
            browser,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def action(request: Request) -> Response:
        body = await json_body(request)
        asked = body.get("action")
        session = session_of(str(body.get("sessionId", "")))
        if session is None or not isinstance(asked, dict):
            return no("This page is not connected.", 403)
        browser = browser_of(request.cookies.get(COOKIE))
        if desk.registry.tab(session.id, browser) is None:
            return no("This session is another browser's.", 403)
        payload = asked.get("payload")
        turn = payload.get("turn") if isinstance(payload, dict) else None
        await desk.act(session, browser, str(asked.get("name")), str(turn))
        return JSONResponse({"success": True})

    return [
        Route("/set-session-cookie", hello, methods=["POST"]),
        Route("/project/action", action, methods=["POST"]),
    ]


def _choice(said: str) -> tuple[str, str | None] | None:
    """What a browser kept of the last choice; None where it is none."""
    try:
        match json.loads(said):
            case [str(endpoint), None]:
                return endpoint, None
            case [str(endpoint), str(model)] if 0 < len(model) <= MAX_NAME:
                return endpoint, model
    except (ValueError, RecursionError):
        pass
    return None


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object sent; an empty one where it is none, or too long to be one of ours."""
    if int(request.headers.get("content-length") or MAX_BODY + 1) > MAX_BODY:
        return {}
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def no(why: str, status: int = 400) -> Response:
    return JSONResponse({"detail": why}, status)
