"""What the panel of metrics is told: of the server, of our own runs, and never a secret or an address."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from playground.core.endpoint import Endpoint
from playground.core.events import TextDelta
from playground.core.secret import Secret
from playground.ui.measured import told
from tests.adapters.test_metrics_page import VLLM, response, site
from tests.ui.test_desk import Visit
from tests.waiting import until

pytestmark = pytest.mark.asyncio
KEY = Secret("sk-metrics-route-Ab3dEf6")


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    async with site(response(VLLM)) as page:
        made = Visit(Endpoint("Ours", f"{page.url}/v1", KEY, model="m"), metrics_every=1)
        await made.open()
        yield made
        await made.desk.close()


def ask(visit: Visit, **body: Any) -> dict[str, Any]:
    """What the page would be told, as it would travel."""
    visit.desk.metrics.looked("Ours")
    said = json.dumps(told(visit.desk.metrics, "Ours", "Ours", body, time.time()), allow_nan=False)
    assert KEY.reveal() not in said and "127.0.0.1" not in said
    found: dict[str, Any] = json.loads(said)
    return found


def shows(visit: Visit, id: str, word: str) -> bool:
    return word in visit.page.steps.get(f"{id}:answer", {}).get("output", "")


async def test_the_first_answer_comes_at_once_with_what_is_known_and_the_next_ones_with_what_is_new(
    visit: Visit,
) -> None:
    first = ask(visit)
    assert (first["name"], first["page"]["state"], first["missing"]) == ("Ours", "unasked", [])
    server, app = first["sources"]
    assert (server["source"], server["plots"], server["at"]) == ("server", [], [])
    assert [plot["id"] for plot in app["plots"]] == ["requests", "tokens", "ttft", "itl", "e2e", "ended"]
    await until(lambda: visit.desk.metrics.state("Ours") == "ok")
    second = ask(visit, key=first["key"], since=[0, 0])
    server = second["sources"][0]
    assert [plot["id"] for plot in server["plots"]] == [
        "requests", "tokens", "kv", "prefix", "ttft", "itl", "e2e", "ended",
    ]  # fmt: skip
    assert server["lines"]["requests.running"] == [5] and server["lines"]["ttft.p50"] == [None]
    last = [source["at"][-1] for source in second["sources"]]
    third = ask(visit, key=first["key"], since=last)
    assert all(at > last[0] for at in third["sources"][0]["at"])
    # With another key, what the page has is of another time.
    assert ask(visit, key="other", since=last)["sources"][0]["at"][0] == last[0]


@pytest.mark.parametrize("since", [None, 3, [], ["a", "b"], [float("nan"), float("inf")], [{}, None], [10**400, 0]])
async def test_a_time_that_is_none_counts_as_none(visit: Visit, since: Any) -> None:
    first = ask(visit)
    await until(lambda: visit.desk.metrics.state("Ours") == "ok")
    said = ask(visit, key=first["key"], since=since, window=since)
    assert said["window"] == "15m" and said["sources"][0]["at"]


async def test_a_number_beyond_all_measure_on_a_servers_page_breaks_no_answer() -> None:
    async with site(response(b"vllm:num_requests_running 1e39\nvllm:num_requests_waiting 3\n")) as page:
        made = Visit(Endpoint("Ours", f"{page.url}/v1", KEY, model="m"), metrics_every=1)
        await made.open()
        made.desk.metrics.looked("Ours")
        await until(lambda: made.desk.metrics.state("Ours") == "ok")
        for window in ("15m", "24h"):
            lines = ask(made, window=window)["sources"][0]["lines"]
            assert lines == {"requests.running": [None], "requests.waiting": [3]}
        await made.desk.close()


async def test_a_day_has_the_least_and_the_most_of_each_minute(visit: Visit) -> None:
    ask(visit)
    await until(lambda: visit.desk.metrics.state("Ours") == "ok")
    server, app = ask(visit, window="24h")["sources"]
    assert server["low"]["requests.running"] == server["high"]["requests.running"] == [5]
    assert "ttft.p50" not in server["low"]
    assert app["at"][-1] % 60 == 0


async def test_why_minutes_are_missing_is_said_and_to_the_operator_what_to_do() -> None:
    async with site(response(VLLM)) as page:
        made = Visit(Endpoint("Ours", f"{page.url}/v1", KEY, model="m"), metrics_every=1)
        await made.open()
        metrics = made.desk.metrics
        visitor, operator = (
            told(metrics, "Ours", "Ours", {"window": "24h"}, time.time(), operator=operator)["gaps"]
            for operator in (False, True)
        )
        assert "only while somebody has this panel open" in visitor and "metrics_always" not in visitor
        assert operator.startswith(visitor) and "metrics_always = true" in operator
        metrics.always(frozenset({"Ours"}))
        assert told(metrics, "Ours", "Ours", {}, time.time(), operator=True)["gaps"] == ""
        await made.desk.close()


async def test_what_a_server_counts_as_failed_is_named_as_it_means_it(visit: Visit) -> None:
    ask(visit)
    await until(lambda: visit.desk.metrics.state("Ours") == "ok")
    said = ask(visit)
    assert said["windows"] == {"15m": 900, "24h": 86400}
    server, app = (next(plot for plot in source["plots"] if plot["id"] == "ended") for source in said["sources"])
    assert [line for _, line in server["lines"]] == ["all", "failed or aborted"] and "Aborted" in server["note"]
    assert [line for _, line in app["lines"]] == ["all", "failed"] and app["note"] == ""


async def test_a_server_that_does_not_tell_all_is_said_in_one_line() -> None:
    async with site(response(b"llamacpp:requests_processing 1\n")) as page:
        visit = Visit(Endpoint("Ours", f"{page.url}/v1", KEY))
        ask(visit)
        await until(lambda: visit.desk.metrics.state("Ours") == "ok")
        said = ask(visit)
        [plot] = said["sources"][0]["plots"]
        assert plot["lines"] == [["requests.running", "running"]]
        assert said["missing"][:2] == ["Tokens", "KV-cache use"] and len(said["missing"]) == 7
        await visit.desk.close()


async def test_a_chat_streams_on_while_the_metrics_page_hangs() -> None:
    async with site(None) as page:
        visit = Visit(Endpoint("Ours", f"{page.url}/v1", KEY, model="m"))
        await visit.open()
        ask(visit)
        await until(lambda: b"GET /metrics" in b"".join(page.asked))
        id = await visit.send("hello")
        await until(lambda: bool(visit.script.requests))
        async with asyncio.timeout(2):
            for word in ("one ", "two ", "three "):
                visit.script.say(TextDelta(word))
                await until(partial(shows, visit, id, word.strip()))
        # It hangs still.
        assert visit.desk.metrics.state("Ours") == "unasked"
        visit.script.answer("end")
        await visit.settled()
        await visit.desk.close()


async def test_runs_of_every_visitor_count_and_a_failed_one_by_its_kind(visit: Visit) -> None:
    await visit.ask("SECRET QUESTION", "1")
    await until(lambda: any(ask(visit)["sources"][1]["lines"]["ended.all"]))
    await visit.send("two")
    await until(lambda: len(visit.script.requests) == 2)
    visit.script.end(RuntimeError("a fault of ours"))
    await visit.settled()
    assert ask(visit)["ends"] == {"done": 1, "stopped": 0, "failed": {"the app's own": 1}}
    assert "SECRET QUESTION" not in json.dumps(ask(visit))


async def test_a_typed_endpoint_that_is_forgotten_takes_its_figures_along(visit: Visit) -> None:
    visit.desk.metrics.looked("typed")
    key = visit.desk.metrics.key("typed")
    visit.desk._gone(["typed"])
    assert visit.desk.metrics.key("typed") != key
