"""Trials against servers that can everything, ignore everything, and refuse everything."""

from __future__ import annotations

import pytest

from playground.adapters.trying import try_out, with_tried
from playground.core.checks import Checked
from playground.core.details import Details, Model
from playground.core.endpoint import Endpoint
from playground.core.judging import Verdict
from playground.core.parameter import Mode
from playground.core.secret import Secret
from playground.core.trials import TRIALS, Tried
from tests.fake_endpoint import FakeEndpoint

KEY = "sk-the-endpoints-own-key"


def checked(fake: FakeEndpoint, scenario: str, mode: Mode | None = "chat") -> Checked:
    model = f"scenario:{scenario}"
    details = Details(fake.url, "running", (Model(model), Model("other")))
    return Checked(Endpoint("e", fake.url, key=Secret(KEY)), details, model, mode)


async def tried(fake: FakeEndpoint, scenario: str, mode: Mode | None = "chat", seconds: float = 10) -> dict[str, Tried]:
    return {each.name: each async for each in try_out(checked(fake, scenario, mode), seconds)}


def every(verdict: Verdict, **others: Verdict) -> dict[str, Verdict]:
    return dict.fromkeys(ABILITIES, verdict) | others


ABILITIES = ("usage", "logprobs", "structured_output", "tools", "tools_required", "vision", "reasoning")
SERVERS: list[tuple[str, dict[str, Verdict]]] = [
    ("able", every("yes")),
    ("ignorant", every("ignored", tools="unclear", reasoning="unclear", vision="yes")),
    ("strict", every("no", reasoning="unclear")),
    ("rate_limited", every("unclear")),
    ("drops_always", every("unclear")),
]


@pytest.mark.parametrize(("scenario", "verdicts"), SERVERS, ids=[name for name, _ in SERVERS])
async def test_each_ability_is_judged_by_what_came(scenario: str, verdicts: dict[str, Verdict]) -> None:
    async with FakeEndpoint() as fake:
        found = await tried(fake, scenario)
    assert list(found) == [each.name for each in TRIALS]
    assert {name: found[name].verdict for name in ABILITIES} == verdicts


async def test_a_parameter_that_is_refused_is_named_with_the_servers_words() -> None:
    async with FakeEndpoint() as fake:
        found = await tried(fake, "strict")
    assert (found["top_k"].verdict, found["top_p"].verdict) == ("no", "yes")
    assert "top_k" in found["top_k"].text
    assert found["top_k"].status == 422


async def test_what_was_sent_and_what_came_is_kept_without_the_key() -> None:
    async with FakeEndpoint() as fake:
        found = await tried(fake, "unauthorized")
        assert fake.completions[0].headers["authorization"] == f"Bearer {KEY}"
    assert found["seed"].sent["seed"] == 7
    assert "Incorrect API key" in found["seed"].came
    assert KEY not in repr(found)


async def test_a_model_that_only_completes_is_asked_no_chat() -> None:
    async with FakeEndpoint() as fake:
        fake.completion_scenario = "able"
        found = await tried(fake, "able", "completion")
        assert {asked.path for asked in fake.log} == {"/v1/completions"}
    assert "tools" not in found
    assert found["completion"].verdict == "yes"


async def test_nothing_is_tried_where_no_model_has_answered() -> None:
    async with FakeEndpoint() as fake:
        assert await tried(fake, "able", None) == {}
        assert fake.log == []


async def test_a_server_that_says_nothing_is_waited_for_only_so_long() -> None:
    async with FakeEndpoint() as fake:
        found = await tried(fake, "silent_before_head", seconds=0.02)
    assert {each.verdict for name, each in found.items() if name != "completion"} == {"unclear"}
    assert "in time" in found["tools"].text


async def test_what_the_trials_prove_belongs_to_the_model_that_was_asked() -> None:
    async with FakeEndpoint() as fake:
        asked = checked(fake, "able")
        known = with_tried(asked, list((await tried(fake, "able")).values()))
    first, other = known.details.models
    claim = first.capabilities.of("tools")
    assert claim is not None
    assert (claim.able, claim.origin) == (True, "tried")
    assert other.capabilities.claims == ()
