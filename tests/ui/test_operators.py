"""The operator's one-time link: what it opens, for whom, and for how long."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from playground.ui.operators import COOKIE, MOST, SECONDS, Operators


class Clock:
    """Seconds that pass when they are told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def browser(operators: Operators) -> httpx.AsyncClient:
    """A browser at an app with the link, and a page that says whether it is the operator's."""

    async def who(request: Request) -> Response:
        return PlainTextResponse("operator" if operators.has(request) else "visitor")

    app = Starlette(routes=[*operators.routes(), Route("/who", who)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")


async def who(client: httpx.AsyncClient) -> str:
    return (await client.get("/who")).text


async def test_the_link_makes_one_browser_the_operators_for_seven_days_and_no_copy_of_its_cookie_for_longer() -> None:
    clock = Clock()
    operators = Operators(clock=clock)
    async with browser(operators) as client, browser(operators) as other:
        assert await who(client) == "visitor"
        answer = await client.get(operators.path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert (await who(client), await who(other)) == ("operator", "visitor")
        kept = {COOKIE: client.cookies[COOKIE]}
        clock.now += SECONDS - 1
        assert await who(client) == "operator"
        clock.now += 2
        other.cookies.update(kept)
        assert await who(other) == "visitor"


async def test_a_link_works_once_and_the_next_one_is_told() -> None:
    links: list[str] = []
    operators = Operators(links.append)
    first = operators.path
    async with browser(operators) as client, browser(operators) as other:
        await client.get(first)
        assert links == [operators.path] != [first]
        assert (await other.get(first)).status_code == 404
        assert await who(other) == "visitor"
        assert (await other.head(operators.path)).status_code == 404, "a preview does not use it up"
        await other.get(operators.path)
        assert await who(other) == "operator"


async def test_of_more_browsers_than_there_may_be_the_first_goes_first() -> None:
    operators = Operators()
    async with browser(operators) as first:
        await first.get(operators.path)
        for _ in range(MOST - 1):
            async with browser(operators) as another:
                await another.get(operators.path)
        assert await who(first) == "operator"
        async with browser(operators) as another:
            await another.get(operators.path)
        assert await who(first) == "visitor"
