"""What each server's own routes add to what its list of models says."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.beside import ROUTES, SHOW, enriched, template_claims
from playground.core.capabilities import Ability, Claim
from playground.core.claims import quantization_in
from playground.core.details import Details, Model

BARE = Details("http://h/v1", "running", (Model("m"),))


def added(route: str, answer: Any, details: Details = BARE) -> Details:
    return enriched(details, {route: answer})


def abilities(details: Details) -> dict[Ability, tuple[bool, str]]:
    found: dict[Ability, tuple[bool, str]] = {}
    for claim in details.models[0].capabilities.claims:
        counts = details.models[0].capabilities.of(claim.ability)
        assert counts is not None
        found[claim.ability] = (counts.able, counts.origin)
    return found


def test_llama_cpp_says_its_modalities_its_template_and_its_context() -> None:
    details = added(
        "/props",
        {
            "modalities": {"vision": True, "audio": False, "video": None},
            "chat_template": "{% if tools %}<think>{% endif %}",
            "chat_template_caps": {"supports_tools": True, "supports_system_role": False},
            "default_generation_settings": {"n_ctx": 4096},
            "model_ftype": "Q8_0",
            "build_info": "b1-x",
        },
    )
    assert abilities(details) == {
        "vision": (True, "said"),
        "audio": (False, "said"),
        "tools": (True, "said"),
        "system": (False, "said"),
        "chat": (True, "guessed"),
        "reasoning": (True, "guessed"),
    }
    model = details.models[0]
    assert (model.context, details.version) == (4096, "b1-x")
    assert model.quantization is not None
    assert model.quantization.value == "Q8_0"


@pytest.mark.parametrize(
    "props",
    [
        {},
        {"modalities": 3, "chat_template_caps": [], "chat_template": "", "default_generation_settings": 3,
         "model_ftype": 3, "build_info": 3},
    ],
)  # fmt: skip
def test_props_of_another_shape_add_nothing(props: dict[str, Any]) -> None:
    assert added("/props", props) == BARE


def test_a_template_that_refuses_the_system_role_is_recognised() -> None:
    template = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    assert {claim.ability: claim.able for claim in template_claims(template)} == {
        "chat": True,
        "tools": False,
        "reasoning": False,
        "system": False,
    }


def test_the_routes_that_a_server_serves_say_what_it_is_for() -> None:
    details = added("/openapi.json", {"paths": {"/v1/embeddings": {}, "/v1/models": {}}})
    found = abilities(details)
    assert found["embeddings"] == (True, "said")
    assert found["chat"] == (False, "said")
    assert found["completion"] == (False, "said")
    sole = details.models[0].capabilities.sole
    assert sole is not None
    assert sole.ability == "embeddings"
    assert details.routes.sole == sole


def test_a_chat_route_is_no_completion_route() -> None:
    found = abilities(added("/openapi.json", {"paths": {"/v1/chat/completions": {}}}))
    assert (found["chat"], found["completion"]) == ((True, "said"), (False, "said"))


def test_a_server_that_lists_routes_for_everything_says_little() -> None:
    paths: dict[str, Any] = {"/v1/chat/completions": {}, "/v1/completions": {}, "/v1/embeddings": {}}
    found = abilities(added("/openapi.json", {"paths": paths}))
    assert found["chat"] == found["embeddings"] == (True, "guessed")
    assert found["speech"] == (False, "said")


@pytest.mark.parametrize("document", [{}, {"paths": []}, {"paths": {"/other": {}}}])
def test_a_document_without_known_routes_adds_nothing(document: dict[str, Any]) -> None:
    assert added("/openapi.json", document) == BARE


def test_versions_are_read_and_odd_ones_are_not() -> None:
    assert added("/version", {"version": "0.32.0"}).version == "0.32.0"
    assert added("/api/version", {"version": ""}).version is None
    assert added("/version", {"version": 3}).version is None


def test_sglang_says_what_the_model_is_and_which_parsers_it_was_started_with() -> None:
    details = enriched(
        BARE,
        {
            "/get_model_info": {"is_generation": True, "has_image_understanding": True},
            "/get_server_info": {
                "tool_call_parser": None, "reasoning_parser": "qwen3", "quantization": "fp8", "context_length": 100,
                "version": "0.5",
            },
        },
    )  # fmt: skip
    assert abilities(details) == {
        "vision": (True, "said"),
        "chat": (True, "said"),
        "completion": (True, "said"),
        "tools": (False, "said"),
        "reasoning": (True, "said"),
    }
    assert (details.models[0].context, details.version) == (100, "0.5")
    embeddings = added("/get_model_info", {"is_generation": False}).models[0].capabilities.sole
    assert embeddings is not None
    assert embeddings.ability == "embeddings"
    assert added("/get_model_info", {}) == added("/get_server_info", {}) == BARE


def test_tgi_says_its_task_its_context_and_its_version() -> None:
    details = added("/info", {"model_pipeline_tag": "image-text-to-text", "max_total_tokens": 4096, "version": "3.0"})
    assert abilities(details)["vision"] == (True, "said")
    assert (details.models[0].context, details.version) == (4096, "3.0")
    assert added("/info", {"max_total_tokens": "x"}) == BARE


def test_lm_studio_says_type_state_and_quantization_of_each() -> None:
    entry = {"id": "m", "type": "embeddings", "state": "not-loaded", "quantization": "4bit", "max_context_length": 512}
    model = added("/api/v0/models", {"data": [entry, 3]}).models[0]
    assert model.capabilities.can("embeddings") is True
    assert (model.loaded, model.context) == (False, 512)
    assert model.quantization is not None
    assert model.quantization.origin == "said"
    assert added("/api/v0/models", {"data": {}}) == BARE


def test_litellm_says_the_mode_of_each() -> None:
    entry = {"model_name": "m", "model_info": {"mode": "embedding", "max_input_tokens": 8191}}
    model = added("/model/info", {"data": [entry]}).models[0]
    assert model.capabilities.can("embeddings") is True
    assert model.context == 8191


def test_ollama_says_what_each_model_can_and_what_it_was_started_with() -> None:
    shown = {
        "capabilities": ["completion", "tools", "thinking"],
        "details": {"quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
    }
    model = added(SHOW, {"m": shown}).models[0]
    for ability in ("chat", "completion", "tools", "reasoning"):
        assert model.capabilities.can(ability) is True
    assert model.context == 131072
    assert model.quantization is not None
    assert model.quantization.value == "Q4_K_M"
    started = added(SHOW, {"m": shown | {"parameters": "stop   x\nnum_ctx                        4096"}}).models[0]
    assert started.context == 4096
    assert added(SHOW, {"m": {"capabilities": ["embedding"]}}).models[0].capabilities.can("chat") is False
    assert added(SHOW, {"other": shown}) == BARE
    assert added(SHOW, {"m": {}}) == BARE


def test_what_the_list_itself_says_stays() -> None:
    listed = Details("u", "running", (Model("m", context=5, quantization=quantization_in("m-awq")),))
    entry = {"id": "m", "max_context_length": 9, "quantization": "4bit"}
    model = added("/api/v0/models", {"data": [entry]}, listed).models[0]
    assert model.context == 5
    assert model.quantization is not None
    assert model.quantization.value == "4bit"
    again = added("/props", {"model_ftype": "Q8_0"}, Details("u", "running", (model,))).models[0]
    assert again.quantization == model.quantization
    unsaid = added("/props", {}, listed).models[0]
    assert unsaid.quantization == listed.models[0].quantization


def test_an_answer_that_is_no_object_adds_nothing() -> None:
    for routes in ROUTES.values():
        for route in routes:
            assert added(route, ["odd"]) == BARE


def test_every_claim_of_a_route_names_its_source() -> None:
    details = added("/props", {"modalities": {"vision": True}})
    assert details.models[0].capabilities.claims == (
        Claim("vision", able=True, origin="said", source="/props modalities"),
    )
