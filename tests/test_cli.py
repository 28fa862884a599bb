"""The `playground` command as a process: help, wrong options, what is in force, ports, signals."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest

from playground import address, resources, runtime_folder
from playground.adapters.settings_table import TABLE
from playground.core.listening import is_loopback, url
from playground.launch import ending, has_display

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
# Seconds for which a thing that has to come is waited for.
PATIENCE = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the user stands."""
    made = tmp_path / "stands-here"
    made.mkdir()
    return made


def environment(**more: str) -> dict[str, str]:
    # With Debian's wide default a terminal of 80 columns would cut words in two.
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "110", "PLAYGROUND_HEADLESS": "1"} | more


def playground(folder: Path, *argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "playground", *argv],
        cwd=folder,
        env=environment(**environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@dataclass
class Running:
    """The command, started: its lines as they come, from both streams."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()
        self.process.stdout.close()
        with self.news:
            self.news.notify_all()

    def said(self, pattern: str) -> re.Match[str]:
        """The first line that matches, now or when it comes."""

        def found() -> re.Match[str] | None:
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        with self.news:
            self.news.wait_for(lambda: found() or not self.reader.is_alive(), timeout=PATIENCE)
            match = found()
        assert match is not None, f"{pattern!r} is not in {self.lines}"
        return match

    def ended(self) -> int:
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code


@pytest.fixture
def start(folder: Path) -> Iterator[object]:
    started: list[Running] = []

    def begin(*argv: str, **environ: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-m", "playground", "--no-local", *argv],
            cwd=folder,
            env=environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(Running(process))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.ended()


def port_of(running: Running) -> int:
    return int(running.said(r"is ready: http://127\.0\.0\.1:(\d+)").group(1))


# Help, README and table


def unwrapped(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_help_shows_every_setting_with_its_variable_and_default(folder: Path) -> None:
    shown = playground(folder, "--help").stdout
    assert shown.count("PLAYGROUND_") == len(TABLE) + 1  # the last in the text about the settings file
    for setting in TABLE:
        assert unwrapped(f"{setting.row.help} [{setting.env}; default: {setting.default}]") in unwrapped(shown)
        assert setting.option in shown


def test_the_readme_lists_exactly_the_settings_of_the_table() -> None:
    rows = re.findall(
        r"^\| `(--[a-z-]+)[^|`]*` \| `(PLAYGROUND_\w+)` \| ([^|]*) \| ([^|]*) \|$", README.read_text(), re.M
    )
    assert rows == [(setting.option, setting.env, setting.default, setting.row.help) for setting in TABLE]


def test_help_and_errors_come_without_importing_chainlit(folder: Path) -> None:
    for argv in (["--help"], ["--port", "abc"], ["config"]):
        run = f"import sys; sys.argv = ['playground', *{argv}]\nfrom playground.cli import main\n"
        code = f"{run}try: main()\nexcept SystemExit: pass\nprint([m for m in sys.modules if m == 'chainlit'])"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, env=environment(), capture_output=True, text=True, check=True
        )
        assert done.stdout.endswith("[]\n")


# What is wrong


@pytest.mark.parametrize(
    ("argv", "named", "right"),
    [
        (["--prt", "1"], "--prt", "--port"),
        (["--port", "abc"], "--port is 'abc'", "a whole number from 0 to 65535"),
        (["--port"], "--port", "requires an argument"),
        (["confg"], "confg", "config"),
        (["--gguf", "/nowhere"], "--gguf is '/nowhere'", "a file that exists"),
        (["--host", "no such host"], "no such host", "--host takes 127.0.0.1"),
        (["--state-dir", "/dev/null"], "/dev/null/run/", "--state-dir"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(folder: Path, argv: list[str], named: str, right: str) -> None:
    done = playground(folder, *argv)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("playground: ")
    assert named in done.stderr
    assert right in done.stderr


def test_a_wrong_variable_is_one_line_and_exit_code_2(folder: Path) -> None:
    done = playground(folder, PLAYGROUND_KEEP_HOURS="soon")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "playground: PLAYGROUND_KEEP_HOURS is 'soon'. It takes a number above 0.\n"


def test_a_port_of_another_program_is_said_with_the_way_out(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        accepted = threading.Thread(target=lambda: other.accept()[0].close())
        accepted.start()
        done = playground(folder, "--port", str(port))
        accepted.join(PATIENCE)
    assert done.returncode == 2
    assert f"Port {port} is in use by another program. Try another: --port {port + 1}" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_on_which_only_every_address_is_taken_counts_as_in_use() -> None:
    with socket.create_server(("0.0.0.0", 0)) as other, pytest.raises(Exception, match="in use"):
        address.take("127.0.0.1", other.getsockname()[1])


# What is in force


def test_config_says_what_is_in_force_and_where_it_comes_from_with_keys_masked(folder: Path) -> None:
    file = folder / "settings.toml"
    file.write_text(
        'keep_hours = 3\n[[endpoints]]\nname = "Second"\nurl = "http://b/v1"\napi_key = "sk-secret-b"\n'
        "[endpoints.params]\ntemperature = 0\nseed = 1\n"
    )
    done = playground(
        folder,
        "--port=8123",
        "config",
        f"--config={file}",
        PLAYGROUND_ENDPOINT_URL="http://a/v1",
        PLAYGROUND_API_KEY="sk-secret-a",
    )
    assert done.returncode == 0, done.stderr
    lines = [re.split(r"\s{2,}", line.strip()) for line in done.stdout.splitlines()]
    assert ["port", "8123", "--port"] in lines
    assert ["keep_hours", "3.0", f"keep_hours in {file}"] in lines
    assert ["api_key", "********", "PLAYGROUND_API_KEY"] in lines
    assert ["local_slots", "2", "default"] in lines
    assert [
        "a",
        "http://a/v1",
        "first model listed",
        "key ******** from PLAYGROUND_API_KEY",
        "sets no parameters",
        "from PLAYGROUND_ENDPOINT_URL",
    ] in lines
    (second,) = (line for line in lines if line[:2] == ["Second", "http://b/v1"])
    assert second[4] == "sets temperature, seed"
    assert "sk-secret" not in done.stdout + done.stderr


# Running


@pytest.mark.slow
def test_it_says_where_it_is_once_it_answers_and_writes_nothing_where_the_user_stands(
    start: object, folder: Path, tmp_path: Path
) -> None:
    (folder / ".env").write_text("PLAYGROUND_FROM_DOTENV=1\nCHAINLIT_URL=http://example.invalid\n")
    running: Running = start("--port", "0")  # type: ignore[operator]  # a fixture that returns a function
    port = port_of(running)
    assert address.health("127.0.0.1", port) == address.NAME
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    assert list(folder.iterdir()) == [folder / ".env"]
    assert (tmp_path / "xdg-state" / "inference-playground" / "run" / f"127.0.0.1-{port}" / "public").is_dir()
    running.process.send_signal(signal.SIGINT)
    assert running.ended() == 0
    assert list(folder.iterdir()) == [folder / ".env"]


@pytest.mark.slow
def test_a_second_instance_is_told_of_the_first_and_ctrl_c_says_what_it_ends(start: object, folder: Path) -> None:
    running: Running = start("--port", "0")  # type: ignore[operator]  # a fixture that returns a function
    port = port_of(running)
    second = playground(folder, "--port", str(port))
    assert second.returncode == 2
    assert second.stderr == (
        f"playground: A playground already runs at http://127.0.0.1:{port}. "
        f"Open it, or start a second one: --port {port + 1}\n"
    )
    running.process.send_signal(signal.SIGINT)
    running.said(r"Ending the playground.*Press Ctrl-C again to end at once")
    assert running.ended() == 0


@pytest.mark.slow
def test_a_second_ctrl_c_ends_at_once(start: object) -> None:
    running: Running = start("--port", "0")  # type: ignore[operator]  # a fixture that returns a function
    port = port_of(running)
    # A request that never ends keeps the server from ending by itself.
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as slow:
        slow.sendall(b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n")
        running.process.send_signal(signal.SIGINT)
        running.said("Ending the playground")
        running.process.send_signal(signal.SIGINT)
        code = running.ended()
    # It may have ended by itself between the two.
    assert code in (0, 130)
    assert (code == 130) == any("Ended at once" in line for line in running.lines)


@pytest.mark.slow
def test_ctrl_c_while_it_starts_ends_it_without_a_traceback(start: object) -> None:
    running: Running = start("--port", "0", "--host", "0.0.0.0")  # type: ignore[operator]  # as above
    running.said("Everybody who can reach this machine")  # said just before Chainlit is imported
    running.process.send_signal(signal.SIGINT)
    assert running.ended() in (0, 130)
    assert not any("Traceback" in line for line in running.lines)


def test_what_ends_is_said_in_numbers() -> None:
    assert ending(0) == "Ending the playground."
    assert ending(1) == "Ending the playground and 1 answer that is being written."
    assert ending(2) == "Ending the playground and 2 answers that are being written."


def test_a_browser_is_opened_only_where_there_is_a_display() -> None:
    assert has_display({"DISPLAY": ":0"}, "linux")
    assert has_display({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert not has_display({}, "linux")
    assert has_display({}, "darwin")
    assert not has_display({"SSH_CONNECTION": "1"}, "darwin")


# The runtime folder


def test_the_runtime_folder_is_made_anew_from_what_the_app_brings(tmp_path: Path) -> None:
    first = runtime_folder.prepare(tmp_path, "127.0.0.1", 8123)
    (first / "public" / "old.js").write_text("old")
    (first / ".chainlit" / "config.toml").write_text("changed")
    assert runtime_folder.prepare(tmp_path, "127.0.0.1", 8123) == first
    assert not (first / "public" / "old.js").exists()
    for name in (".chainlit/config.toml", ".chainlit/translations/en-US.json"):
        assert (first / name).read_bytes() == (resources.root() / name).read_bytes()
    assert {path.name for path in (first / "public").iterdir()} == {
        path.name for path in (resources.root() / "public").iterdir()
    }


def test_chainlit_is_kept_from_env_files_and_from_clients_of_its_own() -> None:
    environ = {"DATABASE_URL": "postgres://x", "CHAINLIT_ENV_FILE": "other.env", "PATH": "/bin"}
    runtime_folder.direct_chainlit(Path("/somewhere"), environ)
    assert environ == {"CHAINLIT_APP_ROOT": "/somewhere", "CHAINLIT_ENV_FILE": os.devnull, "PATH": "/bin"}


@pytest.mark.parametrize(
    ("host", "shown", "reachable"),
    [
        ("127.0.0.1", "http://127.0.0.1:8", False),
        ("localhost", "http://localhost:8", False),
        ("::1", "http://[::1]:8", False),
        ("0.0.0.0", "http://127.0.0.1:8", True),
        ("::", "http://[::1]:8", True),
        ("192.168.0.2", "http://192.168.0.2:8", True),
    ],
)
def test_an_address_is_shown_as_a_browser_here_opens_it(host: str, shown: str, reachable: bool) -> None:
    assert url(host, 8) == shown
    assert is_loopback(host) is not reachable


def test_an_address_can_be_taken_again_at_once_after_it_was_used() -> None:
    taken = address.take("127.0.0.1", 0)
    taken.listen()
    port = taken.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client:
        accepted, _ = taken.accept()
        accepted.close()
        taken.close()
        deadline = time.monotonic() + PATIENCE
        while client.recv(1) and time.monotonic() < deadline:
            pass
    address.take("127.0.0.1", port).close()
