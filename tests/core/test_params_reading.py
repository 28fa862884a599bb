"""What somebody typed → what is set, and what is wrong with it in plain words."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from playground.core.parameter import Json
from playground.core.params import TABLE, Params
from playground.core.params_json import LONGEST
from playground.core.params_reading import list_as_text, parse

# Values as they are typed, or come as JSON or TOML, and what they are.
READ: list[tuple[str, Any, Any]] = [
    ("mode", "chat", "chat"),
    ("mode", " Text completion ", "completion"),
    ("system_prompt", "  Be brief.\n", "  Be brief.\n"),
    ("temperature", "0.7", 0.7),
    ("temperature", " 0,7 ", 0.7),
    ("temperature", ".5", 0.5),
    ("temperature", "1e-1", 0.1),
    ("temperature", 0, 0),
    ("temperature", 5, 5),
    ("top_p", 1, 1),
    ("top_k", "40", 40),
    ("top_k", -1, -1),
    ("top_k", 40.0, 40),
    ("min_p", 0, 0),
    ("max_tokens", 100_000_000, 100_000_000),
    ("frequency_penalty", -3, -3),
    ("repetition_penalty", "1.1", 1.1),
    ("seed", "-9", -9),
    ("seed", 2**63 - 1, 2**63 - 1),
    ("stop", "END\r\n\\n\\n\n\\\\n\n", ("END", "\n\n", "\\n")),
    ("stop", ["a", "", "b\n"], ("a", "b\n")),
    ("logprobs", True, True),
    ("logprobs", "Off", False),
    ("thinking", "1", True),
    ("thinking", 0, False),
    ("reasoning_effort", "HIGH", "high"),
    ("reasoning_effort", "ultra", "ultra"),
    ("response_format", "JSON object", "json_object"),
    ("json_schema", {"type": "object"}, Json('{"type": "object"}')),
    ("extra", ' {"a": [1, 2.5, null, "ü"]} ', Json('{"a": [1, 2.5, null, "ü"]}')),
    ("extra", {"a": True}, Json('{"a": true}')),
]
EMPTY: tuple[object, ...] = (None, "", " \n", [], ())
DEEP: Any = {}
for _ in range(100_000):
    DEEP = {"a": DEEP}
# Values that no server can make sense of, and a part of what is said.
WRONG: list[tuple[str, Any, str]] = [
    ("mode", "talk", "Choose one of: Chat, Text completion"),
    ("mode", 3, "none of the choices"),
    ("reasoning_effort", "very much so", "Choose one of: None, Minimal"),
    ("system_prompt", 3, "no text"),
    ("system_prompt", "\ud800", "half of a character"),
    ("system_prompt", "a" * (LONGEST + 1), "too long"),
    ("temperature", "warm", "no number. Write one such as 1, or reset it"),
    ("temperature", "0.7.1", "no number"),
    ("temperature", True, "no number"),
    ("temperature", float("nan"), "no number"),
    ("temperature", "1e999", "no number"),
    ("temperature", 10**400, "no number"),
    ("temperature", [1], "no number"),
    ("temperature", -0.1, "cannot be below 0"),
    ("top_p", 1.01, "cannot be above 1"),
    ("min_p", "2", "cannot be above 1"),
    ("top_k", 1.5, "no whole number"),
    ("top_k", "1,000", "digits only"),
    ("top_k", True, "no whole number"),
    ("top_k", -2, "cannot be below -1"),
    ("max_tokens", 0, "Reset it to set no limit"),
    ("repetition_penalty", 0, "above 0"),
    ("seed", 2**63, f"cannot be above {2**63 - 1}"),
    ("seed", "x", "such as 42"),
    ("stop", 3, "no texts"),
    ("stop", [1], "no texts"),
    ("stop", ["\ud800"], "half of a character"),
    ("logprobs", "maybe", "neither on nor off"),
    ("logprobs", 0.5, "neither on nor off"),
    ("extra", '{"a": }', "line 1, column 7"),
    ("extra", '{\n "a": 1,\n}', "a comma too many"),
    ("extra", "{'a': 1}", "line 1, column 2: texts stand in double quotes"),
    ("extra", '{"a": 1', "it ends too early"),
    ("extra", '{"a": 1} b', "line 1, column 10: extra data"),
    ("extra", "[1]", "not an object"),
    ("extra", 3, "not an object"),
    ("extra", '{"a": NaN}', "a number that JSON cannot hold"),
    ("extra", '{"a": 1e999}', "a number that JSON cannot hold"),
    ("extra", '{"a":' * 30_000, "nested too deep"),
    ("extra", {"a": float("inf")}, "cannot be sent as JSON"),
    ("extra", {"a": datetime.date(2020, 1, 1)}, "cannot be sent as JSON"),
    ("extra", DEEP, "cannot be sent as JSON"),
    ("extra", {"a": "\ud800"}, "half of a character"),
    ("extra", '{"model": "x"}', "“model” cannot be set here: the model is chosen"),
    ("extra", {"messages": []}, "“messages” cannot be set here"),
    ("extra", {"prompt": "x"}, "“prompt” cannot be set here"),
    ("extra", {"stream": False}, "answers always stream"),
    ("frobnicate", 1, "There is no parameter of this name"),
]


@pytest.mark.parametrize(("name", "typed", "value"), READ)
def test_a_value_is_read_however_it_is_given(name: str, typed: Any, value: Any) -> None:
    read = parse({name: typed})
    assert read.errors == {}
    found = getattr(read.params, name)
    assert found == value and type(found) is type(value)


def short(value: object) -> str:
    return "…" if isinstance(value, dict) else repr(value)[:30]


@pytest.mark.parametrize(("name", "typed", "said"), WRONG, ids=short)
def test_what_no_server_can_make_sense_of_is_refused_in_plain_words(name: str, typed: Any, said: str) -> None:
    read = parse({name: typed, "top_p": 0.5} if name != "top_p" else {name: typed})
    assert said in read.errors[name]
    assert read.errors[name].endswith((".", "}."))
    assert read.params.to_json() in ({"top_p": 0.5}, {})


def test_json_that_is_half_of_a_character_in_escapes_is_refused() -> None:
    assert "half of a character" in parse({"extra": '{"a": "\\ud800"}'}).errors["extra"]


@pytest.mark.parametrize("param", TABLE, ids=lambda param: param.name)
def test_what_is_empty_is_left_out_on_purpose_and_what_is_absent_is_not_set(param: Any) -> None:
    for empty in EMPTY:
        read = parse({param.name: empty})
        assert (read.errors, read.params) == ({}, Params(off=frozenset({param.name})))
    assert parse({}).params == Params()


def test_what_is_unusual_is_taken_and_said() -> None:
    read = parse(
        {"temperature": 5, "frequency_penalty": -3, "top_logprobs": 30, "stop": list("abcde"), "top_k": 500, "seed": 1}
    )
    assert read.errors == {}
    assert set(read.notes) == {"temperature", "frequency_penalty", "top_logprobs", "stop"}
    assert "most servers take 0 to 2" in read.notes["temperature"]
    assert parse({"temperature": 2, "top_logprobs": 20, "stop": ["a"]}).notes == {}
    assert "Not sent" in parse({"json_schema": {}}).notes["json_schema"]


def test_what_is_wrong_only_beside_something_else_is_said() -> None:
    assert "needs a schema" in parse({"response_format": "json_schema"}).errors["response_format"]
    assert parse({"response_format": "json_schema", "json_schema": {}}).errors == {}
    assert "are off" in parse({"logprobs": False, "top_logprobs": 2}).errors["top_logprobs"]
    assert parse({"logprobs": True, "top_logprobs": 2}).errors == {}


@pytest.mark.parametrize(
    ("typed", "extra", "said"),
    [
        ({"temperature": 1}, {"temperature": 2}, "“temperature” is set as “Temperature” already"),
        ({"max_tokens": 1}, {"max_completion_tokens": 2}, "“Max tokens”"),
        ({"repetition_penalty": 1}, {"repeat_penalty": 2}, "“Repetition penalty”"),
    ],
)
def test_extra_json_sets_nothing_that_is_set_already(typed: Any, extra: Any, said: str) -> None:
    read = parse(typed | {"extra": extra})
    assert said in read.errors["extra"]
    assert read.params == parse(typed).params
    assert parse({"extra": extra}).errors == {}


def test_a_switch_inside_the_templates_arguments_can_stand_beside_others() -> None:
    assert parse({"thinking": False, "extra": {"chat_template_kwargs": {"custom": 1}}}).errors == {}


def test_stop_sequences_stand_one_a_line_and_are_read_back() -> None:
    stop = ("END", "\n\n", "\\n", "a\tb")
    assert parse({"stop": list_as_text(stop)}).params.stop == stop


def test_what_is_written_as_json_is_read_back() -> None:
    params = parse({name: typed for name, typed, _ in READ} | {"json_schema": {}, "seed": None}).params
    assert parse(params.to_json()).params == params
