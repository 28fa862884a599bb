"""An endpoint's logs in the settings file, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.adapters.settings import load_settings
from playground.core.errors import SettingsError
from playground.core.log.sources import CommandLog, FileLog, LogSource, flexai
from tests.adapters.test_settings import NO_FLEXAI_NAMES


def logs(folder: Path, given: str) -> tuple[LogSource, ...]:
    file = folder / "config.toml"
    file.write_text(f'[[endpoints]]\nurl = "http://a/v1"\n{given}\n', encoding="utf-8")
    loaded = load_settings({"config": str(file)}, {"HOME": "/home/somebody"})
    return loaded.settings.endpoints[0].logs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", ()),
        ('logs = { file = "/var/log/x.log" }', (FileLog("/var/log/x.log"),)),
        ('logs = { command = ["docker", "logs", "-f", "x"] }', (CommandLog(("docker", "logs", "-f", "x")),)),
        (
            'logs = { command = ["kubectl", "logs"], env = ["KUBECONFIG"] }',
            (CommandLog(("kubectl", "logs"), ("KUBECONFIG",)),),
        ),
        ('logs = { flexai = "mine" }', (flexai("mine"),)),
        ('logs = [{ file = "/a" }, { flexai = "b" }]', (FileLog("/a"), flexai("b"))),
        ('[[endpoints.logs]]\nfile = "/a"', (FileLog("/a"),)),
    ],
)
def test_a_log_is_a_file_a_command_or_an_endpoint_of_flexais(
    tmp_path: Path, given: str, expected: tuple[LogSource, ...]
) -> None:
    assert logs(tmp_path, given) == expected


def test_a_relative_file_starts_at_the_settings_files_folder(tmp_path: Path) -> None:
    assert logs(tmp_path, 'logs = { file = "x.log" }') == (FileLog(str(tmp_path / "x.log")),)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('logs = "x.log"', "cannot be used"),
        ("logs = {}", "names no log"),
        ('logs = { path = "x" }', "names no log"),
        ('logs = { file = "x", flexai = "y" }', "more than one log"),
        ('logs = { file = "x", env = ["A"] }', "'env'"),
        ("logs = { file = 1 }", "no file's name"),
        ('logs = { file = "" }', "no file's name"),
        ('logs = { file = "a\\u0000b" }', "no file can be called"),
        ('logs = { file = "/" }', "which is no file"),
        ('logs = { command = "docker logs" }', "list of texts"),
        ("logs = { command = [] }", "list of texts"),
        ('logs = { command = [""] }', "list of texts"),
        ('logs = { command = ["x", 1] }', "list of texts"),
        ('logs = { command = ["x\\u0000"] }', "list of texts"),
        ('logs = { command = ["x"], env = "A" }', "list of names"),
        *((f'logs = {{ flexai = "{name}" }}', "flexai in logs of") for name in NO_FLEXAI_NAMES),
        ("logs = { flexai = 1 }", "flexai in logs of"),
        ("logs = [" + '{ file = "/a" },' * 9 + "]", "9 logs"),
    ],
)
def test_a_wrong_one_is_said_when_the_app_starts(tmp_path: Path, given: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        logs(tmp_path, given)
    assert said in caught.value.what
    assert "[[endpoints]] 1" in caught.value.what
    assert caught.value.hint
