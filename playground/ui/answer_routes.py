"""The HTTP routes of the panel of one answer. Same-origin POST with the cookie, as in `routes`.

One's own answers are the part `request`, others' the part `requests`: an answer that is neither is not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.core.run import Run
from playground.ui.answers import Answers
from playground.ui.connecting import Refused
from playground.ui.desk import Desk
from playground.ui.panel_routes import Asked, panel_route
from playground.ui.parts import Parts
from playground.ui.routes import no

GONE = "This answer is not kept here any more, or it is another browser's."
_NOT_STORED = {"cache-control": "no-store"}
Work = Callable[[Asked, Run, bool], Awaitable[Response]]


def answer_routes(desk: Desk, parts: Parts) -> list[Route]:
    made = _Works(desk, parts, Answers(desk, desk.logs.find))
    works: dict[str, Work] = {
        "/playground/answer": made.answer,
        "/playground/answer/live": made.live,
        "/playground/answer/events": made.events,
        "/playground/answer/lines": made.lines,
        "/playground/answer/again": made.again,
        "/playground/answer/report": made.report,
    }
    return [panel_route(desk, path, made.checked(work)) for path, work in works.items()]


class _Works:
    """What each route does, once it is known which answer is meant and that it may be seen."""

    def __init__(self, desk: Desk, parts: Parts, answers: Answers) -> None:
        self._desk, self._parts, self._answers = desk, parts, answers

    def checked(self, work: Work) -> Callable[[Asked], Awaitable[Response]]:
        async def answer(asked: Asked) -> Response:
            turn, id = str(asked.body.get("turn") or ""), str(asked.body.get("run") or "")
            run = self._answers.own(asked.tab, asked.browser, turn, id)
            own = run is not None
            if (refusal := self._parts.refused(asked.request, "request" if own or turn else "requests")) is not None:
                return refusal
            if run is None and not turn:
                run = self._answers.others(id)
            return no(GONE, 403) if run is None else await work(asked, run, own)

        return answer

    async def answer(self, asked: Asked, run: Run, own: bool) -> Response:
        return JSONResponse(await self._answers.view(run, asked.tab, own=own), headers=_NOT_STORED)

    async def live(self, asked: Asked, run: Run, own: bool) -> Response:
        return JSONResponse(await self._answers.live(run), headers=_NOT_STORED)

    async def events(self, asked: Asked, run: Run, own: bool) -> Response:
        offset, limit = _whole(asked, "offset", 0), _whole(asked, "limit", 100)
        return JSONResponse(await self._answers.events(run, offset, limit), headers=_NOT_STORED)

    async def lines(self, asked: Asked, run: Run, own: bool) -> Response:
        if (refusal := self._parts.refused(asked.request, "logs")) is not None:
            return refusal
        return JSONResponse(await self._answers.lines(run), headers=_NOT_STORED)

    async def again(self, asked: Asked, run: Run, own: bool) -> Response:
        if not own:
            raise Refused("Only whoever asked this can take its settings up again.")
        said = self._answers.again(run, asked.tab)
        await self._desk.chosen(asked.session, asked.browser)
        return JSONResponse({"said": said})

    async def report(self, asked: Asked, run: Run, own: bool) -> Response:
        with_log = self._parts.may(asked.request, "logs")
        made = await self._answers.report(run, blind=asked.body.get("blind") is True, with_log=with_log)
        return Response(made, media_type="text/markdown; charset=utf-8", headers=_NOT_STORED)


def _whole(asked: Asked, name: str, otherwise: int) -> int:
    value = asked.body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else otherwise
