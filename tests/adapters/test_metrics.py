"""When the pages of endpoints are asked, how often, and what becomes of it; and the app's own runs beside that."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from playground.adapters.endpoints import LOCAL_NAME, EndpointBook
from playground.adapters.local import LocalServer, Options
from playground.adapters.metrics import MOST_ENDPOINTS, Metrics
from playground.core.backoff import Backoff
from playground.core.endpoint import Endpoint
from playground.core.errors import RateLimited
from playground.core.events import Sent, TextDelta
from playground.core.recording import Recording
from playground.core.reply import ReplyBuilder
from playground.core.run import Message, Request, Run
from tests.adapters.test_metrics_page import VLLM, Site, response, site
from tests.waiting import until

pytestmark = pytest.mark.asyncio
EVERY = 0.02


@asynccontextmanager
async def metrics(*endpoints: Endpoint, **more: Any) -> AsyncIterator[Metrics]:
    by_name = {endpoint.name: endpoint for endpoint in endpoints}
    options: dict[str, Any] = {"every": EVERY, "looking": 0.0, "seconds": 0.5} | more
    made = Metrics(lambda name: (by_name[name], None) if name in by_name else None, **options)
    try:
        yield made
    finally:
        await made.close()


def at(made: Site, name: str = "test") -> Endpoint:
    return Endpoint(name, f"{made.url}/v1")


def lines(made: Metrics, name: str = "test", source: int = 0) -> dict[str, list[float | None]]:
    found: dict[str, list[float | None]] = made.window(name, "15m", (0, 0), time.time())[source]["lines"]
    return found


def begun(made: Metrics, name: str = "test") -> tuple[Run, ReplyBuilder]:
    builder = ReplyBuilder()
    run = Run(Request(Endpoint(name, "http://x/v1"), (Message("user", "hi"),)), builder.reply, record=Recording(0, 0))
    made.began(run)
    return run, builder


def counting(step: int = 100) -> Any:
    """A page whose counter has risen by `step` with each look."""
    numbers = itertools.count(0, step)
    return lambda _: response(f"vllm:num_requests_running 2\nvllm:generation_tokens_total {next(numbers)}\n".encode())


async def test_while_somebody_looks_the_page_is_asked_and_what_it_says_is_kept() -> None:
    async with site(counting()) as page, metrics(at(page), looking=20.0) as made:
        assert made.state("test") == "unasked"
        made.looked("test")
        await until(lambda: len(lines(made).get("tokens.out", ())) >= 4)
        assert made.state("test") == "ok"
        assert made.told("test") == {"requests.running", "tokens.out"}
        assert set(lines(made)["requests.running"]) == {2}
        out = lines(made)["tokens.out"]
        # The first look has nothing to compare with.
        assert out[0] is None
        assert all(rate is not None and rate > 0 for rate in out[1:])


async def test_many_lookers_are_one_and_it_stops_by_itself_when_they_are_gone() -> None:
    async with site(response(VLLM)) as page, metrics(at(page)) as made:
        for _ in range(50):
            made.looked("test")
        await until(lambda: len(page.asked) >= 1)
        assert page.connections == 1
        await until(lambda: not made.asking("test"))
        # Three steps after the last look nobody counts as looking any more.
        asked = len(page.asked)
        assert asked <= 5
        await asyncio.sleep(5 * EVERY)
        assert len(page.asked) == asked
        # The one who comes back finds it asked again at once.
        made.looked("test")
        await until(lambda: len(page.asked) > asked)


async def test_what_the_operator_wants_always_is_asked_without_anybody() -> None:
    async with site(response(VLLM)) as page, metrics(at(page)) as made:
        made.always(frozenset({"test"}))
        await until(lambda: len(page.asked) >= 10)
        assert made.asking("test")


async def test_a_page_that_fails_is_asked_less_and_less_and_its_failures_are_gaps() -> None:
    answers = iter([response(VLLM), None, response(b"", "404 Not Found")])
    options: dict[str, Any] = {"seconds": 0.1, "looking": 20.0, "backoff": Backoff(first=0.1, most=0.2)}
    async with site(lambda _: next(answers, response(VLLM))) as page, metrics(at(page), **options) as made:
        made.looked("test")
        await until(lambda: len(lines(made).get("tokens.out", ())) >= 5)
        # The second look took its time limit and was followed by a pause, the third by one twice as long.
        assert page.times[2] - page.times[1] >= 0.1 + 0.1
        assert page.times[3] - page.times[2] >= 0.2
        running, out = lines(made)["requests.running"], lines(made)["tokens.out"]
        assert running[:5] == [5, None, None, 5, 5]
        # After a gap there is nothing to compare with.
        assert out[:5] == [None, None, None, None, 0]
        assert made.state("test") == "ok"


async def test_an_endpoint_that_has_no_address_yet_is_asked_when_it_has() -> None:
    async with site(response(VLLM)) as page:
        served: list[tuple[Endpoint, str | None]] = []
        made = Metrics(lambda _: served[0] if served else None, every=EVERY, looking=20.0)
        try:
            made.looked("test")
            await until(lambda: made.state("test") == "no_address")
            served.append((at(page), None))
            await until(lambda: made.state("test") == "ok")
            # Another port, as after a start of the embedded server.
            async with site(response(b"llamacpp:requests_processing 1\n")) as other:
                served[0] = (at(other), None)
                await until(lambda: made.told("test") == {"requests.running"})
        finally:
            await made.close()


async def test_our_own_runs_are_recorded_with_nobody_looking_and_without_a_page() -> None:
    async with metrics() as made:
        run, builder = begun(made)
        builder.feed(Sent(1), at=0)
        await until(lambda: 1 in lines(made, source=1)["requests.waiting"])
        for when in (0.5, 0.6, 0.7):
            builder.feed(TextDelta("a"), at=when)
            assert run.record is not None
            run.record.text(when, 1)
        await until(lambda: 0.5 in lines(made, source=1)["ttft.p50"])
        assert any(rate for rate in lines(made, source=1)["tokens.out"])
        run.status, run.error = "failed", RateLimited("a", "b")
        made.ended(run)
        await until(lambda: lines(made, source=1)["requests.running"][-1] == 0)
        [p99] = [value for value in lines(made, source=1)["itl.p99"] if value is not None]
        assert p99 == pytest.approx(0.1, rel=0.1)
        assert made.ends("test", 0) == {"done": 0, "stopped": 0, "failed": {"rate limit": 1}}
        # No page was asked for it.
        assert made.state("test") == "unasked" and not made.asking("test")


async def test_the_first_that_happens_at_a_further_endpoint_is_counted_as_all_that_comes_after_it() -> None:
    async with metrics(every=0.2) as made:
        begun(made, "first")
        await until(lambda: len(made.app("first").told("15m", 0, time.time(), ())["at"]) >= 1)
        # Just before the next step: it is refused at once.
        run, _ = begun(made, "further")
        run.status, run.error = "failed", RateLimited("", "")
        made.ended(run)
        await until(lambda: any(lines(made, "further", 1)["ended.failed"]))
        first = next(rate for rate in lines(made, "further", 1)["ended.failed"] if rate)
        # One in a step, or in one and a half: not one in the moment that was left of a step.
        assert 60 / (4 * 0.2) < first <= 60 / 0.1


async def test_one_that_is_to_be_left_alone_is_not_asked_though_somebody_looks_unless_the_operator_wants_it() -> None:
    rests = True
    async with site(response(VLLM)) as page, metrics(at(page), looking=20.0, rests=lambda _name: rests) as made:
        made.looked("test")
        assert made.state("test") == "resting" and not made.asking("test")
        rests = False
        made.looked("test")
        await until(lambda: made.state("test") == "ok")
        rests = True
        await until(lambda: not made.asking("test"))
        made.looked("test")
        assert made.state("test") == "resting"
        asked = len(page.asked)
        made.always(frozenset({"test"}))
        await until(lambda: len(page.asked) > asked and made.state("test") == "ok")


async def test_an_endpoint_that_is_forgotten_is_asked_no_more_and_its_runs_end_in_peace() -> None:
    async with site(response(VLLM)) as page, metrics(at(page), looking=20.0) as made:
        run, _ = begun(made)
        made.looked("test")
        await until(lambda: made.state("test") == "ok")
        key = made.key("test")
        made.forget("test")
        made.forget("test")
        await asyncio.sleep(2 * EVERY)
        asked = len(page.asked)
        made.ended(run)
        assert made.state("test") == "unasked" and made.key("test") != key
        await asyncio.sleep(3 * EVERY)
        assert len(page.asked) == asked


async def test_of_too_many_endpoints_the_one_goes_that_was_used_longest_ago_but_none_that_runs() -> None:
    async with metrics() as made:
        run, _ = begun(made, "runs")
        keys = {"runs": made.key("runs"), "idle": made.key("idle")}
        for number in range(MOST_ENDPOINTS - 1):
            made.key(f"other {number}")
        assert made.key("runs") == keys["runs"]
        assert run.status == "running" and made.key("idle") != keys["idle"]


async def test_what_the_book_of_endpoints_gives_is_the_endpoint_as_it_can_be_asked_now() -> None:
    endpoint = Endpoint("test", "http://127.0.0.1:1/v1")
    book = EndpointBook((endpoint,), None)
    assert book.served("test") == (endpoint, None)
    await book.check("test")
    assert book.served("test") == (endpoint, "http://127.0.0.1:1/v1")
    assert book.served("nobody's") is None
    # The embedded server has none before it has started.
    assert EndpointBook((), LocalServer(Options())).served(LOCAL_NAME) is None


async def test_the_embedded_server_shows_its_metrics_and_to_its_own_key_alone() -> None:
    server = LocalServer(Options())
    try:
        await server.start()
        endpoint = await asyncio.wait_for(server.wait_ready(), 60)
        stranger = Endpoint("stranger", endpoint.base_url)
        async with metrics(endpoint, stranger, seconds=3.0, looking=20.0) as made:
            made.looked(endpoint.name)
            made.looked("stranger")
            await until(lambda: made.state(endpoint.name) == "ok" and made.state("stranger") == "refused")
            assert {"requests.running", "requests.waiting", "tokens.in", "tokens.out"} <= made.told(endpoint.name)
    finally:
        await server.stop()
