"""What an endpoint says of itself, and what is made of it when it says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from playground.adapters.probe import LONGEST_ID, MOST_MODELS, probe, study
from playground.core.capabilities import Ability
from playground.core.details import Details, Model, State
from playground.core.endpoint import Endpoint
from playground.core.errors import NotAnEndpoint, Unauthorized, Unreachable
from playground.core.secret import Secret
from playground.core.servers import Server
from playground.core.withheld import LONGEST
from tests.fake_endpoint import FakeEndpoint
from tests.waiting import until

KEY = "sk-the-endpoints-own-key"


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as fake:
        yield fake


def endpoint(fake: FakeEndpoint, key: str | None = KEY, base_url: str = "") -> Endpoint:
    return Endpoint("test", base_url or fake.url, key=Secret(key) if key else None)


async def test_the_models_their_contexts_and_the_server_are_read(fake: FakeEndpoint) -> None:
    details = await probe(endpoint(fake))
    assert (details.base_url, details.state, details.server) == (fake.url, "running", "vllm")
    assert [(model.id, model.context, model.parent) for model in details.models] == [
        ("tiny-chat", 32768, None),
        ("tiny-adapter", None, "tiny-chat"),
    ]
    assert [asked.path for asked in fake.log] == ["/v1/models"]
    assert fake.log[0].headers["authorization"] == f"Bearer {KEY}"


LISTS: list[tuple[dict[str, Any], Server | None, int | None]] = [
    ({"owned_by": "vllm", "max_model_len": 2048}, "vllm", 2048),
    ({"owned_by": "sglang", "max_model_len": 2048}, "sglang", 2048),
    ({"owned_by": "llamacpp", "meta": {"n_ctx": 4096, "n_ctx_train": 8192}}, "llama.cpp", 4096),
    ({"owned_by": "llamacpp", "meta": {"n_ctx_train": 8192}}, "llama.cpp", 8192),
    ({"owned_by": "mistralai", "max_context_length": 32768}, "mistral", 32768),
    ({"owned_by": "library"}, "ollama", None),
    ({"owned_by": "organization_owner"}, "lm-studio", None),
    ({"context_length": 1000}, None, 1000),
    ({"owned_by": "somebody", "context_window": 1000}, None, 1000),
    ({"owned_by": ["odd"], "max_model_len": "2048", "meta": 3}, None, None),
    ({"max_model_len": True}, None, None),
    ({"max_model_len": 0}, None, None),
]


@pytest.mark.parametrize(("listed", "server", "context"), LISTS)
async def test_each_server_is_known_by_its_list(
    fake: FakeEndpoint, listed: dict[str, Any], server: Server | None, context: int | None
) -> None:
    fake.models = [{"id": "m"} | listed]
    details = await probe(endpoint(fake))
    assert [model.context for model in details.models] == [context]
    assert details.server == server


@pytest.mark.parametrize(
    ("headers", "server"),
    [({"Server": "llama.cpp"}, "llama.cpp"), ({"X-LiteLLM-Version": "1.0"}, "litellm"), ({"Server": "nginx"}, None)],
)
async def test_a_server_is_known_by_what_it_says_in_the_head(
    fake: FakeEndpoint, headers: dict[str, str], server: Server | None
) -> None:
    fake.models = [{"id": "m"}]
    fake.extra_headers |= headers
    assert (await probe(endpoint(fake))).server == server


@pytest.mark.parametrize(
    ("path", "said", "server"),
    [
        ("/props", {"default_generation_settings": {}}, "llama.cpp"),
        ("/info", {"max_total_tokens": 4096}, "tgi"),
        ("/props", ["odd"], None),
    ],
)
async def test_a_server_that_says_neither_is_known_by_what_it_has_beside(
    fake: FakeEndpoint, path: str, said: Any, server: Server | None
) -> None:
    fake.models = [{"id": "m"}]
    fake.routes[path] = said
    assert (await probe(endpoint(fake))).server == server


@pytest.mark.parametrize(
    "sent", [{"object": "list", "data": [{"id": "m"}]}, [{"name": "m"}], {"data": [{"id": "m"}, {"id": 3}, "x", {}]}]
)
async def test_lists_of_every_shape_are_read(fake: FakeEndpoint, sent: Any) -> None:
    fake.routes["/v1/models"] = sent
    assert (await probe(endpoint(fake))).models == (Model("m"),)


@pytest.mark.parametrize("sent", [{"data": None}, {}, [], None, 3, "x"])
async def test_no_list_is_no_error(fake: FakeEndpoint, sent: Any) -> None:
    fake.routes["/v1/models"] = sent
    details = await probe(endpoint(fake))
    assert (details.state, details.models, details.error) == ("running", (), None)


@pytest.mark.parametrize("scenario", ["path_not_found", "server_error", "rate_limited", "not_sse", "unreadable_json"])
async def test_a_missing_or_broken_list_is_no_error(fake: FakeEndpoint, scenario: str) -> None:
    fake.models_scenario = scenario
    details = await probe(endpoint(fake))
    assert (details.state, details.models, details.error) == ("running", (), None)


@pytest.mark.parametrize(("prefix", "given"), [("/v1", ""), ("", ""), ("", "/v1"), ("/api/v1", "/api")])
async def test_the_address_that_answers_is_found(fake: FakeEndpoint, prefix: str, given: str) -> None:
    fake.prefix = prefix
    details = await probe(endpoint(fake, base_url=fake.origin + given))
    assert (details.base_url, details.server) == (fake.url, "vllm")


async def test_a_refused_key_and_a_missing_one_are_told_apart() -> None:
    async with FakeEndpoint(key=KEY) as fake:
        assert (await probe(endpoint(fake))).state == "running"
        for key, words in (("sk-wrong", "refuses"), (None, "wants")):
            details = await probe(endpoint(fake, key))
            assert details.state == "unauthorized"
            assert isinstance(details.error, Unauthorized)
            assert words in details.error.what


async def test_a_key_that_is_echoed_is_masked(fake: FakeEndpoint) -> None:
    fake.models_scenario = "unauthorized"
    details = await probe(endpoint(fake))
    assert details.error is not None
    assert "Incorrect API key" in details.error.said
    assert KEY not in details.error.said


async def test_a_key_that_no_header_can_carry_is_not_sent(fake: FakeEndpoint) -> None:
    details = await probe(endpoint(fake, "two words"))
    assert details.state == "unauthorized"
    assert fake.log == []


@pytest.mark.parametrize(("scenario", "state"), [("loading_for_ever", "loading"), ("scaled_to_zero", "waking")])
async def test_a_model_that_loads_and_one_that_wakes_are_told_apart(
    fake: FakeEndpoint, scenario: str, state: State
) -> None:
    fake.models_scenario = scenario
    assert await probe(endpoint(fake)) == Details(fake.url, state)


@pytest.mark.parametrize("scenario", ["html_page", "bad_gateway", "redirects_away", "unavailable"])
async def test_what_is_no_endpoint_is_unreachable_with_the_reason(fake: FakeEndpoint, scenario: str) -> None:
    fake.models_scenario = scenario
    details = await probe(endpoint(fake))
    assert details.state == "unreachable"
    assert details.error is not None
    assert isinstance(details.error, NotAnEndpoint) == (scenario in ("html_page", "redirects_away"))
    assert len(fake.log) == 1


@pytest.mark.parametrize("scenario", ["silent_before_head", "silent", "stalled_error"])
async def test_a_probe_has_an_end_also_where_the_server_says_nothing_more(fake: FakeEndpoint, scenario: str) -> None:
    fake.models_scenario = scenario
    async with asyncio.timeout(10):
        details = await probe(endpoint(fake), 0.2)
    assert details.state == "unreachable"
    assert isinstance(details.error, Unreachable)
    await until(lambda: fake.log[0].hung_up)


async def test_a_list_without_an_end_is_read_as_far_as_it_counts(fake: FakeEndpoint) -> None:
    fake.models_scenario = "huge_error"
    async with asyncio.timeout(10):
        details = await probe(endpoint(fake))
    assert (details.state, details.models) == ("running", ())


BESIDE: list[tuple[str, dict[str, Any], str]] = [
    ("vllm", {"/version": {"version": "0.32.0"}, "/openapi.json": {"paths": {"/v1/embeddings": {}}}}, "embeddings"),
    ("sglang", {"/get_model_info": {"is_generation": False}}, "embeddings"),
    ("library", {"/api/show": {"capabilities": ["vision"]}, "/api/version": {"version": "0.9"}}, "vision"),
    ("organization_owner", {"/api/v0/models": {"data": [{"id": "m", "type": "vlm"}]}}, "vision"),
    ("llamacpp", {"/props": {"modalities": {"vision": True}}}, "vision"),
]


@pytest.mark.parametrize(("owner", "routes", "ability"), BESIDE, ids=[owner for owner, _, _ in BESIDE])
async def test_each_server_is_asked_for_what_stands_beside_its_list(
    fake: FakeEndpoint, owner: str, routes: dict[str, Any], ability: Ability
) -> None:
    fake.models = [{"id": "m", "owned_by": owner}]
    fake.routes |= routes
    details = await study(endpoint(fake), await probe(endpoint(fake)))
    claim = details.models[0].capabilities.of(ability)
    assert claim is not None
    assert (claim.able, claim.origin) == (True, "said")
    assert {asked.path for asked in fake.log} >= set(routes)
    assert {asked.headers["authorization"] for asked in fake.log} == {f"Bearer {KEY}"}


async def test_what_does_not_come_in_time_adds_nothing_and_what_did_counts(fake: FakeEndpoint) -> None:
    fake.models = [{"id": "m", "owned_by": "vllm"}]
    fake.routes["/version"] = {"version": "0.32.0"}
    fake.routes["/openapi.json"] = "scenario:silent_before_head"
    details = await study(endpoint(fake), await probe(endpoint(fake)), 0.3)
    assert (details.version, details.models[0].capabilities.can("chat")) == ("0.32.0", None)


async def test_an_endpoint_that_is_down_is_asked_nothing_more(fake: FakeEndpoint) -> None:
    fake.models_scenario = "html_page"
    details = await probe(endpoint(fake))
    assert await study(endpoint(fake), details) is details
    assert len(fake.log) == 1


async def test_a_model_that_is_listed_twice_is_there_once(fake: FakeEndpoint) -> None:
    fake.models = [{"id": "m", "max_model_len": 10}, {"id": "m"}, {"id": "n"}]
    details = await probe(endpoint(fake))
    assert [(model.id, model.context) for model in details.models] == [("m", 10), ("n", None)]


async def test_a_list_beyond_all_measure_is_read_as_far_as_any_server_goes(fake: FakeEndpoint) -> None:
    fake.models = [{"id": "x" * (LONGEST_ID + 1)}, *({"id": f"m{number}"} for number in range(MOST_MODELS + 9))]
    models = (await probe(endpoint(fake))).models
    assert len(models) == MOST_MODELS - 1 and models[0].id == "m0"


async def test_a_key_that_the_server_shows_is_masked_also_where_its_value_is_cut(fake: FakeEndpoint) -> None:
    fake.routes["/version"] = {"version": "1", "args": f"{'x' * (LONGEST - 9)} {KEY} and more", KEY: "beside"}
    told = str((await study(endpoint(fake), await probe(endpoint(fake)))).answers)
    assert "xxx" in told and KEY[:6] not in told


async def test_a_name_of_another_kind_than_text_breaks_no_list(fake: FakeEndpoint) -> None:
    fake.routes["/v1/models"] = {"models": [{"name": ["odd"]}], "data": [{"id": ["odd"]}, {"id": "m"}]}
    assert [model.id for model in (await probe(endpoint(fake))).models] == ["m"]


async def test_what_llama_cpp_lists_a_second_time_belongs_to_the_same_model(fake: FakeEndpoint) -> None:
    more = {"name": "m", "capabilities": ["completion", "multimodal"]}
    fake.routes["/v1/models"] = {"models": [more, 3], "data": [{"id": "m", "owned_by": "llamacpp"}]}
    assert (await probe(endpoint(fake))).models[0].capabilities.can("completion") is True


async def test_a_redirect_to_the_same_place_is_followed_and_one_elsewhere_is_not(fake: FakeEndpoint) -> None:
    fake.models_scenario = "redirects_to_the_list"
    fake.routes["/listed/models"] = {"data": [{"id": "m", "owned_by": "vllm"}]}
    assert [model.id for model in (await probe(endpoint(fake))).models] == ["m"]
    assert [asked.headers["authorization"] for asked in fake.log] == [f"Bearer {KEY}"] * 2


async def test_redirects_in_a_circle_have_an_end(fake: FakeEndpoint) -> None:
    fake.models_scenario = "redirects_in_a_circle"
    details = await probe(endpoint(fake))
    assert isinstance(details.error, NotAnEndpoint)
    assert len(fake.log) == 4
