"""What the FlexAI CLI prints, in every way it is known to, and in some it is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.core.details import State
from playground.core.errors import CommandFailed
from playground.core.flexai import Inspected, documents, inspected, names, refused, seconds_of
from playground.core.secret import Secret
from playground.core.withheld import LONGEST

ENDPOINT = {
    "metadata": {"id": "uuid-1", "name": "demo"},
    "config": {
        "endpointUrl": "https://inference-x.platform.flex.ai",
        "apiKeySecretName": "a-name",
        "apiKey": "value-x",
    },
    "runtime": {"status": "running"},
}
PRINTED = json.dumps(ENDPOINT, indent=2)


def test_the_two_known_paths_are_read_and_the_rest_is_kept() -> None:
    found = inspected(PRINTED)
    assert found.status == "running"
    told = dict(found.lines)
    assert told["config.endpointUrl"] == "https://inference-x.platform.flex.ai"
    assert told["config.apiKeySecretName"] == "a-name" and "value-x" not in str(told)
    assert "runtime.status" not in told


@pytest.mark.parametrize(
    "printed",
    [
        "Using profile default\n" + PRINTED,
        "[debug] hello\n{ not json\n" + PRINTED + "\nBye",
        '{"level": "info", "msg": "hello"}\n' + PRINTED,
        PRINTED + "\n" + json.dumps({"another": 1}),
        "  " + PRINTED,
        "\ufffd\ufffd binary\n" + PRINTED,
        "\ufeff" + PRINTED,
        "\x1b[0m" + PRINTED,
        "\x1b]0;flexai\x07\x1b[?25l⠋ Loading\r\x1b[2K" + PRINTED,
        f"[{PRINTED}]",
        json.dumps({"items": [ENDPOINT]}),
        json.dumps({"data": {"inference": ENDPOINT}}),
        "Loading… " + json.dumps(ENDPOINT),
        json.dumps(
            {"Config": {"EndpointURL": "https://inference-x.platform.flex.ai"}, "Runtime": {"Status": "running"}}
        ),
    ],
)
def test_lines_and_other_values_around_it_do_no_harm(printed: str) -> None:
    found = inspected(printed)
    assert found.status == "running"
    assert "https://inference-x.platform.flex.ai" in dict(found.lines).values()


def test_of_several_the_one_that_was_asked_for_counts_and_a_bare_status_is_enough() -> None:
    other = ENDPOINT | {"metadata": {"name": "other"}, "runtime": {"status": "stopped"}}
    assert inspected(json.dumps([ENDPOINT, other]), "other").status == "stopped"
    assert inspected(json.dumps([ENDPOINT, other]), "neither").status == "running"
    assert inspected('{"items": [{"name": "x", "status": "stopped"}]}').status == "stopped"
    deep: object = ENDPOINT
    for _ in range(9):
        deep = {"data": deep}
    assert inspected(json.dumps(deep)).status is None


def test_a_secret_that_is_known_is_masked_in_what_is_printed() -> None:
    printed = json.dumps({"note": "x" * (LONGEST - 9) + " my-own-endpoints-key", "status": "running"})
    assert "my-own" not in str(inspected(printed, "", [Secret("my-own-endpoints-key")]).lines)


def test_a_value_without_a_known_path_is_taken_all_the_same() -> None:
    assert inspected('{"status": "Enqueued", "x": 1}') == Inspected("Enqueued", (("x", "1"),))
    assert inspected('{"x": 1}') == Inspected(None, (("x", "1"),))
    assert inspected('{"runtime": 3, "config": 4}').status is None


@pytest.mark.parametrize("printed", ["", "nothing here", "{ broken", "[1, 2]", "{" * 5000, "[\n" * 5000])
def test_what_holds_no_endpoint_is_said_so(printed: str) -> None:
    with pytest.raises(CommandFailed) as raised:
        inspected(printed)
    assert "nothing that can be read" in raised.value.what


@given(st.text())
def test_any_text_is_read_without_a_fault(printed: str) -> None:
    assert list(documents(printed)) is not None
    assert isinstance(names(printed), tuple)


@pytest.mark.parametrize(
    ("status", "state"),
    [("enqueued", "waking"), ("Pending", "waking"), ("IN_PROGRESS", "waking"), ("building", "waking"),
     ("Stopped", "stopped"), ("stop in progress", "stopped"), ("failed", "stopped"), ("running", None),
     ("something new", None), (None, None)],
)  # fmt: skip
def test_a_status_is_an_open_word_read_in_any_letters(status: str | None, state: State | None) -> None:
    assert Inspected(status).state == state


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-25T01:02:03Z", 1795568523.0),
        ("2026-11-25 01:02:03 +0000 UTC", 1795568523.0),
        ("2026-11-25 01:02:03.123456 +0000 UTC", 1795568523.0),
        ("2026-11-25 03:02:03 +0200 CEST", 1795568523.0),
        ("2026-11-24 20:02:03 -0500 EST", 1795568523.0),
        ("0001-01-01T00:00:00Z", None),
        ("2026-13-25T01:02:03Z", None),
        ("yesterday", None),
    ],
)
def test_times_are_read_in_the_three_forms(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ('[{"name": "a"}, {"metadata": {"name": "b"}}, {"x": 1}, 3]', ("a", "b")),
        ('{"items": [{"name": "a"}]}', ("a",)),
        ('{"data": [{"metadata": 3}]}', ()),
        ("NAME   STATUS\nfirst  running\nsecond stopped\n----\n", ("first", "second")),
        ("│ STATUS │ NAME │\n│ running │ first │\n│ x │\n", ("first",)),
        ("no table", ()),
    ],
)
def test_the_names_of_a_list_are_a_hint_in_any_form(printed: str, found: tuple[str, ...]) -> None:
    assert names(printed) == found


@pytest.mark.parametrize(
    ("said", "others", "what"),
    [
        ("Error: CLI update required", (), "has to be updated"),
        ("you are not logged in", (), "not signed in"),
        ('{"code":"ET0002","message":"inference not found"}', ("a", "b"), "no endpoint named “demo”"),
        ("boom", ("a",), "no endpoint named “demo”"),
        ('{"code":"ET0099"}', ("demo",), "FlexAI's error ET0099"),
        ("panic: goroutine 1", (), "exit code 3"),
    ],
)
def test_a_failure_is_said_in_our_words_and_its_own_stand_apart(said: str, others: tuple[str, ...], what: str) -> None:
    error = refused("demo", 3, said + " sk-abcdefghijkl", others)
    assert what in error.what
    assert "sk-abcdef" not in error.said and "goroutine" not in error.what + error.hint
    # The names of the operator's other endpoints stand with what only they see.
    assert "There are" not in error.what + error.hint
    if others and "demo" not in others:
        assert error.said.startswith("There are: a")
