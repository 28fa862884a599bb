"""What must not be shown in somebody else's text."""

from __future__ import annotations

import time

import pytest

from playground.core import redact as module
from playground.core.redact import redact, without
from playground.core.secret import MASK, Secret


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert redact("key=hunter22, again: hunter22!", [Secret("hunter22")]) == f"key={MASK}, again: {MASK}!"


def test_a_longer_secret_is_masked_before_one_that_is_part_of_it() -> None:
    assert redact("abcd-efgh", [Secret("abcd"), Secret("abcd-efgh")]) == MASK


def test_a_secret_too_short_to_be_one_garbles_no_text() -> None:
    assert redact("a banana", [Secret("a"), Secret("")]) == "a banana"


def test_bytes_lose_known_secrets_and_nothing_else() -> None:
    data = b'hunter22, "hunter22-\\"x\\"", sk-abcdefghijkl'
    made = without(data, [Secret("hunter22"), Secret('hunter22-"x"'), Secret("a")])
    assert made == f'{MASK}, "{MASK}", sk-abcdefghijkl'.encode()


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


# For each shape, in the table's order, beginnings that it might go on from: one that is a secret but for its end above
# all. Repeated, each of them is looked at; what is looked at for one must not be most of the text.
BEGINNINGS = (
    ("sk-", "sk-a", "sk-aaaaaaa ", "sk-*"),
    ("hf_", "hf-a", "gsk_-", "--hf-", "github_pat_ "),
    ("AIza", "AIza-", "AIzaa "),
    ("AKIA", "ASIAA", "AKIA "),
    ("eyJ-", "eyJ_", "-eyJ", "eyJaaaaaaaa", "eyJaaaaaaaa.", "eyJaaaaaaaa.b.", "eyJaaaaaaaa.bbbbbbbb", "eyJ.", ".eyJ-"),
    ("bearer ", "Bearer a", "bearer  "),
    ("basic ", "basic a", "Basic aaaaaaa-"),
    ("cookie: ", "cookie:", "cookie:\n"),
    ("://", "://a", "://:", "://a:b", "://a:b ", "://a:://", ":" * 3, "://" + "a" * 100, "://a:" + "b" * 200),
)  # fmt: skip
# The same for what stands behind a name.
NAMED = (
    *(
        "secret",
        "secret ",
        "secret=",
        "secret: ",
        "_secret:",
        "api-key",
        "secret=\"'",
        "password = bearer ",
        "secret\t",
    ),
    *(
        "token",
        "token ",
        "token:",
        "hf_token = ",
        "token=<",
        "token=aaaaaaa<",
        "_api_token",
        "secret=[",
        'secret=("',
        "jwt=f(",
    ),
    *("--", "--token", "--token ", '--api-key="', "--password  ", "--token a ", '--token "aaaa" ', "-key', "),
    *('secret=\\"', "secret='\\", "key.", "a-key.", "api key: "),
)
CHARACTERS = 120_000


def spent(text: str) -> float:
    """Seconds of this process, of the quickest of a few."""

    def once() -> float:
        began = time.process_time()
        redact(text)
        return time.process_time() - began

    return min(once() for _ in range(3))


def test_every_shape_is_tried_for_how_long_it_takes() -> None:
    assert len(BEGINNINGS) == len(module._SHAPES)
    for openings, (signs, _) in zip(BEGINNINGS, module._SHAPES, strict=True):
        joined = " ".join(each * 2 for each in openings).lower()
        assert any(sign in joined for sign in signs)


@pytest.mark.parametrize("beginning", [each for openings in (*BEGINNINGS, NAMED) for each in openings])
def test_no_text_takes_longer_than_its_length_says(beginning: str) -> None:
    # All shapes are looked for in both. A time that grew with the square would be more than a hundred times this one.
    signs = " ".join(signs[0] for signs, _ in module._SHAPES)
    usual = spent(f"{signs} {'word ' * (CHARACTERS // 5)}")
    assert spent(f"{signs} {beginning * (CHARACTERS // len(beginning))}") < 25 * usual + 0.02


def test_a_token_of_three_parts_is_masked_after_whatever_else_stands_before_it() -> None:
    token = "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl"
    for before in ("", " ", "=", '"', ":", "."):
        assert token not in redact(f"x {before}{token} y")
