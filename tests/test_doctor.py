"""`playground doctor` as a process, and what it looks at."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from playground.adapters.settings import load_settings
from playground.core.diagnosis import EXITS
from playground.core.errors import SettingsError
from playground.core.secret import Secret
from playground.doctor import chosen
from tests.fake_endpoint import FakeEndpoint

ROOT = Path(__file__).parents[1]
KEY = "sk-the-endpoints-own-key"


async def doctor(folder: Path, *argv: str, **environ: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "playground", "doctor", *argv),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "110"} | environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_an_endpoint_that_works_is_shown_step_by_step_with_what_it_can(tmp_path: Path) -> None:
    async with FakeEndpoint(key=KEY) as fake:
        code, out, err = await doctor(tmp_path, "--endpoint", fake.url, "--key-env", "MY_KEY", MY_KEY=KEY)
    assert (code, err) == (0, "")
    for words in (
        "ok      Address",
        "ok      Key",
        "Server    vllm",
        "Model     tiny-chat: 32,768 tokens",
        "adapter of tiny-chat",
        "Tried with tiny-chat:",
        "Result: a model has answered (exit code 0).",
    ):
        assert words in out
    assert KEY not in out
    assert "sent:" not in out


async def test_what_was_sent_and_what_came_is_shown_when_asked_for_without_the_key(tmp_path: Path) -> None:
    async with FakeEndpoint(key=KEY) as fake:
        fake.models = [{"id": "scenario:ignorant"}]
        code, out, _ = await doctor(tmp_path, "--endpoint", fake.url, "--key-env", "MY_KEY", "-v", MY_KEY=KEY)
    assert code == 0
    assert 'sent: {"model": "scenario:ignorant"' in out
    assert 'came: 200 {"id": "chatcmpl-1"' in out
    assert KEY not in out


async def test_machines_get_one_document(tmp_path: Path) -> None:
    async with FakeEndpoint() as fake:
        code, out, err = await doctor(tmp_path, "--endpoint", fake.origin, "--json")
    found = json.loads(out)
    assert (code, err, found["exit"], found["result"]) == (0, "", 0, "answers")
    assert found["endpoint"] == {"name": fake.origin, "url": fake.origin, "base_url": fake.url}
    assert [step["name"] for step in found["steps"]] == ["name", "address", "tls", "key", "models", "token"]
    assert {each["verdict"] for each in found["tries"]} <= {"yes", "no", "ignored", "unclear"}


async def test_the_exit_code_tells_what_failed(tmp_path: Path) -> None:
    async with FakeEndpoint(key=KEY) as fake:
        assert (await doctor(tmp_path, "--endpoint", "http://127.0.0.1:1"))[0] == EXITS["address"].code
        code, out, _ = await doctor(tmp_path, "--endpoint", fake.url, "--key-env", "MY_KEY", MY_KEY="sk-wrong-wrong")
        assert code == EXITS["key"].code
        assert "failed  Key" in out
        assert "→" in out
        assert "the server says: Unauthorized" in out
        assert "Tried with" not in out
    async with FakeEndpoint() as fake:
        fake.models = [{"id": "e5", "type": "embedding"}]
        code, out, _ = await doctor(tmp_path, "--endpoint", fake.url)
        assert code == EXITS["no_chat"].code
        assert "embeddings (said)" in out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "No endpoint is set."),
        (["--endpoint", "nobody"], "no endpoint named 'nobody'"),
        (["--endpoint", "http://127.0.0.1:1", "--key-env", "MISSING_KEY"], "MISSING_KEY is not set."),
        (["--endpoint", "http://user:word@h"], "user name or password"),
        (["--key", "sk-typed"], "No such option"),
    ],
)
async def test_a_wrong_option_is_said_in_one_line(tmp_path: Path, argv: list[str], words: str) -> None:
    code, out, err = await doctor(tmp_path, *argv)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


SETTINGS = """
[[endpoints]]
name = "ours"
url = "https://ours.example/v1"
api_key = "sk-ours-ours-ours"

[[endpoints]]
name = "laptop"
url = "http://localhost:11434/v1"
"""


def test_an_endpoint_is_found_by_name_or_address_and_a_key_goes_with_its_own(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(SETTINGS)
    loaded = load_settings({"config": str(file)}, {"HOME": str(tmp_path)})
    ours = Secret("sk-ours-ours-ours")
    assert chosen(loaded, None, None, {}).name == "ours"
    assert chosen(loaded, "laptop", None, {}).key is None
    assert chosen(loaded, "https://ours.example/v1/chat/completions", None, {}).key == ours
    assert chosen(loaded, "https://ours.example.elsewhere.example/v1", None, {}).key is None
    assert chosen(loaded, "https://ours.example", None, {}).key is None
    assert chosen(loaded, "localhost", None, {}).base_url == "http://localhost"
    assert chosen(loaded, "ours", "OTHER", {"OTHER": "sk-other-other"}).key == Secret("sk-other-other")
    with pytest.raises(SettingsError) as error:
        chosen(loaded, "theirs", None, {})
    assert "ours, laptop" in error.value.hint


async def test_help_and_documentation_list_every_exit_code(tmp_path: Path) -> None:
    _, out, _ = await doctor(tmp_path, "--help")
    rows = dict(re.findall(r"^\| (\d+) \| (.*) \|$", (ROOT / "docs" / "doctor.md").read_text(), re.M))
    assert rows.pop("2")
    assert rows == {str(each.code): each.means for each in EXITS.values()}
    for each in EXITS.values():
        assert re.sub(r"\s", "", f"{each.code} {each.means}") in re.sub(r"\s", "", out)
