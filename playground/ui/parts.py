"""Which browser may see which part of what stands beside the chat. Every route of a panel asks here first."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from playground.core.access import BY_PART, TABLE, Audience, Part
from playground.ui.operators import Operators


class Parts:
    """`audiences`: who sees each part."""

    def __init__(self, audiences: Mapping[Part, Audience], operators: Operators) -> None:
        self._audiences = audiences
        self._operators = operators

    @property
    def closed(self) -> bool:
        """Whether anything here is the operator's alone."""
        return "operator" in self._audiences.values()

    def may(self, request: Request, part: Part) -> bool:
        return self._audiences[part] == "public" or self._operators.has(request)

    def of(self, request: Request) -> list[Part]:
        """All that this browser may see."""
        return [row.part for row in TABLE if self.may(request, row.part)]

    def is_operator(self, request: Request) -> bool:
        """Whether the browser has opened the operator's link."""
        return self._operators.has(request)

    def refused(self, request: Request, part: Part) -> Response | None:
        """What a browser is told that may not see it; None where it may."""
        if self.may(request, part):
            return None
        what = BY_PART[part].what
        return JSONResponse(
            {
                "detail": f"Only the operator of this playground sees {what}. If that is you, open the operator link "
                "that the app printed when it was started."
            },
            403,
        )
