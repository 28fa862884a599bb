"""What a look at an endpoint comes to: exit codes and the document."""

from __future__ import annotations

import json

import pytest

from playground.core.checks import STEPS, Checked, Step
from playground.core.details import Details, Model
from playground.core.diagnosis import EXITS, Ending, document, ending
from playground.core.endpoint import Endpoint
from playground.core.errors import NoChat, Refused, Unauthorized
from playground.core.secret import Secret
from playground.core.trials import Tried

KEY = "sk-the-endpoints-own-key"
ENDPOINT = Endpoint("e", "http://h/v1", key=Secret(KEY))
DETAILS = Details("http://h/v1", "running", (Model("m"),), "vllm", version="1")
WORKS = Checked(ENDPOINT, DETAILS, "m", "chat", 0.5)
TRIED = Tried("seed", "parameter", "yes", "Taken.", 0.1, 200, {"seed": 7}, "{}")


@pytest.mark.parametrize(
    ("checked", "how"),
    [
        (WORKS, "answers"),
        (Checked(ENDPOINT, DETAILS), "no_model"),
        (Checked(ENDPOINT, DETAILS, failed="address", error=Refused("", "")), "address"),
        (Checked(ENDPOINT, DETAILS, failed="token", error=Unauthorized("", "")), "key"),
        (Checked(ENDPOINT, DETAILS, failed="token", error=NoChat("", "")), "no_chat"),
    ],
)
def test_how_it_ended_is_told_from_what_was_found(checked: Checked, how: Ending) -> None:
    assert ending(checked) == how


def test_every_step_has_an_exit_code_and_no_two_are_the_same() -> None:
    assert set(STEPS) <= set(EXITS)
    codes = [each.code for each in EXITS.values()]
    assert len(set(codes)) == len(codes)
    # What the shell, a wrong option and Ctrl-C use.
    assert not {1, 2, 126, 127, 130} & set(codes)


def test_the_document_holds_what_was_found_and_no_key() -> None:
    steps = [Step("name", "running"), Step("name", "ok", "known", addresses=("127.0.0.1",))]
    made = document(WORKS, steps, [TRIED], asked="http://h", verbose=False)
    assert KEY not in json.dumps(made)
    assert (made["schema"], made["result"], made["exit"], made["key"]) == (1, "answers", 0, "set")
    assert [step["outcome"] for step in made["steps"]] == ["ok"]
    assert made["steps"][0]["addresses"] == ["127.0.0.1"]
    assert made["models"][0]["id"] == "m"
    assert "sent" not in made["tries"][0]
    assert document(WORKS, [], [TRIED], asked="", verbose=True)["tries"][0]["sent"] == {"seed": 7}
    assert document(Checked(Endpoint("e", "u"), DETAILS), [], [], asked="", verbose=False)["key"] == "none"
