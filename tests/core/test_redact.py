"""What must not be shown in somebody else's text."""

from __future__ import annotations

import pytest

from playground.core.redact import redact
from playground.core.secret import MASK, Secret


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert redact("key=hunter22, again: hunter22!", [Secret("hunter22")]) == f"key={MASK}, again: {MASK}!"


def test_a_longer_secret_is_masked_before_one_that_is_part_of_it() -> None:
    assert redact("abcd-efgh", [Secret("abcd"), Secret("abcd-efgh")]) == MASK


def test_a_secret_too_short_to_be_one_garbles_no_text() -> None:
    assert redact("a banana", [Secret("a"), Secret("")]) == "a banana"


@pytest.mark.parametrize(
    "key",
    [
        "sk-abcdefghijkl",
        "sk-proj-abc_def-123456",
        "hf_abcdefghijkl",
        "gsk_abcdefghijkl",
        "nvapi-abcdefghijkl",
        "ghp_abcdefghijkl",
        "AIzaSyA1234567890abcdefghij",
        "AKIAABCDEFGHIJKLMNOP",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    ],
)
def test_what_looks_like_a_key_is_masked(key: str) -> None:
    shown = redact(f"Incorrect API key provided: {key}. See the docs.")
    assert key not in shown
    assert shown.startswith("Incorrect API key provided: ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abcdef123", f"Authorization: Bearer {MASK}"),
        ("Basic dXNlcjpwYXNz", f"Basic {MASK}"),
        ('{"api_key": "abcdef"}', f'{{"api_key": "{MASK}"}}'),
        ("?api-key=abcdef&x=1", f"?api-key={MASK}&x=1"),
        ("password: hunter2", f"password: {MASK}"),
        ("http://me:pass@host/v1", f"http://me:{MASK}@host/v1"),
        ("http://host:8000/v1", "http://host:8000/v1"),
        ("no secret here, the bearer of news", "no secret here, the bearer of news"),
    ],
)
def test_what_is_called_a_secret_is_masked_and_the_rest_stays(text: str, shown: str) -> None:
    assert redact(text) == shown
