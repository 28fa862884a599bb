"""The table of parameters, what is set, and one layer of it over another."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from playground.core.parameter import Json
from playground.core.params import BY_NAME, NOTHING_SET, TABLE, Params, label_of
from playground.core.servers import NAMES, Server, Taker


def test_every_field_but_the_one_for_what_is_left_out_is_a_line_of_the_table() -> None:
    assert [param.name for param in TABLE] == [each.name for each in dataclasses.fields(Params) if each.name != "off"]
    assert all(getattr(NOTHING_SET, param.name) is None for param in TABLE)
    assert NOTHING_SET.to_json() == {}


@pytest.mark.parametrize("param", TABLE, ids=lambda param: param.name)
def test_every_line_says_what_it_is_in_plain_words(param: object) -> None:
    line = BY_NAME[getattr(param, "name")]  # noqa: B009 - the type of a parametrised value is not known
    assert line.label and line.help.endswith(".")
    assert line.wire or line.sent
    assert bool(line.choices) == (line.kind == "choice")
    assert set(line.takes) | set(line.named) <= set(get_args(Taker))
    if line.low is not None and line.high is not None and line.kind in ("number", "integer"):
        assert line.low < line.high and line.step


def test_every_server_that_can_be_told_apart_has_a_name_to_be_shown_by() -> None:
    assert {"openai", *get_args(Server)} == set(NAMES)


def test_what_is_set_cannot_be_changed_and_is_one_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(NOTHING_SET, "seed", 1)  # noqa: B010 - the type checker knows that it cannot be set
    assert hash(Params(extra=Json('{"a": 1}'))) == hash(Params(extra=Json('{"a": 1}')))


def test_it_is_plain_json_by_name() -> None:
    params = Params(temperature=0.0, stop=("a", "b"), extra=Json('{"a": 1}'), logprobs=False, off=frozenset({"seed"}))
    assert params.to_json() == {
        "temperature": 0.0,
        "seed": None,
        "stop": ["a", "b"],
        "logprobs": False,
        "extra": '{"a": 1}',
    }


def test_what_is_set_wins_over_what_is_below_and_what_is_left_out_stays_out() -> None:
    below = Params(temperature=0.5, seed=1, top_k=3)
    mine = Params(temperature=0.0, top_p=0.9, off=frozenset({"seed"}))
    assert mine.over(below) == Params(temperature=0.0, top_p=0.9, top_k=3, off=frozenset({"seed"}))
    assert mine.without("temperature", "seed").over(below) == Params(temperature=0.5, top_p=0.9, seed=1, top_k=3)


def test_extra_json_and_fields_win_over_each_other_by_layer() -> None:
    assert Params(extra=Json('{"temperature": 1}')).over(Params(temperature=0.5)).temperature is None
    below = Params(extra=Json('{"temperature": 1, "ignore_eos": true}'))
    assert Params(temperature=0.5).over(below) == Params(temperature=0.5, extra=Json('{"ignore_eos": true}'))
    assert Params(temperature=0.5).over(Params(extra=Json('{"temperature": 1}'))).extra is None
    assert Params(seed=1).over(below).extra == below.extra
    assert Params(extra=Json("{}")).over(below).extra == Json("{}")


def test_a_field_of_the_body_has_the_label_of_its_line() -> None:
    assert label_of("repeat_penalty") == label_of("repetition_penalty") == "Repetition penalty"
    assert label_of("max_completion_tokens") == "Max tokens"
    assert label_of("chat_template_kwargs") == "Thinking"
    assert label_of("system_prompt") == "System prompt"
    assert label_of("frobnicate") == "frobnicate"
