"""Addresses as people paste them → base URLs."""

from __future__ import annotations

import pytest

from playground.core.endpoint import Endpoint, candidates, may_sleep, origin, parse_base_url
from playground.core.errors import SettingsError
from playground.core.secret import Secret


@pytest.mark.parametrize(
    ("pasted", "base_url"),
    [
        ("http://localhost:8000/v1", "http://localhost:8000/v1"),
        (" http://localhost:8000/v1/ ", "http://localhost:8000/v1"),
        ("HTTPS://Host.example/v1", "https://Host.example/v1"),
        ("https://host.example", "https://host.example"),
        ("https://host.example/v1/chat/completions", "https://host.example/v1"),
        ("https://host.example/v1/chat/completions/", "https://host.example/v1"),
        ("https://host.example/v1/completions", "https://host.example/v1"),
        ("https://host.example/v1/models", "https://host.example/v1"),
        ("https://host.example/models", "https://host.example"),
        ("https://host.example/v1beta/openai/chat/completions", "https://host.example/v1beta/openai"),
        ("https://host.example/v1#chat", "https://host.example/v1"),
        ("localhost", "http://localhost"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1/v1", "http://127.0.0.1/v1"),
        ("10.1.2.3:8000/v1", "http://10.1.2.3:8000/v1"),
        ("gpu-box:8000", "http://gpu-box:8000"),
        ("host.example", "https://host.example"),
        ("host.example:443/v1", "https://host.example:443/v1"),
        ("[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("[2001:db8::1]", "http://[2001:db8::1]"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_what_people_paste_becomes_a_base_url(pasted: str, base_url: str) -> None:
    assert parse_base_url(pasted) == base_url


@pytest.mark.parametrize(
    "pasted",
    ["", "  ", "http://", "ftp://host/v1", "http://host:port/v1", "http://host:99999", "my host", "http://[::1", "::1",
     "http://ho\x00st/v1"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(pasted: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_base_url(pasted)
    assert "http" in refused.value.hint


@pytest.mark.parametrize(
    "pasted",
    [
        "http://me:hunter22@host/v1",
        "me:hunter22@host/v1",
        "http://hunter22@host/v1",
        "http://me:hunter22@ho st/v1",
        "https://host/v1?key=hunter22",
        "https://host:port/v1?key=hunter22",
    ],
)
def test_what_may_be_a_secret_is_refused_and_not_repeated(pasted: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_base_url(pasted)
    assert "hunter22" not in refused.value.what + refused.value.hint
    assert refused.value.what.startswith("The endpoint's URL")


@pytest.mark.parametrize(
    ("base_url", "tried"),
    [
        ("http://h", ("http://h/v1", "http://h")),
        ("http://h/api", ("http://h/api/v1", "http://h/api")),
        ("http://h/v1", ("http://h/v1", "http://h")),
        ("http://h/v1beta/openai", ("http://h/v1beta/openai", "http://h/v1beta/openai/v1")),
        ("http://h/v4", ("http://h/v4", "http://h/v4/v1")),
    ],
)
def test_the_likelier_address_is_tried_first_and_the_other_next(base_url: str, tried: tuple[str, ...]) -> None:
    assert candidates(base_url) == tried


def test_an_endpoint_shows_no_key() -> None:
    assert "sk-secret" not in repr(Endpoint("name", "http://h/v1", key=Secret("sk-secret")))


def test_an_endpoints_secrets_are_its_key_and_its_headers_values() -> None:
    headers = (("x-team", Secret("t")),)
    assert Endpoint("name", "http://h/v1").secrets == ()
    assert Endpoint("name", "http://h/v1", key=Secret("k"), headers=headers).secrets == (Secret("k"), Secret("t"))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://Host.example/v1", ("http", "host.example", 80)),
        ("https://host.example:8443/v1", ("https", "host.example", 8443)),
        ("https://[::1]/", ("https", "::1", 443)),
        ("file:///etc", ("file", "", None)),
    ],
)
def test_a_secrets_place_is_a_scheme_a_host_and_a_port(url: str, place: tuple[str, str, int | None]) -> None:
    assert origin(url) == place


@pytest.mark.parametrize(
    ("url", "sleeps"),
    [
        ("https://inference-0a1b-2c3d.platform.flex.ai/v1", True),
        ("https://inference-0a1b-2c3d.flex.ai", True),
        ("https://api.flex.ai/v1", False),
        ("https://inference-x.flex.ai.example.org/v1", False),
        ("http://localhost:8000/v1", False),
    ],
)
def test_a_dedicated_endpoint_of_flexai_may_sleep_and_another_is_not_taken_for_one(url: str, sleeps: bool) -> None:
    assert may_sleep(url) is sleeps


def test_an_endpoints_secrets_are_its_key_and_its_headers() -> None:
    key, header = Secret("sk-key"), Secret("value")
    assert Endpoint("x", "http://h", key, headers=(("x-a", header),)).secrets == (key, header)
    assert Endpoint("x", "http://h").secrets == ()


def test_an_endpoint_is_called_by_its_title_where_its_name_is_only_an_id() -> None:
    assert Endpoint("typed-1", "http://h", title="Mine").label == "Mine"
    assert Endpoint("Ours", "http://h").label == "Ours"
