"""What became of each parameter, by the body that was sent and what was told of it."""

from __future__ import annotations

from typing import Any

from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest
from playground.core.events import Adapted
from playground.core.fates import Row, fates
from playground.core.parameter import Json, Mode
from playground.core.params import Params
from playground.core.payload import Dialect, body
from playground.core.reply import Reply
from playground.core.run import Chosen, Message, Request, Run
from playground.core.servers import Server

ENDPOINT = Endpoint("t", "http://h/v1", model="m")
PLAIN = Dialect()


def rows(
    params: Params,
    *notes: Adapted,
    server: Server | None = None,
    mode: Mode = "chat",
    error: BadRequest | None = None,
    chosen: tuple[str, ...] = (),
    dialect: Dialect = PLAIN,
    **more: Any,
) -> dict[str, Row]:
    system = (Message("system", params.system_prompt),) if params.system_prompt else ()
    request = Request(ENDPOINT, (*system, Message("user", "hi")), "m", params=params, server=server, **more)
    run = Run(request, Reply(adapted=notes), error=error, chosen=Chosen(raw=dict.fromkeys(chosen)))
    sent = body(request, model="m", dialect=dialect, mode=mode)
    return {row.name: row for row in fates(run, sent, mode)}


def test_what_was_sent_as_it_was_set_says_so_and_by_whom() -> None:
    found = rows(Params(temperature=0.5, stop=("a",), system_prompt="s", mode="chat", thinking=True), chosen=("stop",))
    for name, sent in (("temperature", 0.5), ("stop", ["a"]), ("thinking", True), ("mode", "messages")):
        assert (found[name].fate, found[name].sent) == ("sent", sent), name
    assert found["system_prompt"].fate == "sent"
    assert (found["stop"].by, found["temperature"].by, found["model"].by) == ("you", "endpoint", "app")
    assert found["stream_options"].why.startswith("So that")
    assert found["messages"].sent is None


def test_what_a_server_is_known_not_to_take_is_ignored() -> None:
    found = rows(Params(top_k=5, seed=3, repetition_penalty=1.1), server="mistral")
    assert (found["top_k"].fate, found["top_k"].why) == ("ignored", "Mistral is known not to take it.")
    assert (found["seed"].fate, found["seed"].field) == ("sent", "random_seed")
    assert rows(Params(top_k=5), server="vllm")["top_k"].fate == "sent"


def test_what_was_changed_or_left_out_says_why() -> None:
    found = rows(
        Params(max_tokens=9, top_k=5, extra=Json.of({"user": "me", "other": 1})),
        Adapted("max_tokens", "Under another name."),
        Adapted("top_k", "It was left out."),
        Adapted("other", "So was this."),
        dialect=Dialect(limit="max_completion_tokens", refused=frozenset({"top_k", "other"})),
    )
    assert (found["max_tokens"].fate, found["max_tokens"].sent, found["max_tokens"].why) == (
        "changed", 9, "Under another name.",
    )  # fmt: skip
    assert (found["top_k"].fate, found["top_k"].why) == ("left out", "It was left out.")
    assert (found["user"].fate, found["other"].fate, found["other"].why) == ("sent", "left out", "So was this.")


def test_extra_that_is_not_sent_as_it_was_is_changed() -> None:
    found = rows(Params(thinking=True, extra=Json.of({"chat_template_kwargs": {"a": 1}})))
    assert found["chat_template_kwargs"].fate == "changed"


def test_a_text_completion_has_no_place_for_some() -> None:
    found = rows(
        Params(mode="completion", system_prompt="s", thinking=True, logprobs=True, json_schema=Json.of({})),
        Adapted("system_prompt", "No place."),
        mode="completion",
    )
    assert (found["mode"].fate, found["mode"].sent) == ("sent", "prompt")
    assert (found["system_prompt"].fate, found["system_prompt"].why) == ("left out", "No place.")
    assert found["thinking"].why == "A text completion has no place for it."
    assert found["logprobs"].sent == 0
    assert found["json_schema"].fate == "left out"
    assert "prompt" in found and "messages" not in found


def test_another_route_than_the_one_chosen_is_a_change() -> None:
    assert rows(Params(mode="chat"), Adapted("mode", "It knows no chat."), mode="completion")["mode"].fate == "changed"


def test_a_schema_is_in_the_response_format() -> None:
    found = rows(Params(response_format="json_schema", json_schema=Json.of({"type": "object"})))
    assert found["response_format"].sent["type"] == "json_schema"
    assert (found["json_schema"].fate, found["json_schema"].value) == ("sent", {"type": "object"})


def test_what_the_refusal_names_was_refused() -> None:
    params = Params(temperature=9, top_p=0.5, extra=Json.of({"user": "me", "other": 1}))
    by_field = rows(params, error=BadRequest("No.", "", fields=("body.temperature", "user")))
    assert [by_field[name].fate for name in ("temperature", "top_p", "user", "other")] == [
        "refused", "sent", "refused", "sent",
    ]  # fmt: skip
    by_words = rows(params, error=BadRequest("The endpoint does not take this value of “Temperature”.", ""))
    assert by_words["temperature"].why == "The endpoint does not take this value of “Temperature”."


def test_what_was_left_out_on_purpose_is_the_visitors_own() -> None:
    row = rows(Params(off=frozenset({"top_p"})))["top_p"]
    assert (row.fate, row.by, row.value) == ("left out", "you", None)


def test_counts_that_could_not_be_asked_for_are_told() -> None:
    found = rows(Params(), Adapted("stream_options", "It cannot be asked."), dialect=Dialect(usage=False))
    assert (found["stream_options"].fate, found["stream_options"].why) == ("left out", "It cannot be asked.")
    assert "stream_options" not in rows(Params(), dialect=Dialect(usage=False))


def test_stream_options_of_ones_own_are_not_the_apps() -> None:
    assert rows(Params(extra=Json.of({"stream_options": {"x": 1}})))["stream_options"].by == "endpoint"
