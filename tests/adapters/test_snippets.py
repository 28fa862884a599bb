"""The call as a program: each is run, against the scripted endpoint, and what it sends is what the chat had sent.

JavaScript runs in the Node that comes with playwright, with OpenAI's own package (`tests/javascript`), which npm brings
at the first run.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import playwright
import pytest

from playground.adapters import chat
from playground.core.answer_views import call_of_run, sent_body
from playground.core.endpoint import Endpoint
from playground.core.parameter import Json, Mode
from playground.core.params import Params
from playground.core.recording import Attempt
from playground.core.reply import Reply
from playground.core.run import Message, Request, Run
from playground.core.secret import Secret
from playground.core.snippets import TABLE, Call, snippets
from playground.core.wire_events import Opened, Told
from tests.fake_endpoint import FakeEndpoint

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / ".javascript"
NODE = Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")
KEY, TEAM = "sk-snippet-Ab3dEf6hIj9", 'it\'s $TEAM `whoami` "x" !'
# What shells, Python and JavaScript each take for something else.
NASTY = (
    'It\'s "quoted", `back`, $HOME ${HOME} $(whoami) %PATH% !history \\ \\n \\u0041 \\x41\n'
    "second line\r\n\ttabbed \x00\x07\x1b[31m\x7f\x85\u2028\u2029\u200d\u202e\ufeff\n"
    "é ß 你好 👩\u200d👩\u200d👧 🏳️\u200d🌈 𝔘 𐀀\n'''\n\"\"\"\nEOF\nJSON\n<!-- --> </script> */ // # {{ }} {x} %s\n"
    "@file --next -H 'X: y' \n"
)
SET = Params(
    temperature=0.1,
    top_p=1.0,
    top_k=40,
    max_tokens=33,
    seed=2**62 + 1,
    stop=("\n\n", "it's", "\\n", '"'),
    logprobs=True,
    top_logprobs=2,
    reasoning_effort="low",
    thinking=False,
    response_format="json_schema",
    json_schema=Json.of({"type": "object", "properties": {"it's": {"type": "string"}}}),
    extra=Json.of(
        {"user": "me", "__proto__": {"a": 1}, "nothing": None, "deep": [[{"a-b": [1, 2.5, True]}], []], "": {}}
    ),
)


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as made:
        yield made
    await chat.close()


@pytest.fixture(scope="session")
def javascript() -> Path:
    """A folder in which OpenAI's package for JavaScript is found."""
    npm = shutil.which("npm")
    if not (PACKAGES / "node_modules" / "openai").exists():
        assert npm, "these tests need npm, which comes with Node"
        PACKAGES.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / "tests" / "javascript" / name, PACKAGES)
        subprocess.run([npm, "ci", "--silent"], cwd=PACKAGES, check=True, timeout=240)
    return PACKAGES


async def sent(fake: FakeEndpoint, request: Request) -> Call:
    """The call that the chat makes, by its own record."""
    told: list[Told] = []
    async for _ in chat.stream(request, tell=told.append):
        pass
    opened = [each for each in told if isinstance(each, Opened)][-1]
    attempt = Attempt(opened, 0.0)
    call = call_of_run(Run(request, Reply()), attempt, sent_body(attempt))
    assert call is not None
    return call


async def run(call: Call, id: str, folder: Path, javascript: Path) -> str:
    """Runs one program as it stands; what it prints."""
    made = next(each for each in snippets(call) if each["id"] == id)
    file = (javascript if id.startswith("javascript") else folder) / f"{id}-{os.getpid()}{Path(made['file']).suffix}"
    file.write_text(made["text"], encoding="utf-8", newline="\n")
    argv = {".sh": ["bash"], ".py": [sys.executable, "-X", "utf8"], ".mjs": [str(NODE)]}[file.suffix]
    env = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    secrets = {call.key: KEY} if call.key else {}
    env |= secrets | {variable: TEAM for _, variable in call.headers} | {"NO_PROXY": "*"}
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, str(file), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=env, cwd=folder
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        file.unlink()
    assert process.returncode == 0, err.decode()
    return out.decode()


