"""The events for one page: their order, held back or not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from playground.ui.outbox import Outbox
from tests.waiting import until

pytestmark = pytest.mark.asyncio


class Sent:
    """A page, as far as an outbox sees it."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    async def emit(self, event: str, data: Any) -> None:
        await asyncio.sleep(0)
        self.events.append((event, data))


async def test_an_event_goes_out_at_once() -> None:
    sent = Sent()
    await Outbox(sent.emit).put("a", 1)
    assert sent.events == [("a", 1)]


async def test_what_is_held_goes_out_together_and_in_order_when_it_is_released() -> None:
    sent = Sent()
    outbox = Outbox(sent.emit)
    outbox.hold(60)
    await outbox.put("a", 1)
    await outbox.put("b", 2)
    assert sent.events == []
    await outbox.release()
    await outbox.put("c", 3)
    assert sent.events == [("a", 1), ("b", 2), ("c", 3)]


async def test_what_nobody_releases_goes_out_after_its_time() -> None:
    sent = Sent()
    outbox = Outbox(sent.emit)
    outbox.hold(0.01)
    outbox.hold(60)
    await outbox.put("a", 1)
    assert sent.events == []
    await until(lambda: sent.events == [("a", 1)])


async def test_events_put_by_several_at_a_time_keep_their_order() -> None:
    sent = Sent()
    outbox = Outbox(sent.emit)
    await asyncio.gather(*(outbox.put("e", number) for number in range(20)))
    assert sent.events == [("e", number) for number in range(20)]


async def test_an_event_that_cannot_be_sent_does_not_block_the_next() -> None:
    sent = Sent()

    async def emit(event: str, data: Any) -> None:
        if event == "bad":
            raise ConnectionError
        await sent.emit(event, data)

    outbox = Outbox(emit)
    with pytest.raises(ConnectionError):
        await outbox.put("bad", 0)
    await outbox.put("good", 1)
    assert sent.events == [("good", 1)]


async def test_releasing_what_is_not_held_sends_nothing() -> None:
    sent = Sent()
    await Outbox(sent.emit).release()
    assert sent.events == []
