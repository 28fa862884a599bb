"""What is tried, and how each answer is judged."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest

from playground.core.errors import BadRequest, EndpointError, RateLimited, ServerFailed
from playground.core.events import Usage
from playground.core.judging import Came, Verdict
from playground.core.params import TABLE
from playground.core.reply import Reply
from playground.core.trials import TRIALS, Trial, body, claim_of, picture


def trial(name: str) -> Trial:
    return next(each for each in TRIALS if each.name == name)


def message(**fields: Any) -> Came:
    return Came({"choices": [{"message": {"content": "Hi"} | fields}]}, None, None)


def streamed(**fields: Any) -> Came:
    return Came(None, Reply(**fields), None)


ANSWERS: list[tuple[str, Came, Verdict]] = [
    ("chat", message(), "yes"),
    ("chat", Came({"choices": []}, None, None), "unclear"),
    ("chat", Came([], None, None), "unclear"),
    ("chat", Came({"choices": [3]}, None, None), "unclear"),
    ("temperature", message(), "yes"),
    ("usage", streamed(usage=Usage(8, None)), "yes"),
    ("usage", streamed(), "ignored"),
    ("usage", message(), "ignored"),
    ("reasoning", streamed(reasoning="Hm."), "yes"),
    ("reasoning", streamed(text="42"), "unclear"),
    ("reasoning", message(), "unclear"),
    ("logprobs", Came({"choices": [{"logprobs": {"content": [{}]}}]}, None, None), "yes"),
    ("logprobs", message(), "ignored"),
    ("structured_output", message(content='{"answer": "no"}'), "yes"),
    ("structured_output", message(content='{"answer": "maybe"}'), "ignored"),
    ("structured_output", message(content='{"answer": "no", "why": 1}'), "ignored"),
    ("structured_output", message(content="[]"), "ignored"),
    ("structured_output", message(content="Water is wet."), "ignored"),
    ("structured_output", message(content=None), "ignored"),
    ("structured_output", message(content=["odd"]), "ignored"),
    ("structured_output", Came({"choices": [{"message": "odd"}]}, None, None), "ignored"),
    ("tools", message(tool_calls=[{}]), "yes"),
    ("tools", message(), "unclear"),
    ("tools_required", message(tool_calls=[{}]), "yes"),
    ("tools_required", message(tool_calls=[]), "ignored"),
    ("vision", message(), "yes"),
]


@pytest.mark.parametrize(("name", "came", "verdict"), ANSWERS)
def test_each_answer_is_judged(name: str, came: Came, verdict: Verdict) -> None:
    assert trial(name).judge(came)[0] == verdict


def test_counts_that_a_server_leaves_out_are_unknown() -> None:
    assert trial("usage").judge(streamed(usage=Usage(8, None)))[1] == "8 in, unknown out."


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.name)
@pytest.mark.parametrize(
    ("error", "verdict", "text"),
    [
        (BadRequest("what", "hint", "the server's words", status=400), "no", "the server's words"),
        (ServerFailed("what", "hint", status=500), "no", "what"),
        (ServerFailed("what", "hint", status=503), "unclear", "what"),
        (RateLimited("what", "hint", status=429), "unclear", "what"),
    ],
)
def test_a_refusal_is_a_no_and_a_server_that_is_busy_has_said_nothing(
    each: Trial, error: EndpointError, verdict: Verdict, text: str
) -> None:
    assert each.judge(Came(None, None, error)) == (verdict, text)


def test_a_verdict_proves_an_ability_unless_it_is_unclear() -> None:
    yes, ignored = claim_of(trial("tools"), "yes"), claim_of(trial("tools"), "ignored")
    assert yes is not None
    assert ignored is not None
    assert (yes.able, yes.origin, ignored.able) == (True, "tried", False)
    assert claim_of(trial("tools"), "unclear") is None
    assert claim_of(trial("temperature"), "yes") is None


def test_a_trial_sends_its_own_fields_over_a_question_for_one_token() -> None:
    assert body(trial("seed"), "chat", "m") == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 1,
        "seed": 7,
    }
    assert body(trial("seed"), "completion", "m")["prompt"] == "The sky is"
    assert body(trial("usage"), "chat", "m")["stream"] is True
    assert "max_tokens" not in body(trial("max_completion_tokens"), "chat", "m")


def test_every_name_is_there_once_and_everything_is_json() -> None:
    names = [each.name for each in TRIALS]
    assert len(set(names)) == len(names)
    for each in TRIALS:
        json.dumps(body(each, each.modes[0], "m"))


def test_the_picture_is_a_png_that_holds_its_colour() -> None:
    png = base64.b64decode(picture(1, 2, 3, side=4).partition(",")[2])
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png[16:24] == (4).to_bytes(4, "big") * 2
    at = png.index(b"IDAT")
    length = int.from_bytes(png[at - 4 : at], "big")
    assert zlib.decompress(png[at + 4 : at + 4 + length]) == (b"\0" + bytes((1, 2, 3)) * 4) * 4
    crc = int.from_bytes(png[at + 4 + length : at + 8 + length], "big")
    assert crc == zlib.crc32(png[at : at + 4 + length])


def test_every_parameter_that_is_tried_is_one_of_the_tables() -> None:
    known = {name for param in TABLE for name in (param.wire, *param.fields)}
    tried = {name for trial in TRIALS if trial.kind == "parameter" for name in trial.fields}
    assert tried
    assert tried <= known
