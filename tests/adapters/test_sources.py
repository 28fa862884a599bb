"""Who says what of an endpoint, over real sockets, with a stand-in for the CLI."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from playground.adapters.endpoints import EndpointBook
from playground.adapters.flexai import FlexaiCli
from playground.adapters.local import LocalServer, Options
from playground.adapters.sources import Sources
from playground.core.addresses import reach_of
from playground.core.endpoint import Endpoint
from playground.core.secret import Secret
from playground.core.sheet import Field
from tests.fake_endpoint import FakeEndpoint
from tests.flexai_stand_in import StandIn
from tests.waiting import until

KEY = Secret("sk-details-Ab3dEf6hIj9")


def value(sources: Sources, field: Field, name: str = "x") -> tuple[str, str] | None:
    fact = sources.sheet(name).of(field).fact
    return None if fact is None else (fact.value, fact.source)


async def looked(sources: Sources, name: str = "x") -> None:
    await sources.look(name)
    await until(lambda: not sources.asking(name))


async def test_before_anybody_has_asked_there_is_what_the_settings_say_and_the_rest_is_unknown() -> None:
    book = EndpointBook((Endpoint("x", "http://127.0.0.1:1/v1", stated=(("dashboard_url", "https://d"),)),), None)
    sources = Sources(book, None)
    assert value(sources, "name") == ("x", "the settings")
    assert value(sources, "dashboard_url") == ("https://d", "the settings")
    assert value(sources, "playground_url") == ("/?endpoint=x", "this app")
    assert [value(sources, field) for field in ("id", "status", "version", "round_trip", "last_check")] == [None] * 5


async def test_a_server_is_asked_and_what_its_routes_say_is_on_the_sheet_without_its_secrets() -> None:
    async with FakeEndpoint(key=KEY.reveal()) as fake:
        fake.models = [{"id": "m", "owned_by": "sglang"}]
        fake.routes |= {
            "/get_server_info": {"version": "0.5.9", "device": "cuda", "api_key": "plain-1", "note": KEY.reveal()},
            "/get_model_info": {"is_generation": True, "model_path": "/models/m"},
        }
        book = EndpointBook((Endpoint("x", fake.url, KEY),), None)
        sources = Sources(book, None)
        began = time.time()
        await looked(sources)
        assert value(sources, "status") == ("Running", "this app")
        assert value(sources, "server") == ("SGLang", "the server's list of models")
        assert value(sources, "version") == ("0.5.9", "the server")
        assert value(sources, "device") == ("cuda", "/get_server_info")
        checked, trip = value(sources, "last_check"), value(sources, "round_trip")
        assert checked is not None and began <= float(checked[0]) <= time.time()
        assert trip is not None and trip[0].endswith(" ms")
        more = dict(sources.sheet("x").more)
        assert ("model_path", "/models/m") in more["/get_model_info"]
        shown = json.dumps(more)
        assert "plain-1" not in shown and KEY.reveal() not in shown


async def test_what_the_operator_states_counts_before_the_cli_and_that_before_the_server(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        fake.models = [{"id": "m", "owned_by": "sglang"}]
        fake.routes["/get_server_info"] = {"device": "cuda"}
        stated = (("dashboard_url", "https://ours"), ("team", "ml"))
        book = EndpointBook(
            (Endpoint("x", fake.url, stated=stated, flexai="demo"),),
            None,
            flexai=FlexaiCli(environ={"PATH": StandIn(tmp_path / "bin").path}),
        )
        sources = Sources(book, None)
        await looked(sources)
        sheet = sources.sheet("x")
        dashboard, device = sheet.of("dashboard_url"), sheet.of("device")
        assert dashboard.fact is not None and dashboard.fact.value == "https://ours"
        assert [(fact.value, fact.source) for fact in dashboard.others] == [
            ("https://dash.example/d/1", "the FlexAI CLI")
        ]
        assert device.fact is not None and (device.fact.value, device.fact.source) == ("nvidia", "the FlexAI CLI")
        assert [fact.value for fact in device.others] == ["cuda"]
        assert value(sources, "id") == ("11111111-2222", "the FlexAI CLI")
        args = value(sources, "runtime_args")
        assert args is not None and args[0] == "--model=Qwen/Q --max-model-len 16384 --api-key ********"
        assert value(sources, "api_key_secret_name") == ("demo-key", "the FlexAI CLI")
        assert value(sources, "hf_token_secret_name") == ("hf-token", "the FlexAI CLI")
        assert "plain-secret" not in str(sheet)
        assert ("team", "ml") in dict(sheet.more)["the settings"]


@pytest.mark.parametrize(
    ("models", "routes", "headers", "source"),
    [
        ([{"id": "m", "owned_by": "vllm"}], {}, {}, "the server's list of models"),
        ([{"id": "m"}], {"/props": {"default_generation_settings": {}}}, {}, "/props"),
        ([{"id": "m"}], {"/info": {"max_total_tokens": 9}}, {}, "/info"),
        ([{"id": "m"}], {}, {"Server": "llama.cpp"}, "the answer's head"),
    ],
)
async def test_a_server_stands_under_the_word_that_it_is_known_by(
    models: list[dict[str, Any]], routes: dict[str, Any], headers: dict[str, str], source: str
) -> None:
    async with FakeEndpoint() as fake:
        fake.models, fake.routes = models, fake.routes | routes
        fake.extra_headers |= headers
        sources = Sources(EndpointBook((Endpoint("x", fake.url),), None), None)
        await looked(sources)
        server = value(sources, "server")
        assert server is not None and server[1] == source


async def test_the_round_trip_is_that_of_the_list_of_models_alone() -> None:
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                asked.append((await reader.readuntil(b"\r\n\r\n")).split()[1].decode())
                listed = asked[-1].endswith("/models")
                # What stands beside is asked for with the list, and takes its time.
                await asyncio.sleep(0 if listed else 0.5)
                body = b'{"data": [{"id": "m"}]}' if listed else b"{}"
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        sources = Sources(EndpointBook((Endpoint("x", url),), None), None)
        await looked(sources)
        trip = value(sources, "round_trip")
        assert "/props" in asked
        assert trip is not None and int(trip[0].removesuffix(" ms")) < 500
    finally:
        server.close()


async def test_why_a_source_says_nothing_is_said(tmp_path: Path) -> None:
    book = EndpointBook(
        (Endpoint("x", "http://127.0.0.1:1/v1", flexai="demo"),),
        None,
        flexai=FlexaiCli(environ={"PATH": str(tmp_path)}),
    )
    sources = Sources(book, None)
    await looked(sources)
    notes = {source: error.what for source, error in sources.notes("x", operator=True)}
    assert "not installed" in notes["the FlexAI CLI"]
    assert "Nothing answers" in notes["this app"]


async def test_what_the_cli_wrote_and_which_endpoints_it_named_is_told_to_the_operator_alone(tmp_path: Path) -> None:
    book = EndpointBook(
        (Endpoint("x", "http://127.0.0.1:1/v1", flexai="demo"),),
        None,
        flexai=FlexaiCli(environ={"PATH": StandIn(tmp_path / "bin", "unknown").path}),
    )
    sources = Sources(book, None)
    await looked(sources)
    told = {operator: dict(sources.notes("x", operator=operator))["the FlexAI CLI"] for operator in (True, False)}
    assert "There are: first, second." in told[True].said and "ET0002" in told[True].said
    assert "no endpoint named" in told[False].what and told[False].said == ""
    assert "first" not in told[False].what + told[False].hint


async def test_a_typed_endpoint_says_so_and_has_no_link_of_its_own() -> None:
    async with FakeEndpoint() as fake:
        book = EndpointBook((), None)
        typed = Endpoint("typed-1", fake.url, title="Mine", reach=reach_of(("private",)))
        await book.check(None)
        from playground.adapters.probe import probe

        book.add(typed, await probe(typed))
        sources = Sources(book, None)
        assert value(sources, "name", "typed-1") == ("Mine", "typed here")
        assert value(sources, "playground_url", "typed-1") is None
        assert value(sources, "status", "typed-1") == ("Running", "this app")


async def test_the_embedded_server_tells_what_it_was_really_started_with() -> None:
    local = LocalServer(Options(context=2048, slots=1, threads=1))
    book = EndpointBook((), local)
    sources = Sources(book, local)
    name = book.known(None)
    assert name is not None
    assert value(sources, "runtime_args", name) is None
    try:
        await local.start()
        async with asyncio.timeout(60):
            here = await local.wait_ready()
        await looked(sources, name)
        sheet = sources.sheet(name)
        assert here.key is not None and here.key.reveal() not in str(sheet)
        args = value(sources, "runtime_args", name)
        port = here.base_url.rpartition(":")[2].removesuffix("/v1")
        assert args is not None
        for part in ("--model SmolLM2", ".gguf", "--ctx-size 2048", "--parallel 1", "--threads 1 ", "--port " + port):
            assert part in args[0], part
        # The file's name, not the folder it lies in.
        assert "/" not in args[0]
        assert value(sources, "device", name) == ("cpu", "the built-in server")
        version = sheet.of("version")
        assert version.fact is not None and version.fact.value.startswith("xllamacpp 20")
        # What llama.cpp says of its own build stands beside.
        assert version.others
        assert value(sources, "status", name) == ("Running", "this app")
        assert value(sources, "server", name) == ("llama.cpp", "the server's list of models")
        told = dict(dict(sheet.more)["the built-in server"])
        assert told["context for each conversation"] == "2,048 tokens" and told["slots"] == "1"
        props = dict(dict(sheet.more)["/props"])
        assert props["total_slots"] == told["slots"]
    finally:
        await local.stop()
        await book.close()
    assert value(sources, "runtime_args", name) is None
