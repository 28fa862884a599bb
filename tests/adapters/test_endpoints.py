"""The book of endpoints: what is known of each, asked for once and told to those who look."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from pathlib import Path

import pytest

from playground.adapters.endpoints import LOCAL_NAME, NO_ENDPOINT, EndpointBook
from playground.adapters.flexai import FlexaiCli
from playground.adapters.local import LocalServer, Options
from playground.adapters.probe import probe
from playground.core.capabilities import Claim
from playground.core.endpoint import Endpoint
from playground.core.errors import LocalUnavailable, SettingsError
from tests.fake_endpoint import FakeEndpoint
from tests.flexai_stand_in import StandIn
from tests.waiting import until

# Nothing listens at port 1.
DOWN = Endpoint("down", "http://127.0.0.1:1/v1", model="m")


def missing_model() -> LocalServer:
    return LocalServer(Options(), find_model=lambda: None)


async def test_an_endpoint_that_answers_shows_its_first_model_and_whoever_looks_is_told_once() -> None:
    told: list[str] = []

    async def tell(name: str, news: str) -> None:
        told.append(name + news)

    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("up", fake.url),), None)
        book.on_change = tell
        assert book.status(None).dot == "unknown"
        await book.check("up")
        await book.check("up")
        status = book.status("up")
        assert (status.dot, status.model, status.text) == ("running", fake.models[0]["id"], "Ready")
        assert told == ["up"]


async def test_a_model_that_the_operator_names_is_shown_though_others_are_listed() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("up", fake.url, model="tuned"),), None)
        await book.check(None)
        assert book.status(None).model == "tuned"


async def test_two_who_ask_at_the_same_time_ask_the_endpoint_once() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("up", fake.url),), None)
        await asyncio.gather(book.check("up"), book.check("up"), book.check("up"))
        await book.check("up", fresh=60)
        assert len([asked for asked in fake.log if asked.path.endswith("/models")]) == 1


async def test_one_that_is_down_is_said_so_and_slows_no_other() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((DOWN, Endpoint("up", fake.url)), None)
        await asyncio.gather(book.check("down"), book.check("up"))
        assert book.status("down").dot == "unreachable"
        assert "Nothing answers" in book.status("down").text
        assert book.status("up").dot == "running"


async def test_a_refused_key_is_shown_as_such() -> None:
    async with FakeEndpoint(key="sk-right-right-right") as fake:
        book = EndpointBook((Endpoint("up", fake.url),), None)
        await book.check("up")
        assert book.status("up").dot == "unauthorized"


async def test_an_unknown_name_means_the_first_and_none_at_all_is_missing() -> None:
    book = EndpointBook((DOWN,), None)
    assert book.known("nobody") == "down"
    assert await book.ready(book.endpoint("down")) is DOWN
    empty = EndpointBook((), None)
    assert empty.known(None) is None
    assert empty.status(None).dot == "missing"
    assert empty.details(None) is None
    await empty.check(None)
    with pytest.raises(SettingsError) as error:
        await empty.ready(empty.endpoint(""))
    assert error.value is NO_ENDPOINT


async def test_the_embedded_server_stands_in_where_no_endpoint_is_set(tmp_path: Path) -> None:
    local = missing_model()
    book = EndpointBook((), local)
    assert book.names == (LOCAL_NAME,)
    assert book.status(None).dot == "loading"
    assert book.status(None).local
    await book.check(None)
    await local.start()
    with pytest.raises(LocalUnavailable):
        await book.ready(book.endpoint(LOCAL_NAME))
    await book.local_changed()
    assert book.status(None).dot == "missing"
    await local.stop()


async def test_endpoints_that_somebody_looks_at_are_asked_again() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("up", fake.url), DOWN), None, every=0.01)
        told = asyncio.Event()

        async def tell(name: str, news: str) -> None:
            told.set()

        book.on_change = tell
        book.watch(lambda: frozenset({"up"}))
        async with asyncio.timeout(10):
            await told.wait()
        assert book.status("up").dot == "running"
        assert book.status("down").dot == "unknown"
        await book.close()


async def test_a_model_picker_gets_what_is_known_of_each_model_from_the_list_and_beside_it() -> None:
    async with FakeEndpoint() as fake:
        fake.routes["/openapi.json"] = {"paths": {"/v1/chat/completions": {}}}
        book = EndpointBook((Endpoint("up", fake.url),), None)
        assert book.models("up") == []
        await book.check("up")
        chat, adapter = book.models("up")
        assert (chat["id"], chat["context"], adapter["parent"]) == ("tiny-chat", 32768, "tiny-chat")
        assert [(badge["ability"], badge["origin"]) for badge in chat["badges"]] == [("chat", "said")]


async def test_what_stands_beside_a_list_is_asked_again_only_when_the_list_changes() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("up", fake.url),), None)

        def asked() -> int:
            return len([asked for asked in fake.log if asked.path == "/version"])

        await book.check("up")
        await book.check("up")
        assert asked() == 1
        fake.models = [{"id": "new", "owned_by": "vllm"}]
        await book.check("up")
        assert asked() == 2
        assert [model["id"] for model in book.models("up")] == ["new"]


async def test_what_requests_have_proved_of_a_model_is_kept() -> None:
    proved = Claim("tools", able=True, origin="tried", source="a request")
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("up", fake.url),), None)
        book.learn("up", "tiny-chat", [proved])
        await book.check("up")
        book.learn("up", "tiny-adapter", [proved])
        for _ in range(2):
            assert all("tools" in {badge["ability"] for badge in model["badges"]} for model in book.models("up"))
            await book.check("up")


async def test_the_model_that_is_shown_is_one_that_can_chat() -> None:
    async with FakeEndpoint() as fake:
        fake.models = [{"id": "bge-m3"}, {"id": "a-chat"}]
        book = EndpointBook((Endpoint("up", fake.url),), None)
        await book.check("up")
        assert book.status("up").model == "a-chat"


async def test_all_are_asked_beside_each_other_and_one_that_hangs_holds_up_no_other() -> None:
    async with FakeEndpoint() as up, FakeEndpoint(models_scenario="silent_before_head") as hangs:
        book = EndpointBook((Endpoint("hangs", hangs.url), Endpoint("up", up.url), DOWN), None)
        told: list[str] = []
        all_but_one = asyncio.Event()

        async def tell(name: str, news: str) -> None:
            told.append(name)
            if len(told) == 2:
                all_but_one.set()

        book.on_change = tell
        task = asyncio.gather(*(book.check(name) for name in book.names))
        async with asyncio.timeout(4):
            await all_but_one.wait()
        assert sorted(told) == ["down", "up"]
        assert book.status("hangs").dot == "unknown"
        task.cancel()
        await book.close()


async def test_a_state_says_since_when_and_a_recovery_is_told_without_being_asked_for() -> None:
    async with FakeEndpoint(models_scenario="asleep") as fake:
        book = EndpointBook((Endpoint("x", fake.url),), None, every=0.02)
        told: list[str] = []

        async def tell(name: str, news: str) -> None:
            told.append(book.status(name).dot)

        book.on_change = tell
        assert book.status("x").since is None
        began = time.time()
        await book.check("x")
        first = book.status("x")
        assert first.dot == "waking" and first.since is not None and began <= first.since <= time.time()
        await book.check("x")
        assert book.status("x").since == first.since
        book.watch(lambda: frozenset({"x"}))
        fake.models_scenario = None
        await until(lambda: book.status("x").dot == "running")
        up = book.status("x").since
        assert up is not None and up >= first.since
        assert told == ["waking", "running"]
        await book.close()


async def test_what_a_server_said_is_remembered_while_it_is_away() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("x", fake.url),), None)
        await book.check("x")
        fake.models_scenario = "asleep"
        await book.check("x")
        details = book.details("x")
        assert details is not None and (details.state, details.remembered) == ("waking", True)
        assert details.server == "vllm" and book.status("x").model == "tiny-chat"
        fake.models_scenario = None
        await book.check("x")
        details = book.details("x")
        assert details is not None and (details.state, details.remembered) == ("running", False)


async def test_a_stopped_endpoint_is_told_apart_from_a_missing_path() -> None:
    async with FakeEndpoint(models_scenario="stopped") as fake:
        book = EndpointBook((Endpoint("x", fake.url),), None)
        await book.check("x")
        assert (book.status("x").dot, book.status("x").text) == ("stopped", "The endpoint is stopped.")


@pytest.mark.parametrize(
    ("scenario", "dot", "text"),
    [("engine_dead", "unreachable", "cannot work"), ("health_loading", "loading", "loading")],
)
async def test_a_server_that_lists_its_models_may_be_ill_all_the_same(scenario: str, dot: str, text: str) -> None:
    async with FakeEndpoint() as fake:
        fake.routes["/health"] = f"scenario:{scenario}"
        book = EndpointBook((Endpoint("x", fake.url),), None)
        await book.check("x")
        assert book.status("x").dot == dot and text in book.status("x").text
        fake.routes["/health"] = {}
        await book.check("x")
        assert book.status("x").dot == "running"


@pytest.mark.parametrize(
    ("word", "dot"),
    [("enqueued", "waking"), ("Stopped", "stopped"), ("running", "unreachable"), ("new", "unreachable")],
)
async def test_of_one_that_cannot_be_reached_flexai_says_why(tmp_path: Path, word: str, dot: str) -> None:
    book = EndpointBook(
        (dataclasses.replace(DOWN, flexai="demo"),),
        None,
        flexai=FlexaiCli(environ={"PATH": StandIn(tmp_path / "bin", f"status:{word}").path}),
    )
    await book.check("down")
    assert book.status("down").dot == dot


@pytest.mark.parametrize("mode", [None, "update", "status:running", "status:brand new"])
async def test_where_flexai_gives_no_reason_a_bare_503_still_means_waking_of_one_that_sleeps(
    tmp_path: Path, mode: str | None
) -> None:
    path = str(tmp_path) if mode is None else StandIn(tmp_path / "bin", mode).path
    async with FakeEndpoint(models_scenario="unavailable") as fake:
        endpoint = Endpoint("x", fake.url, flexai="demo", sleeps=True)
        book = EndpointBook((endpoint,), None, flexai=FlexaiCli(environ={"PATH": path}))
        await book.check("x")
        assert book.status("x").dot == "waking"


async def test_a_program_that_hangs_does_not_hold_back_that_an_endpoint_is_away(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin", "never")
    cli = FlexaiCli(environ={"PATH": stand_in.path}, seconds=60.0)
    book = EndpointBook((dataclasses.replace(DOWN, flexai="demo"),), None, flexai=cli)
    check = asyncio.create_task(book.check("down"))
    await until(lambda: book.status("down").dot == "unreachable")
    assert not check.done()
    await until(lambda: len(stand_in.calls()) == 1)
    check.cancel()
    await asyncio.wait({check})
    await book.close()


async def test_what_flexai_said_long_ago_counts_no_more(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin", "status:stopped")
    cli = FlexaiCli(environ={"PATH": stand_in.path}, every=0.0, counts=3600.0)
    book = EndpointBook((dataclasses.replace(DOWN, flexai="demo"),), None, flexai=cli)
    await book.check("down")
    stand_in.mode("update")
    await book.check("down")
    assert book.status("down").dot == "stopped"
    cli.counts = 0.0
    await book.check("down")
    assert book.status("down").dot == "unreachable"


async def test_a_server_that_was_away_is_asked_anew_what_it_is() -> None:
    async with FakeEndpoint() as fake:
        fake.routes["/version"] = {"version": "0.10.0"}
        book = EndpointBook((Endpoint("x", fake.url),), None)
        for version in ("0.10.0", "0.11.0"):
            fake.routes["/version"] = {"version": version}
            await book.check("x")
            details = book.details("x")
            assert details is not None and details.version == version
            fake.models_scenario = "unavailable"
            await book.check("x")
            fake.models_scenario = None


async def test_of_an_endpoint_that_was_typed_it_is_known_since_when_and_when_it_was_asked() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((), None)
        typed = Endpoint("typed-1", fake.url)
        began = time.time()
        book.add(typed, await probe(typed))
        since, looked = book.status("typed-1").since, book.looked("typed-1")
        assert since is not None and began <= since <= time.time()
        assert looked is not None and began <= looked[0] <= time.time() and looked[1] is not None
        await book.check("typed-1")
        assert book.status("typed-1").since == since


async def test_whoever_gives_up_waiting_for_a_look_leaves_it_to_end_by_itself() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("x", fake.url),), None)
        task = asyncio.create_task(book.check("x"))
        await asyncio.sleep(0)
        assert book.asking("x")
        task.cancel()
        await until(lambda: not book.asking("x"))
        assert book.status("x").dot == "running"


async def test_one_that_answers_is_not_asked_of_the_cli(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin", "status:stopped")
    async with FakeEndpoint() as fake:
        book = EndpointBook(
            (Endpoint("x", fake.url, flexai="demo"),), None, flexai=FlexaiCli(environ={"PATH": stand_in.path})
        )
        await book.check("x")
        assert book.status("x").dot == "running" and stand_in.calls() == []


async def test_a_bare_503_means_waking_only_of_one_that_is_known_to_sleep() -> None:
    async with FakeEndpoint(models_scenario="unavailable") as fake:
        book = EndpointBook((Endpoint("x", fake.url), Endpoint("sleeper", fake.url, sleeps=True)), None)
        await asyncio.gather(book.check("x"), book.check("sleeper"))
        assert (book.status("x").dot, book.status("sleeper").dot) == ("unreachable", "waking")


# An endpoint that scales to zero is not kept awake


async def test_one_that_sleeps_is_left_alone_once_nobody_uses_it_and_asked_again_when_somebody_does() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("sleeper", fake.url, sleeps=True),), None, every=0.02, idle=0.3)
        told: list[bool] = []

        async def tell(name: str, news: str) -> None:
            told.append(book.status(name).rests)

        book.on_change = tell
        book.resting.use("sleeper")
        book.watch(lambda: frozenset({"sleeper"}))
        await until(lambda: book.status("sleeper").rests)
        await until(lambda: told == [False, True])
        assert len(fake.log) > 1
        assert book.status("sleeper").text == "Ready, when it was last asked"
        asked = len(fake.log)
        await asyncio.sleep(0.2)
        assert len(fake.log) == asked
        book.resting.use("sleeper")
        await until(lambda: len(fake.log) > asked and told[:3] == [False, True, False])
        await book.close()


async def test_one_that_does_not_sleep_is_asked_for_as_long_as_somebody_looks() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((Endpoint("x", fake.url),), None, every=0.02, idle=0.0)
        book.watch(lambda: frozenset({"x"}))
        await until(lambda: len(fake.log) > 5)
        assert not book.status("x").rests
        await book.close()