def messages(*said: str) -> tuple[Message, ...]:
    return (Message("system", f"System: {NASTY}"), *(Message("user", each) for each in said))


@pytest.mark.parametrize("id", [row[0] for row in TABLE])
@pytest.mark.parametrize("mode", ["chat", "completion"])
@pytest.mark.parametrize("key", [Secret(KEY), None], ids=["key", "no key"])
async def test_a_program_sends_the_same_body_and_prints_the_answer(
    fake: FakeEndpoint, id: str, mode: Mode, key: Secret | None, tmp_path: Path, javascript: Path
) -> None:
    headers = (("X-Team", Secret(TEAM)), ("x.team", Secret(TEAM))) if key else ()
    endpoint = Endpoint("t", fake.url, key=key, model="m", headers=headers)
    said = f"{NASTY}{'emit-0-5' if mode == 'chat' else 'scenario:prefill_refused'}"
    request = Request(endpoint, messages(said), params=replace(SET, mode=mode), prompt=said)
    call = await sent(fake, request)
    printed = await run(call, id, tmp_path, javascript)
    chats, program = fake.completions
    assert program.body == chats.body == call.body
    assert program.path == chats.path
    if id == "curl":
        # The events as they come.
        assert printed.startswith("data: ") and ("END" if mode == "chat" else "rest.") in printed
    else:
        assert printed == ("w0 w1 w2 w3 END\n" if mode == "chat" else " and the rest.\n")
    if key is not None:
        assert program.headers["authorization"] == f"Bearer {KEY}"
        assert program.headers["x-team"] == program.headers["x.team"] == TEAM
    elif "openai" not in id:
        assert "authorization" not in program.headers
    assert KEY not in str(snippets(call)) and TEAM not in str(snippets(call))


@pytest.mark.parametrize("id", [row[0] for row in TABLE])
async def test_where_nothing_is_set_a_program_is_short(
    fake: FakeEndpoint, id: str, tmp_path: Path, javascript: Path
) -> None:
    request = Request(Endpoint("t", fake.url, model="m"), (Message("user", "emit-0-3"),))
    call = await sent(fake, request)
    assert "END" in await run(call, id, tmp_path, javascript)
    assert fake.completions[0].body == fake.completions[1].body
    [text] = [each["text"] for each in snippets(call) if each["id"] == id]
    assert len(text.splitlines()) <= 40
    assert "extra_body" not in text


@pytest.mark.parametrize("id", [row[0] for row in TABLE])
async def test_a_text_too_long_for_a_commands_argument_goes_all_the_same(
    fake: FakeEndpoint, id: str, tmp_path: Path, javascript: Path
) -> None:
    said = "emit-0-3 " + "it’s `long` $1 \\ " * 20_000
    call = await sent(fake, Request(Endpoint("t", fake.url, model="m"), (Message("user", said),)))
    await run(call, id, tmp_path, javascript)
    assert fake.completions[0].body == fake.completions[1].body


@pytest.mark.parametrize("id", [row[0] for row in TABLE])
async def test_a_program_says_what_the_server_refused(
    fake: FakeEndpoint, id: str, tmp_path: Path, javascript: Path
) -> None:
    request = Request(Endpoint("t", fake.url, model="m"), (Message("user", "scenario:no_such_one"),))
    told: list[Told] = []
    with pytest.raises(Exception, match="refused"):
        async for _ in chat.stream(request, tell=told.append):
            pass
    opened = next(each for each in told if isinstance(each, Opened))
    attempt: Any = Attempt(opened, 0.0)
    call = call_of_run(Run(request, Reply()), attempt, sent_body(attempt))
    assert call is not None
    if id == "curl":
        assert "no_such_one" in await run(call, id, tmp_path, javascript)
        return
    with pytest.raises(AssertionError, match="no_such_one"):
        await run(call, id, tmp_path, javascript)
