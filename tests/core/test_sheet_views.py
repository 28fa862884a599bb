"""The sheet as the panel draws it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.core.capabilities import Capabilities, Claim
from playground.core.details import Details, Fact, Model
from playground.core.errors import CommandFailed
from playground.core.sheet import Sheet, Stated, merged
from playground.core.sheet_views import view
from playground.core.status import Status

RUNNING = Status("n", "m", "running", "Ready", local=False, since=70.0)
CHAT = Claim("chat", able=True, origin="said", source="/info")
NO_CHAT = Claim("chat", able=False, origin="guessed", source="the model's name")
DETAILS = Details("http://x", "running", (Model("m", 8, capabilities=Capabilities((CHAT, NO_CHAT))),))


def shown(sheet: Sheet, details: Details | None = DETAILS, model: str | None = "m", **more: Any) -> dict[str, Any]:
    made = view(
        sheet, more.get("status", RUNNING), details, more.get("notes", ()), model=model, asking=False, now=100.0
    )
    json.dumps(made)
    return made


def row(made: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for group in made["groups"] for row in group["rows"] if row["name"] == name)
    return found


def test_what_nobody_says_is_unknown_and_not_nothing() -> None:
    made = shown(merged([]), None, None, status=Status("n", None, "unknown", "Not asked yet", local=False))
    assert [group["title"] for group in made["groups"]] == ["Summary", "Configuration", "Server"]
    assert all(row["value"] is None for group in made["groups"] for row in group["rows"])
    assert made["models"] is None and made["capabilities"]["rows"] == [] and made["status"]["ago"] is None
    assert "Chat" in made["capabilities"]["unknown"]


def test_a_value_comes_with_who_says_so_and_with_what_others_say() -> None:
    sheet = merged([Stated("a", (("dashboardUrl", "https://x/"),)), Stated("b", (("dashboardUrl", "https://y/"),))])
    made = row(shown(sheet), "dashboard_url")
    assert (made["value"], made["origin"], made["source"]) == ("https://x/", "said", "a")
    assert made["others"] == [{"value": "https://y/", "origin": "said", "how": "said by", "source": "b"}]


@pytest.mark.parametrize(
    ("address", "kind"),
    [("https://x.example/d", "link"), ("/?endpoint=x", "link"), ("javascript:alert(1)", "code"), ("//evil", "code"),
     ("https://user:pw@x", "code"), ("http://[", "code"), ("https://", "code"), ("data:text/html,x", "code")],
)  # fmt: skip
def test_only_a_web_address_can_be_pressed(address: str, kind: str) -> None:
    sheet = merged([Stated("a", (("dashboardUrl", address),))])
    assert row(shown(sheet), "dashboard_url")["kind"] == kind


def test_words_for_why_there_is_no_value_are_nothing_to_copy() -> None:
    none = Fact("none: it needs no token", "said", "app", words=True)
    made = row(shown(merged([Stated("app", (), (("hf_token_secret_name", none),))])), "hf_token_secret_name")
    assert (made["value"], made["kind"]) == (none.value, "text")


def test_times_are_lengths_and_states_say_for_how_long() -> None:
    sheet = merged(
        [
            Stated("app", (), (("last_check", Fact("90.5", "tried", "app")),)),
            Stated("cli", (("made", "1970-01-01T00:01:00Z"), ("x", "y"))),
        ]
    )
    made = shown(sheet, notes=[("cli", CommandFailed("what", "hint", "said"))])
    assert row(made, "last_check")["ago"] == 9.5
    assert made["status"] == {"dot": "running", "text": "Ready", "ago": 30.0, "rests": False}
    assert made["more"] == [
        {
            "source": "cli",
            "rows": [
                {"key": "made", "value": "1970-01-01T00:01:00Z", "ago": 40.0},
                {"key": "x", "value": "y", "ago": None},
            ],
        }
    ]
    assert made["notes"] == [{"source": "cli", "what": "what", "hint": "hint", "said": "said"}]


def test_capabilities_say_who_says_so_and_who_says_otherwise() -> None:
    [chat] = shown(merged([]))["capabilities"]["rows"]
    assert chat["able"] is True
    assert chat["note"] == "said by /info; but the model's name says otherwise"
    bare = Details("http://x", "running", routes=Capabilities((NO_CHAT,)))
    [chat] = shown(merged([]), bare, None)["capabilities"]["rows"]
    assert (chat["able"], chat["note"]) == (False, "guessed from the model's name")
