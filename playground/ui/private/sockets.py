"""Takes Chainlit's socket events over: `@sio.on` on a name again replaces its handler, which nothing promises.

Why not Chainlit's own handlers: its `connection_successful` takes the Stop button away and tells nothing on a
reconnect; its `stop` puts an English notice into the chat and does not stop what an edit has started; its
`client_message` sends the whole prompt back to the page; its `connect` hands a session to whoever knows its id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

from chainlit.server import sio
from chainlit.session import WebsocketSession, ws_sessions_id
from socketio.exceptions import ConnectionRefusedError  # type: ignore[import-untyped]  # it has no types
from starlette.requests import cookie_parser

from playground.ui.desk import Desk
from playground.ui.screens import PageSession
from playground.ui.visitors import COOKIE, browser_of

# Events of Chainlit's page for what is not offered: each would let a page change or start something on the server.
UNUSED = (
    "audio_start",
    "audio_chunk",
    "audio_end",
    "chat_settings_change",
    "chat_settings_edit",
    "message_favorite",
    "fetch_favorites",
)
Handler = Callable[..., Awaitable[Any]]
TAKEN = ("connect", "disconnect", "connection_successful", "client_message", "edit_message", "stop", "window_message")


def live_sessions() -> frozenset[str]:
    """The ids of the sessions that Chainlit holds."""
    return frozenset(ws_sessions_id)


def session_of(id: str) -> PageSession | None:
    """The live session with that id."""
    return cast(PageSession | None, WebsocketSession.get_by_id(id))


def browser_in(environ: Mapping[str, Any] | None) -> str | None:
    """The browser's id, from the cookie of a socket's handshake."""
    return browser_of(cookie_parser((environ or {}).get("HTTP_COOKIE", "")).get(COOKIE))


def take_over(desk: Desk) -> None:
    """From now on the page's events come to the desk."""
    handlers = sio.handlers["/"]
    taken = _Taken(desk, handlers["connect"], handlers["disconnect"])
    for event in UNUSED:
        handlers.pop(event, None)
    for event in TAKEN:
        sio.on(event, getattr(taken, event))


class _Taken:
    """One method for each event, by its name. Chainlit's own two keep its register of sessions."""

    def __init__(self, desk: Desk, chainlit_connect: Handler, chainlit_disconnect: Handler) -> None:
        self._desk = desk
        self._chainlit_connect = chainlit_connect
        self._chainlit_disconnect = chainlit_disconnect

    async def connect(self, sid: str, environ: dict[str, Any], auth: Any) -> Any:
        session = str(auth.get("sessionId", "")) if isinstance(auth, dict) else ""
        if not session or not self._desk.registry.may_take(session, browser_in(environ)):
            raise ConnectionRefusedError("this session is another browser's")
        return await self._chainlit_connect(sid, environ, auth)

    async def disconnect(self, sid: str, *_reason: Any) -> None:
        if session := WebsocketSession.get(sid):
            self._desk.left(cast(PageSession, session), sid)
        await self._chainlit_disconnect(sid)

    async def connection_successful(self, sid: str) -> None:
        if at := _at(sid):
            await self._desk.connected(*at)

    async def client_message(self, sid: str, payload: Any) -> None:
        if (at := _at(sid)) and (said := _said(payload)):
            await self._desk.send(*at, *said)

    async def edit_message(self, sid: str, payload: Any) -> None:
        if (at := _at(sid)) and (said := _said(payload)):
            await self._desk.edit(*at, *said)

    async def stop(self, sid: str) -> None:
        if at := _at(sid):
            self._desk.stop(*at)

    async def window_message(self, sid: str, data: Any) -> None:
        """The page hands on what its window was sent, by whomever: it counts as a receipt and as nothing else."""
        if isinstance(data, dict) and data.get("playground") == "painted":
            if isinstance(frame := data.get("f"), int) and (at := _at(sid)):
                self._desk.painted(*at, frame)
            return
        number = data.get("n") if isinstance(data, dict) and data.get("playground") == "state" else None
        if isinstance(number, int) and (at := _at(sid)):
            self._desk.receipt(*at, number)


def _at(sid: str) -> tuple[PageSession, str | None] | None:
    session = WebsocketSession.get(sid)
    if session is None:
        return None
    return cast(PageSession, session), browser_in(session.environ)


def _said(payload: Any) -> tuple[str, str] | None:
    """The id and text of a message; None where it is none."""
    message = payload.get("message") if isinstance(payload, dict) else None
    if not isinstance(message, dict):
        return None
    id, text = message.get("id"), message.get("output")
    if not isinstance(id, str) or not isinstance(text, str) or not 8 <= len(id) <= 64 or not text.strip():
        return None
    return id, text
