"""What the panel "Details" is told, and who is told it; the endpoint that a page's address names."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.adapters.sources import Sources
from playground.core.endpoint import Endpoint
from playground.core.secret import Secret
from playground.ui.desk import Desk
from playground.ui.details import NONE, told
from playground.ui.visitors import Hello, Tab, new_browser
from tests.fake_endpoint import FakeEndpoint
from tests.ui.test_desk import Page, Script, Visit
from tests.waiting import until

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]
KEY = Secret("sk-details-route-Ab3dEf6")


def tab_of(made: Visit) -> Tab:
    tab = made.desk.registry.tab(made.page.id, made.browser)
    assert tab is not None
    return tab


# Chainlit, which the routes reach for, is imported in a process of its own: see test_private.
POSTED = """
import asyncio, json, sys
import httpx
from starlette.applications import Starlette
from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings, parts_shown
from playground.adapters.sources import Sources
from playground.core.endpoint import Endpoint
from playground.ui.desk import Desk
from playground.ui.details_routes import PATH, details_routes
from playground.ui.operators import Operators
from playground.ui.parts import Parts

async def main():
    url, given = sys.argv[1], json.loads(sys.argv[2])
    settings = Settings(**given)
    book = EndpointBook((Endpoint("x", url),), None)
    desk = Desk(settings, book, None)
    parts = Parts(parts_shown(settings, loopback=False), Operators())
    app = Starlette(routes=details_routes(desk, parts, Sources(book, None)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post(PATH, json={"session": "a" * 36})
        print(json.dumps([answer.status_code, answer.json()["detail"]]))
    await desk.close()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"show_details": "operator"}, "Only the operator"),
        ({"lock": True}, "Only the operator"),
        ({"show_details": "public", "lock": True}, "Only the operator"),
        # Where it may be seen: by a page of ours only.
        ({}, "This page is not connected."),
    ],
)
async def test_who_may_not_see_details_is_told_so_and_no_endpoint_is_asked(
    tmp_path: Path, settings: dict[str, Any], why: str
) -> None:
    async with FakeEndpoint() as fake:
        env = {**os.environ, "CHAINLIT_APP_ROOT": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", POSTED, fake.url, json.dumps(settings)),
            env=env,
            cwd=tmp_path,
            stdout=PIPE,
            stderr=PIPE,
        )
        out, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        status, detail = json.loads(out.decode().splitlines()[-1])
        assert status == 403 and detail.startswith(why)
        assert fake.log == []


async def test_what_is_known_comes_at_once_and_what_is_new_after_it() -> None:
    async with FakeEndpoint(models_scenario="silent_before_head") as fake:
        made = Visit(Endpoint("x", fake.url, KEY, model="m"))
        await made.open()
        sources = Sources(made.desk.book, None)
        began = time.perf_counter()
        said = await told(made.desk, sources, tab_of(made))
        # The endpoint says nothing for ever: nobody waited for it.
        assert time.perf_counter() - began < 1
        assert said["asking"] and said["endpoint"] == "x" and said["models"] is None
        await made.desk.close()


async def test_the_panel_has_no_key_and_says_what_a_server_says() -> None:
    async with FakeEndpoint(key=KEY.reveal()) as fake:
        fake.routes["/version"] = {"version": "0.32.0", "note": KEY.reveal()}
        made = Visit(Endpoint("x", fake.url, KEY))
        await made.open()
        sources = Sources(made.desk.book, None)
        await told(made.desk, sources, tab_of(made))
        await until(lambda: not sources.asking("x"))
        said = await told(made.desk, sources, tab_of(made))
        assert KEY.reveal() not in json.dumps(said)
        assert said["status"]["dot"] == "running" and said["status"]["ago"] >= 0
        assert [model["id"] for model in said["models"]] == ["tiny-chat", "tiny-adapter"]
        rows = {row["name"]: row for group in said["groups"] for row in group["rows"]}
        assert rows["version"]["value"] == "0.32.0" and rows["server"]["value"] == "vLLM"
        assert rows["device"]["value"] is None
        await made.desk.close()


async def test_without_any_endpoint_the_panel_says_so() -> None:
    book = EndpointBook((), None)
    desk = Desk(Settings(), book, Script().stream)
    assert await told(desk, Sources(book, None), Tab("tab-0001", None)) == {"none": NONE}  # type: ignore[arg-type]
    await desk.close()


# The line above the composer, and the endpoint in the page's address


async def several(**settings: Any) -> Visit:
    made = Visit(Endpoint("First", "http://127.0.0.1:1/v1"), **settings)
    book = EndpointBook((Endpoint("First", "http://127.0.0.1:1/v1"), Endpoint("Über 2", "http://127.0.0.1:1/v1")), None)
    made.desk = Desk(Settings(**settings), book, made.script.stream)
    return made


async def opened(made: Visit, endpoint: str, **hello: Any) -> Page:
    page = Page()
    await made.desk.hello(made.browser, Hello(page.id, **{"tab": "tab-0001", "endpoint": endpoint} | hello), None)
    await made.desk.connected(page, made.browser)
    return page


async def test_a_page_opens_on_the_endpoint_that_its_address_names() -> None:
    made = await several()
    page = await opened(made, "Über 2")
    assert page.state["endpoint"] == "Über 2" and page.state["notice"] == ""
    # What is chosen later counts, until a page is opened by such an address again.
    again = await opened(made, "")
    assert again.state["endpoint"] == "Über 2"
    await made.desk.close()


async def test_an_address_that_names_no_endpoint_is_said_so_and_changes_nothing() -> None:
    made = await several()
    page = await opened(made, "nobody")
    assert page.state["endpoint"] == "First"
    assert "“nobody”, which is not known here" in page.state["notice"]
    assert "Über 2" in page.state["notice"]
    assert page.state["empty"] is True
    await made.desk.close()


async def test_in_a_locked_app_an_address_chooses_nothing_and_nothing_is_named() -> None:
    made = await several(lock=True)
    for name in ("Über 2", "First", "nobody"):
        page = await opened(made, name)
        assert page.state["notice"] == "" and "Über" not in json.dumps(page.state)
    tab = made.desk.registry.tab(page.id, made.browser)
    assert tab is not None and tab.endpoint is None
    await made.desk.close()


async def test_another_visitors_typed_endpoint_cannot_be_opened_by_its_id() -> None:
    made = await several()
    async with FakeEndpoint() as fake:
        from playground.adapters.probe import probe

        typed = Endpoint("typed-abc", fake.url)
        made.desk.book.add(typed, await probe(typed))
        made.browser = new_browser()
        page = await opened(made, "typed-abc")
        assert page.state["endpoint"] == "First" and "not known here" in page.state["notice"]
    await made.desk.close()


@pytest.mark.parametrize("lock", [True, False])
async def test_a_page_is_told_of_an_endpoint_that_is_away_before_anybody_types(lock: bool) -> None:
    made = Visit(Endpoint("secret-host", "http://127.0.0.1:1/v1"), lock=lock)
    await made.open()
    await until(lambda: made.page.state.get("dot") == "unreachable")
    line = made.page.state["line"]
    assert line["what"] == "The model cannot be reached" and line["ago"] >= 0
    assert "secret-host" not in json.dumps(line) and "127.0.0.1" not in json.dumps(line)
    await made.desk.close()
