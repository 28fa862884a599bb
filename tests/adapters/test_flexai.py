"""The FlexAI CLI as a source, against a stand-in that misbehaves. Not tried against the live service."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from playground.adapters.flexai import FlexaiCli, Known
from playground.adapters.log_command import CommandRunner
from playground.adapters.log_intake import Intake
from playground.core.child_env import FLEXAI, NEEDED
from playground.core.log.sources import flexai
from tests.flexai_stand_in import StandIn
from tests.waiting import until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a shebang")


def cli(stand_in: StandIn, *, seconds: float = 10.0, every: float = 0.0, **environ: str) -> FlexaiCli:
    return FlexaiCli(every=every, seconds=seconds, environ={"PATH": stand_in.path} | environ)


async def asked(made: FlexaiCli) -> Known:
    await made.look("demo")
    known = made.known("demo")
    assert known is not None
    return known


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        # One that has ended and that nobody has waited for is still listed.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("mode", ["well", "noise", "bytes", "two", "chatty"])
async def test_the_endpoint_is_read_whatever_is_printed_around_it(tmp_path: Path, mode: str) -> None:
    known = await asked(cli(StandIn(tmp_path / "bin", mode)))
    assert known.error is None and known.inspected is not None
    assert known.inspected.status == "running"
    told = dict(known.inspected.lines)
    assert told["config.endpointUrl"] == "https://inference-1-2.platform.flex.ai"
    assert told["config.apiKeySecretName"] == "demo-key"
    assert "plain-secret" not in str(told)


async def test_it_is_called_without_a_shell_and_with_little_of_the_environment(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin")
    await asked(cli(stand_in, HOME="/home/x", PLAYGROUND_API_KEY="sk-secret", OPENAI_API_KEY="sk-other", MORE="x"))
    [call] = stand_in.calls()
    assert call["argv"] == ["inference", "inspect", "demo", "-j"]
    env = call["env"]
    assert isinstance(env, dict) and env["DEBUG"] == "1" and env["HOME"] == "/home/x"
    # What the interpreter of the script adds by itself is no part of it.
    assert set(env) <= {*NEEDED, *FLEXAI, "DEBUG", "LC_CTYPE"}


async def test_for_the_details_and_for_the_log_it_gets_the_same_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = StandIn(tmp_path / "bin")
    monkeypatch.setenv("PATH", stand_in.path)
    for name in (*NEEDED, *FLEXAI):
        if name != "PATH":
            monkeypatch.setenv(name, "/set")
    monkeypatch.setenv("HF_TOKEN", "sk-secret")
    await asked(FlexaiCli())
    runner = CommandRunner(flexai("demo"), Intake())
    runner.start()
    try:
        await until(lambda: len(stand_in.calls()) > 1)
    finally:
        await asyncio.to_thread(runner.close)
    details, log = (call["env"] for call in stand_in.calls()[:2])
    assert isinstance(details, dict) and details == log
    assert {*NEEDED, *FLEXAI, "DEBUG"} == {*details}


@pytest.mark.parametrize(
    ("mode", "what", "hint"),
    [
        ("update", "has to be updated", "flexai update"),
        ("unknown", "no endpoint named “demo”", "the setting flexai"),
        ("empty", "nothing that can be read", "flexai inference inspect"),
    ],
)
async def test_what_goes_wrong_is_said_in_our_words(tmp_path: Path, mode: str, what: str, hint: str) -> None:
    known = await asked(cli(StandIn(tmp_path / "bin", mode)))
    assert known.inspected is None and known.error is not None
    assert what in known.error.what and hint in known.error.hint
    assert "hf_abcdef" not in known.error.said
    assert ("There are: first, second." in known.error.said) == (mode == "unknown")


async def test_one_that_is_not_installed_is_said_so_with_what_to_do(tmp_path: Path) -> None:
    made = FlexaiCli(environ={"PATH": str(tmp_path)})
    known = await asked(made)
    assert known.error is not None
    assert "not installed" in known.error.what and "auth login" in known.error.hint


async def test_one_that_cannot_be_started_is_said_so(tmp_path: Path) -> None:
    program = tmp_path / "flexai"
    program.write_text("#!/does/not/exist\n")
    program.chmod(0o755)
    known = await asked(FlexaiCli(environ={"PATH": str(tmp_path)}))
    assert known.error is not None and "cannot be started" in known.error.what


@pytest.mark.parametrize("mode", ["never", "ignores"])
async def test_one_that_never_ends_is_ended_also_where_it_does_not_want_to(tmp_path: Path, mode: str) -> None:
    stand_in = StandIn(tmp_path / "bin", mode)
    known = await asked(cli(stand_in, seconds=1.0))
    assert known.error is not None and "did not answer within 1 s" in known.error.what
    pid = stand_in.calls()[0]["pid"]
    assert isinstance(pid, int)
    await until(lambda: not alive(pid))


async def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin", "brood")
    known = await asked(cli(stand_in, seconds=1.0))
    assert known.error is not None
    await until(lambda: not alive(stand_in.child))


async def test_a_process_that_it_leaves_behind_holds_nothing_up_for_ever(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin", "leaves")
    began = time.monotonic()
    await asked(cli(stand_in, seconds=2.0))
    assert time.monotonic() - began < 15
    os.kill(stand_in.child, 9)


async def test_a_flood_is_cut_off_and_the_process_ended(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin", "flood")
    known = await asked(cli(stand_in))
    assert known.error is not None and "more than a megabyte" in known.error.what
    pid = stand_in.calls()[0]["pid"]
    assert isinstance(pid, int)
    await until(lambda: not alive(pid))


async def test_all_who_ask_at_a_time_ask_once_and_nobody_asks_too_often(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin")
    made = cli(stand_in, every=60.0)
    await asyncio.gather(*(made.look("demo") for _ in range(5)))
    await made.look("demo")
    assert len(stand_in.calls()) == 1
    assert not made.asking("demo")


async def test_what_was_said_before_a_failure_still_stands(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin")
    made = cli(stand_in)
    before = await asked(made)
    stand_in.mode("update")
    after = await asked(made)
    assert (after.at, after.inspected) == (before.at, before.inspected)
    assert after.error is not None and "updated" in after.error.what
    stand_in.mode("status:Stopped")
    again = await asked(made)
    assert again.error is None and again.inspected is not None and again.inspected.state == "stopped"


async def test_closing_ends_what_runs(tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path / "bin", "never")
    made = cli(stand_in, seconds=60.0)
    look = asyncio.create_task(made.look("demo"))
    await until(lambda: len(stand_in.calls()) == 1)
    await made.close()
    await asyncio.wait({look})
    pid = stand_in.calls()[0]["pid"]
    assert isinstance(pid, int)
    await until(lambda: not alive(pid))
