"""Logs from real files and real processes: followed, bounded, searched, while the event loop goes on."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from playground.adapters import log_command, log_file, logs
from playground.adapters.log_command import CommandRunner
from playground.adapters.log_file import FIRST, GONE, FileFollower
from playground.adapters.log_intake import MOST_WAITING, Intake
from playground.adapters.log_pump import Pump
from playground.adapters.logs import LOCAL, OWN, LogBook
from playground.core.backoff import Backoff
from playground.core.endpoint import Endpoint
from playground.core.log.line import Read
from playground.core.log.matching import BadQuery
from playground.core.log.search import Wanted
from playground.core.log.sources import CommandLog, FileLog, flexai
from playground.core.log.store import Store
from playground.core.log.window import Asked
from playground.core.secret import MASK, Secret
from tests.adapters.test_local import gone
from tests.flexai_stand_in import StandIn
from tests.waiting import until as until_async

SECONDS = 20.0
QUICK = Backoff(first=0.01, most=0.05)


def until(true: Callable[[], bool]) -> None:
    """Waits for a thread or a process, which set no event."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def texts(intake: Intake) -> list[str]:
    intake.settle()
    return [line.text for line in intake.lines()]


def comes(intake: Intake, text: str) -> None:
    until(lambda: text in texts(intake))


def last(intake: Intake) -> str:
    """The newest line that has been read so far."""
    view = intake.view()
    return view.line(view.end - 1).text if view.end > view.first else ""


class Stumbling(Store):
    """Cannot keep one line."""

    def add(self, read: Read, arrived: float) -> int:
        if read.text == "the worst line":
            raise ValueError("of what no one thought")
        return super().add(read, arrived)


def test_a_line_that_cannot_be_read_ends_no_log() -> None:
    pump = Pump()
    intake, other = Intake(store=Stumbling(), pump=pump), Intake(pump=pump)
    intake.put(b"the worst line\n")
    until(lambda: last(intake) == "Some of this log could not be read (ValueError) and is left out here.")
    intake.put(b"the next\n")
    other.put(b"of another\n")
    until(lambda: last(intake) == "the next" and last(other) == "of another")
    pump.close()


def test_a_last_line_without_a_break_is_shown_once_nothing_more_comes() -> None:
    pump = Pump()
    intake = Intake((Secret("hunter22-hunter22"),), pump=pump)
    intake.put(b"first\nSegmentation fault (core dumped)")
    until(lambda: last(intake) == "first")
    assert len(intake.lines()) == 1, "more of it may come"
    until(lambda: last(intake) == "Segmentation fault (core dumped)")
    intake.put(b"next\n")
    until(lambda: last(intake) == "next")
    pump.close()


def test_a_note_is_no_longer_than_a_line() -> None:
    intake = Intake((Secret("hunter22-hunter22"),))
    intake.note("x" * 7_990 + "hunter22-hunter22" + "y" * 4_000_000)
    (text,) = texts(intake)
    assert len(text) < 8_100
    assert "hunter" not in text


# Files


@contextlib.contextmanager
def following(path: Path) -> Iterator[Intake]:
    intake = Intake()
    follower = FileFollower(FileLog(str(path)), intake, every=0.01)
    follower.start()
    try:
        yield intake
    finally:
        follower.close()


def test_a_file_that_cannot_be_read_for_a_while_is_gone_on_with(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    append(real / "log", "first\nsecond\n")
    with following(link / "log") as intake:
        comes(intake, "second")
        link.unlink()
        link.symlink_to(link)
        until(lambda: "cannot be read" in texts(intake)[-1])
        append(real / "log", "third\n")
        link.unlink()
        link.symlink_to(real)
        comes(intake, "third")
        assert [text for text in texts(intake) if text in ("first", "second", "third")] == ["first", "second", "third"]


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_a_file_is_read_and_followed(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    append(path, "one\ntwo\n")
    with following(path) as intake:
        comes(intake, "two")
        append(path, "thr")
        append(path, "ee\n")
        comes(intake, "three")
        assert texts(intake) == ["one", "two", "three"]


def test_of_a_large_file_the_last_megabyte_is_read_from_the_beginning_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(f"line {number:09d} {'x' * 80}\n" for number in range(40_000)))
    with following(path) as intake:
        comes(intake, f"line {39_999:09d} {'x' * 80}")
        kept = texts(intake)
    assert all(line.startswith("line ") for line in kept)
    assert FIRST - 200 < sum(len(line) + 1 for line in kept) <= FIRST


def test_a_file_is_followed_through_rotation_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    append(path, "before\n")
    with following(path) as intake:
        comes(intake, "before")
        with path.open("a") as writer:
            path.rename(tmp_path / "x.log.1")
            comes(intake, GONE)
            writer.write("to the old one\n")
            writer.flush()
            comes(intake, "to the old one")
            path.touch()
            writer.write("still to the old one\n")
            writer.flush()
            append(path, "to the new one\n")
            comes(intake, "to the new one")
        assert texts(intake) == ["before", GONE, "to the old one", "still to the old one", "to the new one"]


def test_a_file_that_stays_away_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "HELD", 0.05)
    path = tmp_path / "x.log"
    append(path, "before\n")
    intake = Intake()
    follower = FileFollower(FileLog(str(path)), intake, every=0.01)
    follower.start()
    try:
        comes(intake, "before")
        path.unlink()
        until(lambda: follower._file is None)
        append(path, "back\n")
        comes(intake, "back")
    finally:
        follower.close()
    assert texts(intake) == ["before", GONE, "back"]


