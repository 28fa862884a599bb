"""The steps of a check: order, words, and what an answer means for each."""

from __future__ import annotations

import pytest

from playground.core.capabilities import Capabilities, Claim, only
from playground.core.checks import (
    STEPS,
    Checked,
    Step,
    StepName,
    bases,
    failed,
    key_step,
    known_mode,
    models_step,
    modes,
    no_chat,
    other_mode_may,
    skipped_after,
    small_body,
    step_of,
    tried,
    view,
)
from playground.core.details import Details, Model
from playground.core.endpoint import Endpoint
from playground.core.errors import (
    BadRequest,
    EndpointError,
    NameNotFound,
    NotAnEndpoint,
    PathNotFound,
    RateLimited,
    ServerFailed,
    TLSFailed,
    Unauthorized,
)
from playground.core.parameter import Mode
from playground.core.secret import Secret

URL = "http://h/v1"
NO_KEY = Endpoint("e", URL)
KEY = Endpoint("e", URL, key=Secret("sk-test-test"))


def details(*models: Model) -> Details:
    return Details(URL, "running", models)


def test_the_steps_after_one_that_failed_are_not_reached() -> None:
    assert [step.name for step in skipped_after("tls")] == ["key", "models", "token"]
    assert not list(skipped_after("token"))
    assert {step.outcome for step in skipped_after("name")} == {"skipped"}


def test_a_failed_step_has_the_errors_words() -> None:
    step = failed("name", NameNotFound("what", "hint", "said", status=404), 0.5)
    assert step == Step("name", "failed", "what", "hint", "said", 0.5, 404)
    assert step.label == "Name"


def test_a_panel_gets_plain_values_and_no_addresses() -> None:
    shown = view(Step("name", "ok", "known", addresses=("10.0.0.1",)))
    assert "10.0.0.1" not in str(shown)
    assert shown["label"] == "Name"


@pytest.mark.parametrize(
    ("error", "name"),
    [(TLSFailed("", ""), "tls"), (Unauthorized("", ""), "key"), (NotAnEndpoint("", ""), "models")],
)
def test_an_answers_error_belongs_to_a_step(error: EndpointError, name: StepName) -> None:
    assert step_of(error) == name


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ("http://h:1", ("http://h:1/v1", "http://h:1")),
        ("http://h/v1", ("http://h/v1", "http://h")),
        ("http://h/v1/v1", ("http://h/v1/v1", "http://h/v1")),
        ("http://h/v1/chat", ("http://h/v1/chat", "http://h/v1/chat/v1", "http://h/v1")),
        ("http://h/ui", ("http://h/ui/v1", "http://h/ui", "http://h/v1")),
        ("http://h/v1beta/openai", ("http://h/v1beta/openai", "http://h/v1beta/openai/v1", "http://h/v1beta", "http://h/v1")),
    ],
)  # fmt: skip
def test_an_address_that_is_not_quite_right_is_found(given: str, places: tuple[str, ...]) -> None:
    assert bases(given) == places


def test_a_key_is_taken_where_there_is_a_list() -> None:
    assert key_step(KEY, details(Model("m")), listed=True, seconds=1).text == "The key is taken."
    assert key_step(KEY, details(), listed=True, seconds=1).text == "The key is not refused."
    assert key_step(KEY, details(), listed=False, seconds=1).outcome == "skipped"
    assert "none was asked for" in key_step(NO_KEY, details(), listed=True, seconds=1).text
    assert key_step(NO_KEY, details(), listed=False, seconds=1).text == "No key is set."


def test_a_list_names_the_model_that_is_used() -> None:
    assert models_step(NO_KEY, details(Model("m")), status=200, seconds=1).text == "One model is listed; m is used."
    two = details(Model("m"), Model("n"))
    assert models_step(NO_KEY, two, status=200, seconds=1).text == "2 models are listed; m is used."
    named = Endpoint("e", URL, model="n")
    assert models_step(named, two, status=200, seconds=1).text == "2 models are listed; n is used."
    other = models_step(Endpoint("e", URL, model="other"), two, status=200, seconds=1)
    assert (other.outcome, "none of them" in other.text) == ("ok", True)


