"""One that scales to zero is not kept awake by a page that only stands open, and is in use where somebody is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.adapters.sources import Sources
from playground.core.endpoint import Endpoint
from playground.ui.desk import Desk
from playground.ui.details import told
from playground.ui.measured import told as measured
from tests.fake_endpoint import FakeEndpoint
from tests.ui.test_desk import Visit
from tests.waiting import until

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as made:
        yield made


async def visit(fake: FakeEndpoint, idle: float) -> Visit:
    made = Visit()
    book = EndpointBook((Endpoint("x", fake.url, model="m", sleeps=True),), None, idle=idle)
    made.desk = Desk(Settings(), book, made.script.stream)
    await made.open()
    # Opening the page has asked it.
    await until(lambda: book.status("x").dot == "running" and not book.asking("x"))
    return made


async def test_of_one_that_is_not_used_the_panels_tell_what_was_known_and_ask_nothing(fake: FakeEndpoint) -> None:
    made = await visit(fake, idle=0.0)
    asked, sources = len(fake.log), Sources(made.desk.book, None)
    tab = made.desk.registry.tab(made.page.id, made.browser)
    assert tab is not None
    said = await told(made.desk, sources, tab)
    assert said["status"]["rests"] and not said["asking"]
    made.desk.metrics.looked("x")
    assert measured(made.desk.metrics, "x", "x", {}, time.time())["page"]["state"] == "resting"
    await made.desk.look_at_all(made.browser, again=True)
    assert len(fake.log) == asked
    await made.desk.close()


async def test_while_an_answer_is_written_it_is_in_use(fake: FakeEndpoint) -> None:
    made = await visit(fake, idle=0.0)
    assert made.desk.book.status("x").rests
    await made.send("hello")
    assert not made.desk.book.status("x").rests
    made.script.answer("yes")
    await made.settled()
    assert made.desk.book.status("x").rests
    await made.desk.close()


async def test_whoever_opens_a_page_or_a_panel_uses_it_for_a_while(fake: FakeEndpoint) -> None:
    made = await visit(fake, idle=3600.0)
    assert not made.desk.book.status("x").rests
    made.desk.book.resting.forget("x")
    assert made.desk.book.status("x").rests
    tab = made.desk.registry.tab(made.page.id, made.browser)
    assert tab is not None
    said = await told(made.desk, Sources(made.desk.book, None), tab, opened=True)
    assert not said["status"]["rests"]
    await made.desk.close()
