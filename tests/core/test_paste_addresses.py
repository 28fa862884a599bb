"""Addresses as people paste them."""

from __future__ import annotations

import pytest

from playground.core.paste import read
from playground.core.paste.addresses import LONGEST, find_address, read_address
from playground.core.secret import Secret


@pytest.mark.parametrize(
    ("pasted", "base_url"),
    [
        ("host:8000", "http://host:8000"),
        ("https://x/", "https://x"),
        ("https://x.example/v1", "https://x.example/v1"),
        ("https://x.example/v1/", "https://x.example/v1"),
        ("https://x.example/v1/chat/completions", "https://x.example/v1"),
        ("https://x.example/v1/completions", "https://x.example/v1"),
        ("https://x.example/v1/models", "https://x.example/v1"),
        ("https://x.example/v1/models/org/m", "https://x.example"),
        ("https://x.example/v1/audio/speech", "https://x.example/v1"),
        ("https://x.example/openai/v1", "https://x.example/openai/v1"),
        ("http://x:8000/health", "http://x:8000"),
        ("http://x:8000/docs#/default", "http://x:8000"),
        ("http://x:11434/api/chat", "http://x:11434"),
        (" \t https://x.example/v1 \r\n", "https://x.example/v1"),
        ('"https://x.example/v1",', "https://x.example/v1"),
        ("<https://x.example/v1/>.", "https://x.example/v1"),
        ("(https://x.example/v1)", "https://x.example/v1"),
        ("`https://x.example/v1`;", "https://x.example/v1"),
        ("\ufeff“https://x.example/v1”\u200b", "https://x.example/v1"),
        ("http:/x.example/v1", "http://x.example/v1"),
        ("http:x.example/v1", "http://x.example/v1"),
        ("https//x.example/v1", "https://x.example/v1"),
        ("https;//x.example/v1", "https://x.example/v1"),
        ("https:\\\\x.example/v1", "https://x.example/v1"),
        ("htps://x.example/v1", "https://x.example/v1"),
        ("ttp://x.example/v1", "http://x.example/v1"),
        ("http://https://x.example/v1", "https://x.example/v1"),
        ("HTTPS://x.example/v1", "https://x.example/v1"),
        ("https:// x.example : 8443 / v1", "https://x.example:8443/v1"),
        ("POST https://x.example/v1/completions HTTP/1.1", "https://x.example/v1"),
        ("8000", "http://localhost:8000"),
        (":8000", "http://localhost:8000"),
        ("port 8000", "http://localhost:8000"),
        (":8000/v1", "http://localhost:8000/v1"),
        ("[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("2001:db8::1", "http://[2001:db8::1]"),
        ("[::]:8000", "http://localhost:8000"),
        ("0.0.0.0:8000", "http://localhost:8000"),
        ("http://0.0.0.0:8000/v1", "http://localhost:8000/v1"),
        ("10.1.2.3/v1", "http://10.1.2.3/v1"),
        ("x.example", "https://x.example"),
        ("localhost", "http://localhost"),
        ("https://x.example/v1?api-version=1", "https://x.example/v1"),
        ("https://me:hunter22@x.example/v1", "https://x.example/v1"),
        ("me:hunter22@x.example:8000/v1", "http://x.example:8000/v1"),
    ],
)
def test_an_address_becomes_a_base_url(pasted: str, base_url: str) -> None:
    found = read_address(pasted)
    assert found.base_url == base_url
    assert "hunter22" not in repr(found)


@pytest.mark.parametrize(
    ("pasted", "mode"),
    [
        ("https://x.example/v1/chat/completions", "chat"),
        ("https://x.example/v1/completions/", "completion"),
        ("https://x.example/v1/chat/completions?a=b", "chat"),
        ("https://x.example/v1", None),
    ],
)
def test_a_route_tells_the_mode(pasted: str, mode: str | None) -> None:
    assert read(pasted).mode == mode


def test_a_deployments_path_names_the_model_and_its_query_is_not_kept() -> None:
    pasted = read("https://r.example/openai/deployments/gpt-x/chat/completions?api-version=2024-10-21")
    assert (pasted.base_url, pasted.model) == ("https://r.example/openai/deployments/gpt-x", "gpt-x")
    assert any("api-version" in note and "2024" not in note for note in pasted.notes)


@pytest.mark.parametrize("query", ["key=hunter22hunter", "a=b&api-key=hunter22hunter#x"])
def test_a_key_in_the_query_is_taken_as_the_key(query: str) -> None:
    pasted = read(f"https://x.example/v1?{query}")
    assert (pasted.base_url, pasted.key) == ("https://x.example/v1", Secret("hunter22hunter"))
    assert "hunter22" not in repr(pasted)


@pytest.mark.parametrize(
    "query", ["hunter22", "&".join(["hunter22=hunter22"] * 60), "key=EMPTY", "sk-hunter22hunter=1"]
)
def test_a_query_that_is_no_key_is_left_out_and_not_repeated(query: str) -> None:
    pasted = read(f"https://x.example/v1?{query}")
    assert (pasted.base_url, pasted.key) == ("https://x.example/v1", None)
    assert any("question mark" in note for note in pasted.notes)
    assert "sk-hunter" not in repr(pasted)


@pytest.mark.parametrize(
    "pasted",
    ["https://<your-endpoint>.example/v1", "https://{endpoint}/v1", "$BASE_URL/v1/chat/completions", "${BASE}/v1",
     "https://YOUR-ENDPOINT.example/v1", "https://%ENDPOINT%/v1", "https://inference-xxxxx.example/v1"],
)  # fmt: skip
def test_an_address_that_is_a_pattern_is_none_and_is_said(pasted: str) -> None:
    found = read_address(pasted)
    assert found.base_url is None
    assert "replaced" in found.notes[0]


@pytest.mark.parametrize("pasted", ["http://", "https://ho|st/v1", "ftp://x.example", "http://host:99999", "x" * 5000, "http://[::1",
                                    "http://a]b/v1"])  # fmt: skip
def test_what_is_no_address_has_a_note(pasted: str) -> None:
    found = read_address(pasted)
    assert found.base_url is None
    assert found.notes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://x.example/v1.", "https://x.example/v1"),
        ("at localhost:8000/v1, now", "localhost:8000/v1"),
        ("INFO: Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C)", "http://0.0.0.0:8000"),
        ("it is at 10.0.0.1:80", "10.0.0.1:80"),
        ("nothing here", None),
    ],
)
def test_an_address_is_found_among_words(text: str, found: str | None) -> None:
    assert find_address(text) == found


def test_a_very_long_line_is_no_address() -> None:
    assert read("http://x/" + "y" * LONGEST).base_url is None