def test_no_list_is_no_failure_and_says_what_to_do() -> None:
    empty = models_step(NO_KEY, details(), status=200, seconds=1)
    assert (empty.outcome, "empty" in empty.text, "name the model" in empty.hint) == ("ok", True, True)
    assert models_step(Endpoint("e", URL, model="m"), details(), status=200, seconds=1).hint == ""
    missing = models_step(NO_KEY, details(), status=404, seconds=1)
    assert (missing.outcome, missing.hint) == ("skipped", "Name the model yourself.")
    assert "API key" in models_step(NO_KEY, details(), status=500, seconds=1).hint
    assert "API key" not in models_step(KEY, details(), status=500, seconds=1).hint
    assert models_step(Endpoint("e", URL, KEY.key, "m"), details(), status=404, seconds=1).hint == ""


def test_a_chat_is_tried_first_unless_the_server_says_that_there_is_none() -> None:
    def model(*claims: Claim) -> Details:
        return details(Model("m", capabilities=Capabilities(claims)))

    no_chat_said = Claim("chat", able=False, origin="said", source="")
    assert modes(model(), "m") == ("chat", "completion")
    assert modes(model(*only("embeddings", "guessed", "")), "m") == ("chat", "completion")
    assert modes(model(no_chat_said), "m") == ("completion", "chat")
    assert modes(Details(URL, "running", routes=Capabilities((no_chat_said,))), "m") == ("completion", "chat")


@pytest.mark.parametrize("mode", ["chat", "completion"])
def test_one_token_is_asked_for_and_nothing_else_is_set(mode: Mode) -> None:
    body = small_body(mode, "m")
    assert set(body) == {"model", "messages" if mode == "chat" else "prompt", "max_tokens", "stream"}
    assert "max_tokens" not in small_body(mode, "m", limit=False)


@pytest.mark.parametrize(
    ("error", "may"),
    [
        (PathNotFound("", ""), True),
        (BadRequest("", ""), True),
        (ServerFailed("", "", status=501), True),
        (ServerFailed("", "", status=503), False),
        (RateLimited("", ""), False),
        (Unauthorized("", ""), False),
    ],
)
def test_the_other_way_of_asking_is_tried_where_it_may_help(error: EndpointError, may: bool) -> None:
    assert other_mode_may(error) is may


def test_what_an_endpoint_is_for_is_said_plainly() -> None:
    error = no_chat("transcription", "trying")
    assert "only turns speech into text" in error.what
    assert tried("embeddings", able=True).origin == "tried"


def test_an_endpoint_works_when_a_model_has_answered() -> None:
    assert not Checked(NO_KEY, details()).works
    assert Checked(NO_KEY, details(), "m", "chat").works


def test_every_step_has_a_limit_of_its_own() -> None:
    assert all(row.seconds > 0 for row in STEPS.values())


@pytest.mark.parametrize(
    ("claims", "mode"),
    [
        ((), None),
        ((Claim("chat", able=True, origin="guessed", source="its name"),), None),
        ((Claim("chat", able=True, origin="said", source="the list"),), "chat"),
        ((Claim("chat", able=False, origin="tried", source="a request"),), None),
        (
            (
                Claim("chat", able=False, origin="said", source="the list"),
                Claim("completion", able=True, origin="said", source="the list"),
            ),
            "completion",
        ),
    ],
)
def test_a_model_is_asked_the_way_that_is_known(claims: tuple[Claim, ...], mode: Mode | None) -> None:
    details = Details("http://h/v1", "running", (Model("m", capabilities=Capabilities(claims)),))
    assert known_mode(details, "m") == known_mode(details, None) == mode


def test_of_a_model_that_is_not_listed_nothing_is_known() -> None:
    assert known_mode(None, "m") is None
    assert known_mode(Details("http://h/v1", "running"), "m") is None
