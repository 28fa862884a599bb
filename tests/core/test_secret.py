"""A value that must not be shown."""

from __future__ import annotations

import json
import logging
import pickle

import pytest

from playground.core.secret import MASK, Secret

KEY = "sk-very-secret"


def test_a_secret_is_masked_however_it_is_printed() -> None:
    secret = Secret(KEY)
    for shown in (
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>20}",
        f"{secret:>20}",
        f"{[secret]}",
    ):
        assert KEY not in shown
        assert MASK in shown


def test_a_secret_reveals_itself_only_when_asked() -> None:
    assert Secret(KEY).reveal() == KEY


def test_a_secret_cannot_be_serialised() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        json.dumps({"key": Secret(KEY)})


def test_a_secret_never_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("playground").warning("the key is %s, %r", Secret(KEY), Secret(KEY))
    assert KEY not in caplog.text
    assert MASK in caplog.text


def test_secrets_are_equal_when_their_values_are() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY)}) == 1


def test_a_forgotten_secret_reveals_nothing_wherever_it_is_held() -> None:
    secret = Secret("sk-1")
    held = (secret,)
    secret.forget()
    assert held[0].reveal() == ""
    assert str(secret) == MASK
