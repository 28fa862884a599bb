"""A server's refusal → what is sent otherwise, by the words servers use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from playground.core.adapting import Asked, adapt, explained, known_notes, other_route
from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest, EndpointError, PathNotFound, ServerFailed
from playground.core.parameter import Json, Mode
from playground.core.params import Params
from playground.core.payload import Dialect, body
from playground.core.refusal_words import mentions
from playground.core.run import Message, Request

PARAMS = Params(
    temperature=0.5, top_k=3, stop=("a",), seed=1, logprobs=True, top_logprobs=2, thinking=True,
    response_format="json_schema", json_schema=Json("{}"), extra=Json('{"n": 2, "frobnicate": true}'),
)  # fmt: skip
REQUEST = Request(
    Endpoint("test", "http://127.0.0.1:1/v1"),
    (Message("system", "be brief"), Message("user", "hi")),
    model="m",
    params=PARAMS,
)


def asked(request: Request = REQUEST, dialect: Dialect = Dialect(), mode: Mode = "chat", **params: Any) -> Asked:  # noqa: B008 - frozen
    request = replace(request, params=replace(request.params, **params))
    return Asked(request, mode, dialect, body(request, model="m", dialect=dialect, mode=mode))


def bad(said: str, *fields: str, status: int = 400) -> BadRequest:
    return BadRequest("what", "hint", said, status=status, fields=fields)


def failed(said: str) -> ServerFailed:
    return ServerFailed("what", "hint", said, status=500)


# Every way seen of saying that a field is not taken.
NOT_TAKEN = {
    "top_k: Extra inputs are not permitted": "top_k",
    "body.n: Extra inputs are not permitted; body.seed: Extra inputs are not permitted": "seed n",
    "extra fields not permitted: top_k": "top_k",
    "Unexpected fields in the request: {'frobnicate', 'stop'}": "stop frobnicate",
    "Unsupported parameter: 'seed' is not supported with this model.": "seed",
    "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.": (
        "temperature"
    ),
    "Unrecognized request argument supplied: top_k": "top_k",
    "Unrecognized request arguments supplied: stop, top_k": "top_k stop",
    "Unknown parameter: 'frobnicate'.": "frobnicate",
    "property 'seed' is unsupported, did you mean 'speed'?": "seed",
    "litellm.UnsupportedParamsError: openai does not support parameters: ['top_k'], for model=x": "top_k",
    "create() got an unexpected keyword argument 'top_k'": "top_k",
    "Additional properties are not allowed ('frobnicate' was unexpected)": "frobnicate",
    "unknown field `seed`, expected one of `model`": "seed",
    'Invalid JSON payload received. Unknown name "top_k": Cannot find field.': "top_k",
    "logprobs is not supported": "logprobs top_logprobs",
    "top_logprobs is not yet supported by this model": "top_logprobs",
    "seed is not supported": "seed",
    "enable_thinking is not supported": "chat_template_kwargs",
    "response_format 'json_schema' is not supported": "response_format",
}
# The same fields, but it is the value that is wrong, or the field is not named at all.
KEPT = [
    "temperature must be in [0, 2], got 5.",
    "temperature: Input should be less than or equal to 2",
    "Requested sample logprobs of 30, which is greater than max allowed: 20",
    "Invalid schema for response_format 'answer': 'x' is not permitted",
    "response_format: Grammar error: unsupported keyword",
    "top_k is a lovely name",
    "We had to stop, this is not supported",
    "images are not supported",
    "messages: not permitted",
    "",
]


@pytest.mark.parametrize("said", NOT_TAKEN)
def test_a_field_that_is_not_taken_is_left_out(said: str) -> None:
    change = adapt(asked(), bad(said))
    assert change is not None
    assert change.dialect == {"refused": frozenset(NOT_TAKEN[said].split())}
    assert [note.what for note in change.notes] == NOT_TAKEN[said].split()
    assert all(note.said == said and note.why for note in change.notes)


@pytest.mark.parametrize("said", KEPT)
def test_a_field_whose_value_is_wrong_or_that_is_not_named_is_not_left_out(said: str) -> None:
    assert adapt(asked(), bad(said)) is None


def test_a_field_named_beside_the_words_needs_no_words() -> None:
    change = adapt(asked(), bad("Nope.", "top_k", status=422))
    assert change is not None and change.things == {"top_k"}
    change = adapt(asked(), bad("Nope.", "response_format.json_schema"))
    assert change is not None and change.things == {"response_format"}
    assert adapt(asked(), bad("Nope.", "messages[0].content")) is None
    assert adapt(asked(), bad("Nope.", "top_p")) is None


def test_only_a_refusal_of_the_request_leaves_something_out() -> None:
    said = "top_k is not supported"
    assert adapt(asked(), bad(said, status=500)) is None
    assert adapt(asked(), failed(said)) is None
    assert adapt(asked(), EndpointError("a", "b", said)) is None
    assert adapt(asked(), PathNotFound("a", "b", said, status=404)) is None


MISTRAL = "body.stream_options.include_usage: Extra inputs are not permitted"


def test_the_wish_for_counts_is_left_out_once() -> None:
    for error in (bad(MISTRAL), bad("Nope.", "stream_options")):
        change = adapt(asked(), error)
        assert change is not None and change.dialect == {"usage": False}
    assert adapt(asked(dialect=Dialect(usage=False)), bad(MISTRAL)) is None


OPENAI = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."


@pytest.mark.parametrize(
    ("limit", "said", "fields", "then"),
    [
        ("max_tokens", OPENAI, (), "max_completion_tokens"),
        ("max_tokens", "max_tokens is deprecated, use max_completion_tokens", (), "max_completion_tokens"),
        ("max_completion_tokens", "Extra inputs are not permitted", ("max_completion_tokens",), "max_tokens"),
        ("max_tokens", "max_tokens must be positive", (), None),
        ("max_tokens", "max_tokens and max_completion_tokens must be positive", (), None),
        ("max_tokens", "max_tokens is too large: 5, not supported", (), None),
        ("max_tokens", "n is odd", (), None),
    ],
)
def test_a_limit_is_renamed_and_never_left_out(
    limit: Any, said: str, fields: tuple[str, ...], then: str | None
) -> None:
    change = adapt(asked(dialect=Dialect(limit=limit), max_tokens=5), bad(said, *fields))
    assert (change.dialect if change else None) == ({"limit": then} if then else None)


def test_a_limit_of_a_text_completion_has_one_name() -> None:
    assert adapt(asked(mode="completion", max_tokens=5), bad(OPENAI)) is None


SYSTEM_REFUSED = [
    "System role not supported",
    "The system role is not supported by this model",
    "role 'system' is not supported",
    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    "unknown variant `system`, expected one of `user`, `assistant`",
    "Invalid role: system",
    "Developer instruction is not enabled for models/gemma-3",
    "system messages are not allowed",
]


@pytest.mark.parametrize("said", SYSTEM_REFUSED)
def test_a_system_prompt_that_is_refused_goes_into_the_first_message(said: str) -> None:
    for error in (bad(said), failed(said)):
        change = adapt(asked(), error)
        assert change is not None and change.dialect == {"system": "user"}
    assert adapt(asked(dialect=Dialect(system="user")), failed(said)) is None
    assert adapt(asked(replace(REQUEST, messages=REQUEST.messages[1:])), failed(said)) is None
    assert adapt(asked(mode="completion"), failed(said)) is None


def test_a_role_that_is_demanded_is_tried_before_the_first_message() -> None:
    said = "The role 'system' is not supported. Use 'developer' instead."
    change = adapt(asked(), bad(said))
    assert change is not None and change.dialect == {"system": "developer"}
    change = adapt(asked(dialect=Dialect(system="developer")), bad("The role 'developer' is not supported."))
    assert change is not None and change.dialect == {"system": "user"}


def test_turns_that_must_alternate_are_merged_then_the_system_prompt_is_folded() -> None:
    said = "Conversation roles must alternate user/assistant/user/assistant/..."
    twice = replace(REQUEST, messages=(*REQUEST.messages, Message("user", "and")))
    change = adapt(asked(twice), failed(said))
    assert change is not None and change.dialect == {"merged": True}
    change = adapt(asked(twice, Dialect(merged=True)), failed(said))
    assert change is not None and change.dialect == {"system": "user"}
    assert adapt(asked(twice, Dialect(merged=True, system="user")), failed(said)) is None


NO_CHAT = [
    "As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template",
    "Cannot use chat template functions because tokenizer.chat_template is not set",
    "Template error: template not found",
    "This is not a chat model and thus not supported in the v1/chat/completions endpoint.",
    "The model does not support Chat Completions API",
    '"base:1b" does not support chat',
]


@pytest.mark.parametrize("said", NO_CHAT)
def test_a_model_without_a_chat_is_asked_to_complete(said: str) -> None:
    for error in (bad(said), failed(said), PathNotFound("a", "b", said, status=404)):
        assert adapt(asked(), error) == other_route(asked(), said)
    assert other_route(asked()).dialect == {"mode": "completion"}
    assert adapt(asked(mode="completion"), failed(said)) is None
    assert adapt(asked(replace(REQUEST, continue_by="prefix")), failed(said)) is None


@pytest.mark.parametrize(
    "said", ["This is a chat model and not supported in the v1/completions endpoint.", "does not support generate"]
)
def test_a_model_that_only_chats_is_asked_to(said: str) -> None:
    change = adapt(asked(mode="completion"), failed(said))
    assert change is not None and change.dialect == {"mode": "chat"}


def test_a_mode_that_was_chosen_is_kept() -> None:
    chosen = replace(REQUEST, params=replace(PARAMS, mode="chat"))
    assert adapt(asked(chosen), failed(NO_CHAT[0])) is None
    error = explained(asked(chosen), bad(NO_CHAT[0]))
    assert (error.what, error.said) == ("This model knows no chat.", NO_CHAT[0])
    other = replace(REQUEST, params=replace(PARAMS, mode="completion"))
    refused = bad("This is a chat model")
    assert explained(asked(other, mode="completion"), refused) is refused


def test_what_is_not_adapted_is_explained_by_its_name() -> None:
    error = explained(asked(), bad("temperature must be in [0, 2]"))
    assert error.what == "The endpoint does not take this value of “Temperature”."
    assert "from 0 to 2" in error.hint and error.said == "temperature must be in [0, 2]"
    error = explained(asked(), bad("Grammar error", "response_format"))
    assert "“Response format”" in error.what and "Usual" not in error.hint
    error = explained(asked(), bad("must be one", "frobnicate"))
    assert "“frobnicate”" in error.what
    for unnamed in (bad("no reason"), failed("temperature must be in [0, 2]")):
        assert explained(asked(), unnamed) is unnamed


def test_what_is_known_is_told_of_what_was_set_only() -> None:
    known = Dialect(system="user", merged=True, refused=frozenset({"top_k", "min_p"}))
    twice = replace(REQUEST, messages=(*REQUEST.messages, Message("user", "and")))
    assert [note.what for note in known_notes(twice, known, "chat")] == ["system_prompt", "turns", "top_k"]
    bare = Request(REQUEST.endpoint, (Message("user", "hi"),))
    assert known_notes(bare, known, "chat") == ()
    (note,) = known_notes(REQUEST, Dialect(system="developer"), "chat")
    assert "developer" in note.why
    modes = known_notes(REQUEST, Dialect(mode="completion"), "completion")
    assert [note.what for note in modes] == ["mode", "thinking"]
    assert known_notes(replace(bare, mode="completion"), Dialect(mode="completion"), "completion") == ()
    (note,) = known_notes(replace(bare, mode="completion"), Dialect(mode="chat"), "chat")
    assert "only knows chat" in note.why


@pytest.mark.parametrize(
    ("said", "name", "found"),
    [
        ("the 'stop' field", "stop", True),
        ("please stop this", "stop", False),
        ("stop: not permitted", "stop", True),
        ("unknown parameter stop", "stop", True),
        ("body.stop is wrong", "stop", True),
        ("nonstop: not permitted", "stop", False),
        ("max_top_k", "top_k", False),
        ("top_k too", "top_k", True),
    ],
)
def test_a_name_is_told_from_a_word(said: str, name: str, found: bool) -> None:
    assert mentions(said, name) is found
