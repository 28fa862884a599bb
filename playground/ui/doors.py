"""The app's doors: who may come in, to which addresses, and with which headers every answer goes out.

ASGI middleware in front of everything, for HTTP and sockets alike; knows nothing of chats. Chainlit by itself lets any
site read its answers with the visitor's cookies and open its socket, and sends no security headers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.ui.openings import opening_for, why_closed

SETTING = "PLAYGROUND_ALLOWED_ORIGINS"
MAX_SOCKET_MESSAGE = 8 * 2**20  # bytes; the limit in characters, said in words, is below it

_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_POLICY_VIOLATION = 1008
_OPENERS: tuple[object, ...] = (CORSMiddleware,)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the doors' own: a status of HTTP and one plain line."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Doors:
    """What is let in, decided from a request's head alone. `origins`: as normalised by `normal_origin`."""

    origins: frozenset[str]
    loopback: bool

    def refuse(self, scope: Scope) -> Refusal | None:
        """What a request or a socket is told at the door; None lets it in."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.loopback and not self._known_host(host):
            shown = host if _HOST.fullmatch(host) else "that name"
            return Refusal(
                403,
                f"This playground listens for this machine only and does not answer to {shown}. If that is its right "
                f"address, start it with {SETTING}, for example {SETTING}=https://{shown}",
            )
        opening = opening_for(scope["path"])
        if opening is None:
            return Refusal(404, why_closed(scope["path"]))
        if scope["type"] == "http" and scope["method"] not in opening.methods:
            return Refusal(405, f"{scope['method']} does nothing at this address.")
        if not self._from_our_page(scope, headers, host):
            return Refusal(
                403,
                "This request came from another site's page. If that page may use this playground, "
                f"name its origin in {SETTING}.",
            )
        return None

    def _known_host(self, host: str) -> bool:
        name = _without_port(host)
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return any(host.lower() == urlsplit(origin).netloc for origin in self.origins)

    def _from_our_page(self, scope: Scope, headers: Headers, host: str) -> bool:
        if (origin := headers.get("origin")) is not None:
            origin = normal_origin(origin)
            # Behind a proxy that ends TLS the app itself is spoken to in plain HTTP: https at the same host counts too.
            scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
            ours = {normal_origin(f"{scheme}://{host}"), normal_origin(f"https://{host}")}
            return origin in ours or origin in self.origins
        # No Origin: an image, a script or a link of another site's page, or no browser at all.
        if headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
            return True
        # Another site may link to the page, and a listed one may frame it (frame-ancestors decides that).
        return headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in ("GET", "HEAD")


def normal_origin(origin: str) -> str:
    """Lower case, without a default port or a trailing slash: `https://Chat.example:443/` is `https://chat.example`."""
    text = origin.strip().lower().rstrip("/")
    for scheme, port in (("http", ":80"), ("https", ":443")):
        if text.startswith(f"{scheme}://"):
            return text.removesuffix(port)
    return text


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().rstrip(".")


def content_security_policy(scripts: Iterable[str], frame_ancestors: Iterable[str]) -> str:
    """`scripts`: hashes of the page's inline scripts. `frame_ancestors`: origins that may show the page in a frame."""
    return "; ".join(
        f"{directive} {' '.join(sources)}"
        for directive, sources in (
            ("default-src", ("'self'",)),
            ("script-src", ("'self'", *scripts)),
            # Chainlit's components set style attributes.
            ("style-src", ("'self'", "'unsafe-inline'")),
            # A picture in an answer would tell its server what the model wrote: none from elsewhere.
            ("img-src", ("'self'", "data:", "blob:")),
            ("font-src", ("'self'", "data:")),
            ("connect-src", ("'self'",)),
            ("media-src", ("'self'", "data:", "blob:")),
            ("worker-src", ("'self'", "blob:")),
            ("frame-src", ("'none'",)),
            ("object-src", ("'none'",)),
            ("base-uri", ("'none'",)),
            ("form-action", ("'self'",)),
            ("frame-ancestors", ("'self'", *frame_ancestors)),
        )
    )


def security_headers(scripts: Sequence[str], origins: Sequence[str]) -> dict[str, str]:
    """Those that every answer carries."""
    headers = {
        "content-security-policy": content_security_policy(scripts, origins),
        "x-content-type-options": "nosniff",
        # Nothing to other sites. "no-referrer" would also turn the Origin of our own beacons into "null".
        "referrer-policy": "same-origin",
        # A page that opened this one gets no handle on its window, and so cannot post messages to it.
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
    if not origins:
        # It cannot name origins: where some may frame the page, frame-ancestors alone decides.
        headers["x-frame-options"] = "SAMEORIGIN"
    return headers


class DoorsMiddleware:
    """Refuses what `doors` refuse; sets `headers`, and how long a browser may keep it, on every answer."""

    def __init__(self, app: ASGIApp, doors: Doors, headers: dict[str, str]) -> None:
        self._app = app
        self._doors = doors
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            outgoing = self._outgoing(scope, send)
            if refusal := self._doors.refuse(scope):
                await _refuse_http(refusal, scope, outgoing)
            else:
                await self._app(scope, receive, outgoing)
        elif scope["type"] == "websocket" and (refusal := self._doors.refuse(scope)):
            await receive()  # websocket.connect
            # Before the handshake is accepted this becomes a 403 of HTTP.
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal.why[:120]})
        else:
            await self._app(scope, receive, send)

    def _outgoing(self, scope: Scope, send: Send) -> Send:
        async def outgoing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [name for name in headers if name.startswith("access-control-")]:
                    del headers[name]
                for name, value in self._headers.items():
                    headers[name] = value
                headers["cache-control"] = _kept(scope["path"], message["status"])
            await send(message)

        return outgoing


def _kept(path: str, status: int) -> str:
    """How long a browser may keep an answer: what carries its content's hash in its name for good, our files while they
    are unchanged, all else not at all."""
    if status == 200 and path.startswith("/assets/"):
        return "public, max-age=31536000, immutable"
    if status == 200 and path.startswith(("/public/", "/favicon", "/logo", "/avatars/")):
        return "no-cache"
    return "no-store"


async def _refuse_http(refusal: Refusal, scope: Scope, send: Send) -> None:
    """A person gets one plain line, the page's script the JSON that Chainlit shows as a notice."""
    if "text/html" in Headers(scope=scope).get("accept", ""):
        kind, body = "text/plain; charset=utf-8", refusal.why + "\n"
    else:
        kind, body = "application/json", json.dumps({"detail": refusal.why})
    raw = body.encode()
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(raw)).encode())]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else raw})


def install_doors(
    app: FastAPI, *, allowed_origins: Sequence[str], loopback: bool, scripts: Sequence[str] = (), sio: Any = None
) -> None:
    """Puts the doors in front of `app`: the last middleware to be added, so that it is the outermost.

    `allowed_origins`: besides the app's own. `loopback`: whether it listens on this machine alone. `scripts`: of the
    page, see `Page.scripts`. `sio`: Chainlit's socket server.
    """
    origins = [normal_origin(origin) for origin in allowed_origins]
    # Chainlit's would name any origin to the browser as one that may read the answers, cookies and all.
    app.user_middleware = [each for each in app.user_middleware if each.cls not in _OPENERS]
    app.add_middleware(
        DoorsMiddleware, doors=Doors(frozenset(origins), loopback), headers=security_headers(scripts, origins)
    )
    if sio is not None:
        # An empty list switches the socket server's own check off: the doors in front of it have decided.
        sio.eio.cors_allowed_origins = []
        sio.eio.max_http_buffer_size = MAX_SOCKET_MESSAGE
