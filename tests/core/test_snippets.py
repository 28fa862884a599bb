"""The pieces of a program. That each runs and sends the same is in `tests/adapters/test_snippets.py`."""

from __future__ import annotations

import ast
import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI

from playground.core.params import client_arguments
from playground.core.snippets import ANY_KEY, call_of, key_variable, snippets
from playground.core.snippets_literals import as_javascript, as_json, as_python

URL = "http://h:8000/v1/chat/completions"
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def text(id: str, **body: Any) -> str:
    call = call_of(URL, body, key=True, headers=())
    return next(each["text"] for each in snippets(call) if each["id"] == id)


@given(JSON)
def test_any_json_comes_back_from_its_literals(value: Any) -> None:
    assert json.loads(as_json(value)) == value
    assert ast.literal_eval(as_python(value)) == value


@given(st.text())
def test_nothing_that_cannot_be_seen_stands_in_a_program(said: str) -> None:
    for made in (as_json(said), as_python(said), as_javascript(said)):
        assert all(char.isprintable() or char == "\n" for char in made)


def test_half_a_surrogate_pair_stays_one() -> None:
    half = "\ud800 and \udc00"
    assert json.loads(as_json(half)) == half and ast.literal_eval(as_python(half)) == half
    for made in (as_json(half), as_python(half), as_javascript(half)):
        assert made.isascii()


def test_lines_of_a_text_stand_below_one_another() -> None:
    assert as_python({"a": "one\ntwo\n"}) == '{\n    "a": (\n        "one\\n"\n        "two\\n"\n    ),\n}'
    assert as_javascript("one\ntwo") == '"one\\n" +\n  "two"'
    assert as_python("no line") == '"no line"'
    assert as_python("\n") == '"\\n"'


def test_short_lists_stand_on_one_line_and_long_ones_do_not() -> None:
    assert as_python(["a", "b"]) == '["a", "b"]' and as_javascript([1, None, True]) == "[1, null, true]"
    assert as_python(["a" * 70]) == f'[\n    "{"a" * 70}",\n]'
    assert as_javascript(["a" * 70]) == f'[\n  "{"a" * 70}",\n]'
    assert as_python([]) == as_javascript([]) == "[]" and as_python({}) == as_javascript({}) == "{}"


def test_a_field_that_would_be_an_objects_kind_stays_a_field() -> None:
    assert as_javascript({"__proto__": 1, "a-b": 2, "c": 3}) == '{\n  ["__proto__"]: 1,\n  "a-b": 2,\n  c: 3,\n}'


def test_a_program_asks_for_no_variable_where_nothing_is_secret() -> None:
    made = snippets(call_of(URL, {"model": "m"}, key=False, headers=()))
    for each in made:
        assert "environ" not in each["text"] and "process.env" not in each["text"] and "$" not in each["text"][:200]


def test_numbers_that_javascript_would_round_are_kept() -> None:
    assert as_javascript(2**53) == str(2**53)
    assert as_javascript(-(2**60)) == f'JSON.rawJSON("-{2**60}")'


@pytest.mark.parametrize(
    ("url", "variable"),
    [
        ("https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("https://inference-1.platform.flex.ai/v1", "FLEXAI_API_KEY"),
        ("https://notflex.ai/v1", ANY_KEY),
        ("http://localhost:8000/v1", ANY_KEY),
        ("nothing", ANY_KEY),
    ],
)
def test_a_key_of_openais_stands_only_where_openai_is_asked(url: str, variable: str) -> None:
    assert key_variable(url) == variable


def test_headers_have_variables_of_their_own_that_are_no_other_programs() -> None:
    call = call_of(URL, {}, key=True, headers=("Path", "x-a", "X.A", "x_a", "We`ird$"))
    assert [variable for _, variable in call.headers] == [
        "HEADER_PATH", "HEADER_X_A", "HEADER_X_A_", "HEADER_X_A__", "HEADER_WE_IRD_",
    ]  # fmt: skip
    curl = snippets(call)[0]["text"]
    assert "-H 'We`ird$: '\"$HEADER_WE_IRD_\"" in curl
    assert call.variables[0] == ANY_KEY


def test_an_authorization_of_the_endpoints_own_takes_the_keys_place() -> None:
    call = call_of(URL, {}, key=True, headers=("authorization",))
    assert call.key is None and call.variables == ("HEADER_AUTHORIZATION",)
    assert "Bearer $" not in snippets(call)[0]["text"]


def test_the_route_is_told_from_the_address() -> None:
    chat, completion = (call_of(url, {}, key=False, headers=()) for url in (URL, "http://h/v1/completions"))
    assert (chat.mode, chat.base_url) == ("chat", "http://h:8000/v1")
    assert (completion.mode, completion.base_url) == ("completion", "http://h/v1")


@pytest.mark.parametrize("mode", ["chat", "completion"])
def test_what_is_said_to_be_an_argument_is_one_of_openais_client(mode: Any) -> None:
    client = OpenAI(api_key="none")
    create = client.chat.completions.create if mode == "chat" else client.completions.create
    assert client_arguments(mode) <= set(inspect.signature(create).parameters)
    client.close()


def test_what_openais_client_does_not_know_goes_beside() -> None:
    made = text("python-openai", model="m", temperature=0.5, top_k=3, chat_template_kwargs={"enable_thinking": False})
    assert "    temperature=0.5,\n" in made
    assert '    extra_body={\n        "top_k": 3,\n' in made


def test_a_body_too_long_for_an_argument_goes_in_by_the_input() -> None:
    made = text("curl", prompt="it's " * 30_000)
    assert "--data-binary @- <<'JSON'\n{" in made and made.endswith("}\nJSON\n")
