"""Where settings come from, what becomes of wrong ones, and which key goes to which address."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from playground.adapters.settings import Loaded, Settings, load_settings, typed_reach
from playground.adapters.settings_table import TABLE, Given
from playground.adapters.user_folders import config_folder, state_folder
from playground.cli import in_force
from playground.core.addresses import Reach, reach_of
from playground.core.errors import SettingsError
from playground.core.parameter import Json
from playground.core.params import Params
from playground.core.secret import MASK, Secret
from tests.certificates import self_signed

HOME = {"HOME": "/home/somebody"}


def load(options: Mapping[str, Any] | None = None, /, **environ: str) -> Loaded:
    return load_settings(options or {}, HOME | environ)


def wrong(options: Mapping[str, Any] | None = None, /, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(options, **environ)
    return f"{caught.value.what} {caught.value.hint}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def key_of(loaded: Loaded, number: int = 0) -> str | None:
    key = loaded.settings.endpoints[number].key
    return key.reveal() if key is not None else None


# Sources


def test_an_option_counts_before_the_environment_before_the_file_before_the_default(file: Path) -> None:
    file.write_text("port = 1\nkeep_hours = 1\nlocal_slots = 1\n")
    loaded = load({"port": "3", "config": str(file)}, PLAYGROUND_PORT="2", PLAYGROUND_KEEP_HOURS="2")
    settings = loaded.settings
    assert (settings.port, settings.keep_hours, settings.local_slots, settings.local_context) == (3, 2, 1, 8192)
    origins = [loaded.origins[name] for name in ("port", "keep_hours", "local_slots", "local_context")]
    assert origins == ["option", "environment", "file", "default"]


def test_an_empty_variable_counts_as_not_set() -> None:
    loaded = load(PLAYGROUND_PORT="", PLAYGROUND_ENDPOINT_URL=" ")
    assert loaded.settings.port == 8000
    assert loaded.settings.endpoints == ()


def test_the_users_own_settings_file_is_read_without_being_named(tmp_path: Path) -> None:
    folder = tmp_path / "inference-playground"
    folder.mkdir()
    (folder / "config.toml").write_text("port = 8123\n")
    assert load(XDG_CONFIG_HOME=str(tmp_path)).settings.port == 8123


def test_a_named_settings_file_replaces_the_users_own(tmp_path: Path, file: Path) -> None:
    folder = tmp_path / "inference-playground"
    folder.mkdir()
    (folder / "config.toml").write_text("port = 1\n")
    file.write_text("keep_hours = 3\n")
    loaded = load(XDG_CONFIG_HOME=str(tmp_path), PLAYGROUND_CONFIG=str(file))
    assert (loaded.settings.port, loaded.settings.keep_hours, loaded.file) == (8000, 3, file)


def test_paths_in_the_file_start_at_its_folder(file: Path) -> None:
    (file.parent / "key").write_text("sk-from-file\n")
    (file.parent / "model.gguf").write_bytes(b"GGUF")
    file.write_text(
        'gguf = "model.gguf"\nstate_dir = "kept"\nendpoint_url = "http://one/v1"\napi_key_file = "key"\n'
        '[[endpoints]]\nurl = "http://two/v1"\napi_key_file = "key"\n'
    )
    loaded = load({"config": str(file)})
    assert loaded.settings.gguf == file.parent / "model.gguf"
    assert loaded.settings.state_dir == file.parent / "kept"
    assert [key_of(loaded, 0), key_of(loaded, 1)] == ["sk-from-file", "sk-from-file"]


def test_several_origins_are_separated_by_commas() -> None:
    loaded = load(PLAYGROUND_ALLOWED_ORIGINS="https://A.example/, http://b.example:81")
    assert loaded.settings.allowed_origins == ("https://a.example", "http://b.example:81")


def test_the_defaults_read_nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_PORT", "1")
    assert Settings().port == 8000


def test_folders_follow_the_system_and_ignore_relative_xdg_paths() -> None:
    home = Path("/home/somebody")
    assert config_folder(HOME, "linux") == home / ".config/inference-playground"
    assert state_folder(HOME | {"XDG_STATE_HOME": "relative"}, "linux") == home / ".local/state/inference-playground"
    assert state_folder(HOME, "darwin") == home / "Library/Application Support/inference-playground"
    assert state_folder({}, "linux") is None


def test_without_a_home_folder_a_state_folder_is_asked_for() -> None:
    with pytest.raises(SettingsError, match="no home folder") as caught:
        load_settings({}, {})
    assert "--state-dir" in caught.value.hint


# Wrong values


@pytest.mark.parametrize(
    ("variable", "value", "right"),
    [
        ("PORT", "abc", "a whole number from 0 to 65535"),
        ("PORT", "70000", "a whole number from 0 to 65535"),
        ("HEADLESS", "perhaps", "1 or 0"),
        ("LOCAL_SLOTS", "0", "a whole number from 1 up"),
        ("KEEP_HOURS", "nan", "a number above 0"),
        ("GGUF", "/nowhere/model.gguf", "a file that exists"),
        ("ALLOWED_ORIGINS", "https://a.example/path", "origins such as https://chat.example.org"),
        ("ENDPOINT_URL", "ftp://host", "http://localhost:8000/v1"),
        ("API_KEY_FILE", "/nowhere/key", "a file that holds the key"),
        ("CONFIG", "/nowhere/config.toml", "a TOML file"),
        ("CA_FILE", "/nowhere/ca.pem", "a file that holds certificates"),
        ("CA_FILE", __file__, "a file that holds certificates"),
        ("TYPED_ADDRESSES", "public, https://host", "public, private and names of hosts"),
        ("TYPED_ADDRESSES", "169.254.169.254", "public, private and names of hosts"),
        ("KEY_HOURS", "0", "a number above 0"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(variable: str, value: str, right: str) -> None:
    said = wrong(**{f"PLAYGROUND_{variable}": value})
    assert f"PLAYGROUND_{variable}" in said
    assert value in said
    assert right in said
    assert "\n" not in said


def test_every_setting_of_the_table_has_a_wrong_value_said_in_its_own_words() -> None:
    free_text = {"host", "model", "name", "system_prompt", "state_dir"}
    for setting in TABLE:
        if setting.name not in free_text:
            # Empty after the key's space is gone, no number, no switch, no file, no address, no origin.
            assert setting.env in wrong(**{setting.env: "ftp://\x00"}), setting.name


def test_a_wrong_option_is_named_as_it_was_typed() -> None:
    assert wrong({"max_tokens": "many"}).startswith("--max-tokens is 'many'.")


def test_a_wrong_value_in_the_file_is_named_with_the_file(file: Path) -> None:
    file.write_text('port = "abc"\n')
    assert wrong({"config": str(file)}).startswith(f"port in {file} is 'abc'.")


def test_an_unknown_name_in_the_file_gets_the_nearest_right_one(file: Path) -> None:
    file.write_text("prot = 8123\n")
    said = wrong({"config": str(file)})
    assert said == f"'prot' in {file} is no setting. The nearest is 'port'."


def test_an_unknown_name_in_an_endpoint_gets_the_nearest_right_one(file: Path) -> None:
    file.write_text('[[endpoints]]\nurl = "http://x/v1"\napikey = "sk-secret"\n')
    said = wrong({"config": str(file)})
    assert said == f"'apikey' in [[endpoints]] 1 in {file} is no setting. The nearest is 'api_key'."


def test_a_variable_that_is_nearly_a_setting_is_said_and_not_used() -> None:
    loaded = load(PLAYGROUND_PROT="8123", PLAYGROUND_SERVICE_HOST="10.0.0.1", PLAYGROUND_PORT_80_TCP="tcp://10.0.0.1")
    assert loaded.notices == ("PLAYGROUND_PROT is no setting and is not used. The nearest is PLAYGROUND_PORT.",)


def test_a_port_set_by_a_kubernetes_service_is_explained() -> None:
    assert "enableServiceLinks" in wrong(PLAYGROUND_PORT="tcp://10.0.0.1:80")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"port = \n", "is not valid TOML"),
        (b'name = "\xff"\n', "is not UTF-8"),
        (b"endpoints = 3\n", "Begin each endpoint with [[endpoints]]"),
        (b"[[endpoints]]\nname = 'x'\n", "url is missing"),
        (b"[[endpoints]]\nurl = 'http://x/v1'\nmax_tokens = 0\n", "max_tokens of [[endpoints]] 1"),
        (b"[[endpoints]]\nurl = 'http://x'\nparams = 3\n", "It takes a table of parameters"),
        (b"[[endpoints]]\nurl = 'http://x'\nmodel = 3\n", "It takes text."),
        (b"[[endpoints]]\nurl = 'http://x'\n[endpoints.params]\ntop_p = 2\n", "It cannot be above 1."),
        (b"[[endpoints]]\nurl = 'http://x'\n[endpoints.params]\ntemprature = 2\n", "The nearest is 'temperature'"),
        (b"[[endpoints]]\nurl = 'http://x'\n[endpoints.params]\nextra = {n = 2020-01-01}\n", "extra in the params of"),
        (b"[[endpoints]]\nurl = 'http://x'\nmax_tokens = 1\n[endpoints.params]\nmax_tokens = 1\n", "is given twice"),
        (b"[[endpoints]]\nurl = 'ftp://x'\n", "url of [[endpoints]] 1"),
        (b"[[endpoints]]\nurl = 'http://x'\nmetrics = 'ftp://x/metrics'\n", "metrics of [[endpoints]] 1"),
        (b"[[endpoints]]\nurl = 'http://x'\nmetrics = ''\n", "It takes text."),
        (b"[[endpoints]]\nurl = 'http://x'\nmetrics = 'http://u:p@x/metrics'\n", "a user name or password"),
        (b"[[endpoints]]\nurl = 'http://x'\nmetrics = 'http://x/metrics?key=1'\n", "http://gpu-host:9090/metrics"),
        (b"[[endpoints]]\nurl = 'http://x/v1'\napi_key = 'k'\napi_key_file = 'f'\n", "Give one of them"),
        (b"[[endpoints]]\nurl='http://x/a'\n[[endpoints]]\nurl='http://x/b'\n", "Two endpoints have the name 'x'"),
    ],
)
def test_a_settings_file_that_is_wrong_is_named(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    line = wrong({"config": str(file)})
    assert said in line
    assert "\n" not in line


# Endpoints and keys


def test_one_endpoint_can_be_given_by_url_key_model_and_name() -> None:
    loaded = load(
        {"model": "qwen"},
        PLAYGROUND_ENDPOINT_URL="gpu:8000",
        PLAYGROUND_API_KEY="sk-1",
        PLAYGROUND_NAME="Ours",
    )
    (endpoint,) = loaded.settings.endpoints
    assert (endpoint.name, endpoint.base_url, endpoint.model) == ("Ours", "http://gpu:8000", "qwen")
    assert key_of(loaded) == "sk-1"


def test_an_endpoint_without_a_name_is_called_by_its_host() -> None:
    assert load(PLAYGROUND_ENDPOINT_URL="https://api.example.org/v1").settings.endpoints[0].name == "api.example.org"


def test_an_endpoints_metrics_can_be_at_any_address_which_is_left_as_it_is(file: Path) -> None:
    addresses = ["http://gpu-host:9090/metrics", "https://x/v1/models", "gpu-host:9090/prom/"]
    file.write_text("".join(f"[[endpoints]]\nname = '{at}'\nurl = 'http://x'\nmetrics = '{at}'\n" for at in addresses))
    found = [endpoint.metrics for endpoint in load({"config": str(file)}).settings.endpoints]
    assert found == [*addresses[:2], "http://gpu-host:9090/prom/"]


def test_the_file_can_hold_several_endpoints_after_the_one_given_by_url(file: Path) -> None:
    file.write_text(
        '[[endpoints]]\nname = "A"\nurl = "http://a/v1"\napi_key = "sk-a"\nsystem_prompt = "Be brief."\n'
        '[[endpoints]]\nname = "B"\nurl = "http://b/v1"\nmodel = "m"\nmax_tokens = 100\n'
    )
    loaded = load({"config": str(file), "endpoint_url": "http://c/v1"})
    c, a, b = loaded.settings.endpoints
    assert [c.name, a.name, b.name] == ["c", "A", "B"]
    assert (a.params, b.model, b.params) == (Params(system_prompt="Be brief."), "m", Params(max_tokens=100))
    assert [key_of(loaded, number) for number in range(3)] == [None, "sk-a", None]


def test_an_endpoint_can_set_parameters(file: Path) -> None:
    file.write_text(
        '[[endpoints]]\nurl = "http://a/v1"\nmax_tokens = 5\n[endpoints.params]\ntemperature = 0\nstop = ["END"]\n'
        'extra = { chat_template_kwargs = { custom = "x" } }\n[[endpoints]]\nurl = "http://b/v1"\n'
    )
    a, b = load({"config": str(file)}).settings.endpoints
    extra = Json('{"chat_template_kwargs": {"custom": "x"}}')
    assert a.params == Params(max_tokens=5, temperature=0, stop=("END",), extra=extra)
    assert b.params == Params()


def test_a_key_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("  sk-mounted\n\n")
    loaded = load(PLAYGROUND_ENDPOINT_URL="http://x/v1", PLAYGROUND_API_KEY_FILE=str(tmp_path / "key"))
    assert key_of(loaded) == "sk-mounted"


@pytest.mark.parametrize("content", [b"", b"sk one", b"sk-1\nsk-2\n", b"\xff\xfe", b"k" * 20000])
def test_a_key_file_that_holds_no_key_is_named_and_its_content_is_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    said = wrong(PLAYGROUND_ENDPOINT_URL="http://x/v1", PLAYGROUND_API_KEY_FILE=str(tmp_path / "key"))
    assert "PLAYGROUND_API_KEY_FILE" in said
    assert "sk" not in said.replace("disk", "")


def test_a_key_and_a_key_file_at_once_are_refused() -> None:
    said = wrong(PLAYGROUND_ENDPOINT_URL="http://x/v1", PLAYGROUND_API_KEY="k", PLAYGROUND_API_KEY_FILE="/f")
    assert "PLAYGROUND_API_KEY and PLAYGROUND_API_KEY_FILE" in said


def test_a_key_given_as_an_option_replaces_the_one_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-option")
    loaded = load(
        {"api_key_file": str(tmp_path / "key")},
        PLAYGROUND_ENDPOINT_URL="http://x/v1",
        PLAYGROUND_API_KEY="sk-environment",
    )
    assert key_of(loaded) == "sk-option"


def test_a_key_goes_with_a_url_from_another_source_when_no_other_url_stands_beside_it() -> None:
    assert key_of(load({"endpoint_url": "http://x/v1"}, PLAYGROUND_API_KEY="sk-1")) == "sk-1"


def test_a_key_that_stands_beside_another_url_never_goes_to_this_one(file: Path) -> None:
    file.write_text('endpoint_url = "http://theirs/v1"\napi_key = "sk-theirs"\n')
    loaded = load({"config": str(file)}, PLAYGROUND_ENDPOINT_URL="http://mine/v1")
    assert loaded.settings.endpoints[0].base_url == "http://mine/v1"
    assert key_of(loaded) is None
    assert "is not used: it was given for another address" in loaded.notices[0]


def test_a_key_whose_url_is_repeated_by_an_option_is_still_used() -> None:
    loaded = load({"endpoint_url": "http://x/v1/"}, PLAYGROUND_ENDPOINT_URL="http://x/v1", PLAYGROUND_API_KEY="sk-1")
    assert key_of(loaded) == "sk-1"


def test_a_key_without_any_endpoint_is_said_to_be_unused() -> None:
    assert "PLAYGROUND_API_KEY is not used" in load(PLAYGROUND_API_KEY="sk-1").notices[0]


def test_the_openai_pair_counts_where_no_endpoint_is_set() -> None:
    loaded = load(OPENAI_BASE_URL="https://api.example.org/v1", OPENAI_API_KEY="sk-o")
    assert (loaded.settings.endpoints[0].base_url, key_of(loaded)) == ("https://api.example.org/v1", "sk-o")
    assert loaded.notices == ()


def test_the_openai_key_never_goes_to_another_address(file: Path) -> None:
    file.write_text('[[endpoints]]\nurl = "http://listed/v1"\n')
    pair = {"OPENAI_BASE_URL": "https://api.example.org/v1", "OPENAI_API_KEY": "sk-o"}
    for loaded in (load(PLAYGROUND_ENDPOINT_URL="http://mine/v1", **pair), load({"config": str(file)}, **pair)):
        assert len(loaded.settings.endpoints) == 1
        assert key_of(loaded) is None


def test_an_openai_key_alone_is_not_used_and_that_is_said_once() -> None:
    loaded = load(OPENAI_API_KEY="sk-o")
    assert loaded.settings.endpoints == ()
    assert len(loaded.notices) == 1
    assert "OPENAI_API_KEY is not used" in loaded.notices[0]


def test_an_openai_url_alone_is_not_used_and_that_is_said() -> None:
    assert "OPENAI_BASE_URL is not used" in load(OPENAI_BASE_URL="http://x/v1").notices[0]


def test_no_key_is_ever_shown(file: Path) -> None:
    file.write_text('[[endpoints]]\nurl = "http://b/v1"\napi_key = "sk-secret-b"\n')
    loaded = load({"config": str(file), "api_key": "sk-secret-a", "endpoint_url": "http://a/v1"})
    assert "sk-secret" not in repr(loaded)
    assert next(shown.value for shown in loaded.shown if shown.name == "api_key") == MASK
    assert "sk-secret" not in wrong({"api_key": "sk-secret with spaces", "endpoint_url": "http://a/v1"})


def test_an_error_in_the_file_does_not_show_the_keys_beside_it(file: Path) -> None:
    file.write_text('[[endpoints]]\nurl = 3\napi_key = "sk-secret"\n')
    assert "sk-secret" not in wrong({"config": str(file)})


# Visitors


@pytest.mark.parametrize(
    ("given", "loopback", "reach"),
    [
        ({}, True, Reach(public=True, private=True)),
        ({}, False, Reach(public=True)),
        ({"typed_addresses": "public"}, True, Reach(public=True)),
        ({"typed_addresses": "private, public"}, False, Reach(public=True, private=True)),
        ({"typed_addresses": "GPU.example, *.lab.example"}, True, reach_of(["gpu.example", "*.lab.example"])),
        ({"typed_addresses": "public", "lock": "1"}, True, None),
    ],
)
def test_where_a_typed_endpoint_may_be_follows_from_the_settings_and_who_can_reach_the_app(
    given: dict[str, str], loopback: bool, reach: Reach | None
) -> None:
    assert typed_reach(load(given).settings, loopback=loopback) == reach


def test_an_empty_list_in_the_file_allows_nothing(file: Path) -> None:
    file.write_text("typed_addresses = []\n")
    assert typed_reach(load({"config": str(file)}).settings, loopback=True) == Reach()


def test_an_authoritys_file_starts_at_the_settings_files_folder(file: Path) -> None:
    certificate, _ = self_signed(file.parent)
    file.write_text(f'ca_file = "{certificate.name}"\n')
    assert load({"config": str(file)}).settings.ca_file == certificate


# Headers


def test_an_endpoints_headers_are_secrets_and_have_small_names(file: Path) -> None:
    file.write_text('[[endpoints]]\nurl = "http://a/v1"\nheaders = { "X-Team" = " team-secret ", "CF-Id" = "id" }\n')
    loaded = load({"config": str(file)})
    assert loaded.settings.endpoints[0].headers == (("x-team", Secret("team-secret")), ("cf-id", Secret("id")))
    assert "team-secret" not in repr(loaded)
    lines = "\n".join(in_force(loaded))
    assert f"no key, x-team: {MASK}, cf-id: {MASK}" in lines
    assert "team-secret" not in lines


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ('{ "Host" = "SECRET" }', "Host in headers of [[endpoints]] 1"),
        ('{ "Content-Length" = "SECRET" }', "sets it by itself"),
        ('{ "Proxy-Authorization" = "SECRET" }', "sets it by itself"),
        ('{ "Authorization" = "SECRET" }', "Give one of them"),
        ('{ "X A" = "SECRET" }', "is no header's name"),
        ('{ "X-A" = "SECRET", "x-a" = "SECRET" }', "is given twice"),
        ('{ "X-A" = "SECRET\\r\\nHost: b" }', "holds nothing that a header can hold"),
        ('{ "X-A" = "SECRETé" }', "holds nothing that a header can hold"),
        ('{ "X-A" = "" }', "holds nothing that a header can hold"),
        ('{ "X-A" = 3 }', "names with texts"),
        ('"X-A: SECRET"', "names with texts"),
    ],
)
def test_a_header_that_cannot_be_sent_is_named_and_its_value_is_not_shown(file: Path, headers: str, said: str) -> None:
    file.write_text(f'[[endpoints]]\nurl = "http://a/v1"\napi_key = "sk-1"\nheaders = {headers}\n', encoding="utf-8")
    line = wrong({"config": str(file)})
    assert said in line
    assert "SECRET" not in line


def test_an_authorization_of_its_own_is_taken_where_there_is_no_key(file: Path) -> None:
    file.write_text('[[endpoints]]\nurl = "http://a/v1"\nheaders = { Authorization = "Basic dTpw" }\n')
    assert load({"config": str(file)}).settings.endpoints[0].headers == (("authorization", Secret("Basic dTpw")),)


# The table


def test_every_setting_has_its_names_its_help_and_what_it_takes() -> None:
    assert {setting.name for setting in TABLE} == set(Given.model_fields) - {"endpoints"}
    for setting in TABLE:
        assert setting.env == f"PLAYGROUND_{setting.name.upper()}"
        assert setting.row.help.endswith(".")
        assert setting.row.takes
        assert setting.default


# What the app sees under Chainlit's own command

ASK = "from playground.adapters.settings import current; print(current().port, current().port)"


def _alone(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ASK],
        env={"HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_the_launcher_the_environment_is_read_and_notices_are_said_once(tmp_path: Path) -> None:
    done = _alone(tmp_path, PLAYGROUND_PORT="8123", OPENAI_API_KEY="sk-o")
    assert done.stdout == "8123 8123\n"
    assert done.stderr.count("OPENAI_API_KEY is not used") == 1


def test_without_the_launcher_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = _alone(tmp_path, PLAYGROUND_PORT="abc")
    assert done.returncode == 2
    assert done.stderr == "PLAYGROUND_PORT is 'abc'. It takes a whole number from 0 to 65535.\n"


def test_what_an_operator_states_of_an_endpoint_is_kept_in_lines_without_its_secrets(file: Path) -> None:
    file.write_text(
        '[[endpoints]]\nurl = "http://h"\nflexai = "demo-1"\n'
        '[endpoints.details]\ndashboard_url = "https://d"\nreplicas = 2\napi_key = "plain"\n'
        '[endpoints.details.owner]\nteam = "ml"\n'
    )
    [endpoint] = load({"config": str(file)}).settings.endpoints
    assert dict(endpoint.stated) == {
        "dashboard_url": "https://d",
        "replicas": "2",
        "api_key": MASK,
        "owner.team": "ml",
    }
    assert endpoint.flexai == "demo-1" and not endpoint.sleeps


NO_FLEXAI_NAMES = ["-j", "--debug", "a b", "", "a;b", "$(x)", "..", "../x", "a/b", "my endpoint; x"]


@pytest.mark.parametrize("name", NO_FLEXAI_NAMES)
def test_a_name_at_flexai_can_be_no_option_and_no_command(file: Path, name: str) -> None:
    file.write_text(f"[[endpoints]]\nurl = 'http://h'\nflexai = '{name}'\n")
    with pytest.raises(SettingsError) as error:
        load({"config": str(file)})
    assert "flexai" in error.value.what and "letters" in error.value.hint


def test_an_endpoint_sleeps_where_it_is_said_so_or_is_one_of_flexais(file: Path) -> None:
    file.write_text(
        '[[endpoints]]\nname = "a"\nurl = "https://inference-1-2.platform.flex.ai"\n'
        '[[endpoints]]\nname = "b"\nurl = "https://inference-3-4.platform.flex.ai"\nscales_to_zero = false\n'
        '[[endpoints]]\nname = "c"\nurl = "http://h"\nscales_to_zero = true\n'
    )
    assert [endpoint.sleeps for endpoint in load({"config": str(file)}).settings.endpoints] == [True, False, True]
    [single] = load(PLAYGROUND_ENDPOINT_URL="https://inference-1-2.flex.ai").settings.endpoints
    assert single.sleeps
