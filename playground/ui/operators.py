"""Who the operator is: whoever opened the one-time link that the app prints, in that browser.

In memory only: after a restart the new link counts.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

COOKIE = "playground-operator"
PATH = "/operator/"
# For how long one browser is the operator's, in seconds; its sign is kept as long, where the app is not started again.
SECONDS = 7 * 86400
# How many browsers may be at a time; the one that came first goes first.
MOST = 50
USED = (
    "This link has been used, or is of an earlier start of the app. The one that works now is the last that the app "
    "printed where it was started.\n"
)


class Operators:
    """`say(link)` is called with the path of a new link each time the one before has been used. `clock`: seconds."""

    def __init__(
        self, say: Callable[[str], None] = lambda path: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.say = say
        self._clock = clock
        self._token = secrets.token_urlsafe(32)
        # Of what the cookies hold, so that nothing kept here opens anything; with when each was given. The browser's
        # own word for how old a cookie is does not count.
        self._signs: dict[str, float] = {}

    @property
    def path(self) -> str:
        """The link's path, which works once."""
        return PATH + self._token

    def has(self, request: Request) -> bool:
        """Whether it comes from a browser of the operator's."""
        sign = request.cookies.get(COOKIE)
        given = self._signs.get(_hash(sign)) if sign is not None else None
        return given is not None and self._clock() - given < SECONDS

    def routes(self) -> list[Route]:
        async def link(request: Request) -> Response:
            # A browser that only looks ahead, or a program that draws a preview, must not use it up.
            ahead = "prefetch" in request.headers.get("sec-purpose", "") or request.method != "GET"
            if ahead or not secrets.compare_digest(request.path_params["token"].encode(), self._token.encode()):
                return PlainTextResponse(USED, 404)
            self._token = secrets.token_urlsafe(32)
            sign = secrets.token_urlsafe(32)
            self._signs[_hash(sign)] = self._clock()
            self._signs = dict(list(self._signs.items())[-MOST:])
            self.say(self.path)
            response = RedirectResponse("/", 303)
            secure = request.url.scheme == "https"
            response.set_cookie(COOKIE, sign, max_age=SECONDS, httponly=True, samesite="strict", secure=secure)
            return response

        return [Route(f"{PATH}{{token:str}}", link, methods=["GET"])]


def _hash(sign: str) -> str:
    return hashlib.sha256(sign.encode()).hexdigest()