def test_a_file_that_is_copied_and_emptied_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    append(path, "before\nmore\n")
    with following(path) as intake:
        comes(intake, "more")
        with path.open("r+") as file:
            file.truncate(0)
        append(path, "new\n")
        comes(intake, "new")
        assert texts(intake)[-2:] == ["The file was emptied, and is read from its beginning.", "new"]


def test_a_file_that_is_emptied_and_longer_again_at_once_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    append(path, "before\n")
    with following(path) as intake:
        comes(intake, "before")
        path.write_text("another, longer than before\n")
        comes(intake, "another, longer than before")


def test_a_file_that_is_deleted_and_comes_back_is_followed_again(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    with following(path) as intake:
        comes(intake, GONE)
        append(path, "first\n")
        comes(intake, "first")
        path.unlink()
        until(lambda: sum("not there" in line for line in texts(intake)) == 2)
        append(path, "second\n")
        comes(intake, "second")
        assert texts(intake)[-1] == "second"


def test_what_is_no_file_is_said_once(tmp_path: Path) -> None:
    follower_looks = threading.Event()
    with following(tmp_path) as intake:
        comes(intake, "This is no file that can be followed.")
        follower_looks.wait(0.1)
        assert len(texts(intake)) == 1


def test_what_is_written_faster_than_it_is_read_waits_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    append(path, "first\n")
    pump = Pump()
    intake = Intake(pump=pump)
    follower = FileFollower(FileLog(str(path)), intake, every=0.01)
    follower.start()
    try:
        until(lambda: last(intake) == "first")
        append(path, "".join(f"{number} {'x' * 1_000}\n" for number in range(MOST_WAITING // 500)))
        append(path, "last\n")
        until(lambda: last(intake) == "last")
        assert (intake.view().end, intake.view().dropped) == (MOST_WAITING // 500 + 2, 0)
    finally:
        follower.close()
        pump.close()


def test_of_far_too_much_the_last_megabyte_is_read_and_the_rest_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "MOST_BEHIND", 2 * FIRST)
    path = tmp_path / "x.log"
    append(path, "first\n")
    with following(path) as intake:
        comes(intake, "first")
        append(path, "".join(f"line {number:06d} {'x' * 1_000}\n" for number in range(5_000)) + "last\n")
        comes(intake, "last")
        view = intake.view()
        kept = texts(intake)
    assert view.dropped > 1_000
    assert view.dropped + len(kept) - 1 == 5_002
    assert all(line.startswith(("line ", "first", "last")) or "dropped here" in line for line in kept)


# Commands


@contextlib.contextmanager
def running(
    *argv: str, env: tuple[str, ...] = (), sets: tuple[tuple[str, str], ...] = ()
) -> Iterator[tuple[CommandRunner, Intake]]:
    intake = Intake()
    runner = CommandRunner(CommandLog(argv, env, sets), intake, backoff=QUICK)
    runner.start()
    try:
        yield runner, intake
    finally:
        runner.close()


def python(body: str) -> tuple[str, str, str]:
    return sys.executable, "-c", f"import os, signal, subprocess, sys, time\n{body}"


def test_both_outputs_of_a_command_are_its_log() -> None:
    body = "print('out', flush=True); print('err', file=sys.stderr, flush=True); time.sleep(600)"
    with running(*python(body)) as (runner, intake):
        comes(intake, "err")
        assert texts(intake) == ["out", "err"]
        assert runner.state == "running"
        pid = runner.pid
    assert pid is not None and gone(pid)


def test_a_command_that_ends_is_started_again_after_a_growing_pause_and_that_is_said() -> None:
    with running(*python("print('a line without an end', end=''); sys.exit(3)")) as (_, intake):
        until(lambda: sum("ended (exit code 3)" in line for line in texts(intake)) >= 3)
        kept = texts(intake)
    assert kept[:2] == [
        "a line without an end",
        f"The command {Path(sys.executable).name!r} ended (exit code 3). It is started again after a pause of 0.01 s.",
    ]
    assert "pause of 0.02 s" in kept[3]


def test_a_command_that_is_not_there_or_cannot_be_run_is_said(tmp_path: Path) -> None:
    with running("no-such-command-here", "logs") as (_, intake):
        until(lambda: any("There is no command 'no-such-command-here'" in line for line in texts(intake)))
    with running(str(tmp_path)) as (_, intake):
        until(lambda: any("cannot be run: Permission denied" in line for line in texts(intake)))


def test_no_shell_reads_the_arguments() -> None:
    with running(sys.executable, "-c", "import sys; print(sys.argv[1:])", "$HOME; echo *", "`id`") as (_, intake):
        comes(intake, "['$HOME; echo *', '`id`']")


def test_a_command_gets_no_more_of_the_environment_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_API_KEY", "ours")
    monkeypatch.setenv("SOME_TOKEN", "ours")
    monkeypatch.setenv("KUBECONFIG", "/k")
    body = "print(sorted(os.environ), os.environ.get('KUBECONFIG'), flush=True); time.sleep(600)"
    with running(*python(body), env=("KUBECONFIG",), sets=(("DEBUG", "1"),)) as (_, intake):
        until(lambda: bool(texts(intake)))
        [line] = texts(intake)
    assert "PLAYGROUND_API_KEY" not in line and "SOME_TOKEN" not in line
    assert "'PATH'" in line and "'DEBUG'" in line and line.endswith(" /k")


def test_a_command_that_ignores_the_request_to_end_is_ended_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_command, "GRACE", 0.2)
    child = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    )
    body = (
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    with running(*python(body)) as (runner, intake):
        comes(intake, "up")
        pids = [int(line) for line in texts(intake) if line.isdigit()] + [runner.pid or 0]
    assert len(pids) == 2
    until(lambda: all(gone(pid) for pid in pids))


def test_a_child_that_holds_the_pipe_does_not_hold_up_the_end() -> None:
    child = "import time; time.sleep(600)"
    body = f"subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True); print('x', flush=True)"
    with running(*python(body)) as (_, intake):
        until(lambda: any("ended (exit code 0)" in line for line in texts(intake)))


# Too much


def test_what_is_too_much_is_dropped_at_the_old_end_and_counted_in_its_place() -> None:
    intake = Intake(secrets=(Secret("s3cret-value"),))
    intake.put(b"first\nsecond is cut he")
    for number in range(3):
        intake.put(
            b"".join(b"%d-%d s3cret-value %s\n" % (number, line, b"x" * 500) for line in range(MOST_WAITING // 1_200))
        )
    intake.note("a note stays")
    intake.put(b"last\n")
    kept = texts(intake)
    view = intake.view()
    assert "lines were dropped here" in kept[0]
    assert view.dropped > 3_000 and f"{view.dropped:,} lines" in kept[0]
    assert kept[-2:] == ["a note stays", "last"]
    assert all(line[1] == "-" and MASK in line for line in kept[1:-2]), "each line after a loss is whole"
    assert view.dropped + len(kept) - 3 + 1 >= 3 * (MOST_WAITING // 1_200)


def test_notes_stay_where_bytes_around_them_are_dropped() -> None:
    intake = Intake()
    intake.note("kept")
    for _ in range(3):
        intake.put(b"x\n" * (MOST_WAITING // 4 + 10))
    for _ in range(3):
        intake.put(b"y\n" * (MOST_WAITING // 4 + 10))
    assert texts(intake)[0] == "kept"
    assert intake.view().dropped > MOST_WAITING // 4


async def _latencies(seconds: float) -> list[float]:
    """How late the event loop is, asked every 5 ms."""
    late, loop = [], asyncio.get_running_loop()
    end = loop.time() + seconds
    while (now := loop.time()) < end:
        await asyncio.sleep(0.005)
        late.append(loop.time() - now - 0.005)
    return sorted(late)


@pytest.mark.asyncio
async def test_the_log_of_an_endpoint_at_flexai_is_what_its_program_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = StandIn(tmp_path / "bin")
    monkeypatch.setenv("PATH", stand_in.path)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("PLAYGROUND_API_KEY", "sk-not-for-a-program")
    book = LogBook([Endpoint("x", "http://127.0.0.1:1/v1", logs=(flexai("demo"),))])
    book.start()
    try:
        source = book.sources("x")[0]
        assert source.title == "flexai inference logs"
        await until_async(lambda: book.view("x", source.id).end >= 2)
        kept = {line.text for line in book.view("x", source.id).lines(range(2))}
        assert kept == {f"the log of demo, with HF_TOKEN={MASK}", "and what is said beside it"}
        assert book.sources("x")[0].state == "running"
    finally:
        await book.close()
    [call] = stand_in.calls()
    assert call["argv"] == ["inference", "logs", "demo"]
    environ = call["env"]
    assert isinstance(environ, dict)
    assert (environ["DEBUG"], environ["HTTPS_PROXY"]) == ("1", "http://proxy.example:3128")
    assert "PLAYGROUND_API_KEY" not in environ


async def test_a_flood_leaves_the_event_loop_its_time_and_its_loss_is_counted() -> None:
    body = (
        "line = b'INFO 11-25 01:02:03 [x.py:1] a line of a flood ' + b'x' * 50 + b'\\n'\nend = time.time() + 2\n"
        "while time.time() < end:\n    os.write(1, line * 500); time.sleep(0.01)\n"
        "print('over', flush=True); time.sleep(600)"
    )
    pump = Pump()
    intake = Intake(pump=pump)
    runner = CommandRunner(CommandLog(python(body)), intake)
    runner.start()
    try:
        late = await _latencies(2.5)
        await asyncio.to_thread(until, lambda: last(intake) == "over")
    finally:
        await asyncio.to_thread(runner.close)
        pump.close()
    view = intake.view()
    assert view.dropped > 0 or view.end > 20_000
    # Times are measured by the bench; what must not be is a loop that stands still.
    assert late[len(late) // 2] < 0.05


# The book


def book(tmp_path: Path) -> tuple[LogBook, Path]:
    path = tmp_path / "x.log"
    append(path, "INFO 11-25 01:02:03 [x.py:1] up\nkey s3cret-value\n")
    endpoint = Endpoint("e", "http://x/v1", key=Secret("s3cret-value"), logs=(FileLog(str(path)),))
    return LogBook([endpoint, Endpoint("bare", "http://y/v1")], "Built-in model"), path


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[tuple[LogBook, Path]]:
    made, path = book(tmp_path)
    made.start()
    yield made, path
    await made.close()


@pytest.mark.asyncio
async def test_each_endpoint_has_its_logs_and_the_apps_own(started: tuple[LogBook, Path]) -> None:
    made, _ = started
    assert [source.id for source in made.sources("e")] == ["log-1", OWN]
    assert [source.title for source in made.sources("e")] == ["x.log", "Requests of this app"]
    assert [source.id for source in made.sources("bare")] == [OWN]
    assert [source.id for source in made.sources("Built-in model")] == [LOCAL, OWN]
    assert [source.id for source in made.sources("typed")] == [OWN]


@pytest.mark.asyncio
async def test_a_followed_file_is_looked_at_with_keys_masked(started: tuple[LogBook, Path]) -> None:
    made, _ = started
    await asyncio.to_thread(until, lambda: made.view("e", "log-1").end == 2)
    seen = await made.look("e", "log-1", Wanted("KEY"), Asked())
    assert (seen["rows"], seen["hits"], seen["complete"]) == (2, 1, True)
    assert seen["lines"][1]["parts"][-1][0] == f" {MASK}"
    assert await made.text("e", "log-1", Wanted("key"), 0) == f"key {MASK}\n".encode()
    with pytest.raises(BadQuery):
        await made.look("e", "log-1", Wanted("(", regex=True), Asked())
    assert (await made.look("e", "no such", Wanted(), Asked()))["rows"] == 0


@pytest.mark.asyncio
async def test_lines_of_an_answer_are_found_by_its_id_else_by_its_time(started: tuple[LogBook, Path]) -> None:
    made, path = started
    append(path, "the request req-7777 came\n  and went\nother\n")
    await asyncio.to_thread(until, lambda: made.view("e", "log-1").end == 5)
    now = time.time()
    found = await made.find("e", "req-7777", now - 60, now)
    assert (found.source, found.how) == ("log-1", "id")
    assert [line.text for line in found.lines] == ["the request req-7777 came", "  and went"]
    found = await made.find("e", "req-8888", now - 60, now)
    assert (found.source, found.how) == ("log-1", "time")
    assert [line.text for line in found.lines][-1] == "other"
    found = await made.find("e", None, now - 7_200_000_000, now - 7_100_000_000)
    assert (found.source, found.how, found.lines) == (OWN, "time", ())


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("id", "found"),
    [
        ("5b1c7f2e", True),
        ("5B1C7F2E", True),
        # A part of another one, a short one that anything has, one that no log can be searched for.
        ("5b1c7f2", False),
        ("b1c7f2e9", False),
        ("7", False),
        ("request", False),
        ("5b1c7f2e" * 200, False),
    ],
)
async def test_an_id_is_a_word_of_its_own(started: tuple[LogBook, Path], id: str, found: bool) -> None:
    made, path = started
    append(path, "request 7 of chatcmpl-5b1c7f2e-0 began\nrequest 7 of 5b1c7f2e9 began\n")
    await asyncio.to_thread(until, lambda: made.view("e", "log-1").end == 4)
    now = time.time()
    got = await made.find("e", id, now - 1, now)
    assert (got.how == "id") is found
    if found:
        assert [line.text for line in got.lines] == ["request 7 of chatcmpl-5b1c7f2e-0 began"]


@pytest.mark.asyncio
async def test_an_id_is_looked_for_around_the_time_of_its_answer_only(started: tuple[LogBook, Path]) -> None:
    made, path = started
    long_ago = time.time() - 86_400
    append(path, "request 5b1c7f2e\n")
    await asyncio.to_thread(until, lambda: made.view("e", "log-1").end == 3)
    assert (await made.find("e", "5b1c7f2e", long_ago, long_ago + 5)).how == "time"
    # It came now, whatever time it names: the server's clock may be another.
    append(path, f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(long_ago))} request 6c2d8a3f\n")
    await asyncio.to_thread(until, lambda: made.view("e", "log-1").end == 4)
    now = time.time()
    for since in (now - 5, long_ago):
        assert (await made.find("e", "6c2d8a3f", since, since + 5)).how == "id"


@pytest.mark.asyncio
async def test_an_endpoint_that_is_forgotten_leaves_no_lines() -> None:
    made = LogBook()
    made._own_line("typed-1", "run=1 begins")
    await asyncio.to_thread(until, lambda: made.view("typed-1", OWN).end == 1)
    await made.look("typed-1", OWN, Wanted("x"), Asked())
    made.forget("typed-1")
    assert made.view("typed-1", OWN).end == 0
    await made.close()


@pytest.mark.asyncio
async def test_so_many_endpoints_have_a_log_of_requests_and_the_oldest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "_MOST_OWN", 2)
    made = LogBook()
    for name in ("one", "two", "three"):
        made._own_line(name, "run=1 begins")
    await asyncio.to_thread(until, lambda: made.view("three", OWN).end == 1)
    assert made.view("one", OWN).end == 0
    assert made.view("two", OWN).end == 1
    await made.close()


@pytest.mark.asyncio
async def test_a_search_over_two_hundred_thousand_lines_answers_in_parts_and_counts_all() -> None:
    made = LogBook((), "Built-in model")
    store = made.local._store
    for number in range(200_000):
        store.add(
            Read(f"INFO 11-25 01:02:03 [x.py:{number % 300}] request {number} of many, waiting", (), None, "info"), 1.0
        )
    for query, regex, count in (
        ("request 1999", False, 111),
        (r"request \d+99 ", True, 1_999),
        ("waiting|x", True, 200_000),
    ):
        answers = 1
        while not (seen := await made.look("Built-in model", LOCAL, Wanted(query, regex), Asked()))["complete"]:
            answers += 1
        assert seen["hits"] == count
        assert len(seen["lines"]) <= 200
        assert answers < 60
    await made.close()


def test_the_pump_ends_and_takes_nothing_up_again() -> None:
    pump = Pump()
    intake = Intake(pump=pump)
    intake.put(b"x\n")
    until(lambda: intake.view().end == 1)
    pump.close()
    intake.put(b"y\n")
    assert texts(intake) == ["x", "y"]
