"""What a model picker shows."""

from __future__ import annotations

import json

from playground.core.capabilities import Capabilities, Claim, only
from playground.core.details import Details, Fact, Model
from playground.core.picker import badges, entry, picker


def test_what_is_known_of_a_model_is_shown_and_what_is_not_is_none() -> None:
    adapter = Model("a", 2048, "base", "vllm", ("b",), Fact("AWQ", "guessed", "the model's name"), loaded=True)
    assert entry(adapter) == {
        "id": "a",
        "context": 2048,
        "parent": "base",
        "owner": "vllm",
        "aliases": ["b"],
        "quantization": "AWQ",
        "quantization_origin": "guessed",
        "loaded": True,
        "only": None,
        "badges": [],
        "cannot": [],
    }
    bare = entry(Model("m"))
    assert [bare[name] for name in ("context", "parent", "quantization", "quantization_origin", "loaded")] == [None] * 5


def test_a_badge_says_where_it_comes_from_and_who_disagrees() -> None:
    claims = (
        Claim("vision", able=True, origin="said", source="a list"),
        Claim("tools", able=True, origin="said", source="a list"),
        Claim("tools", able=False, origin="tried", source="a request"),
        Claim("audio", able=False, origin="said", source="a list"),
        Claim("system", able=True, origin="guessed", source="the template"),
    )
    assert badges(Capabilities(claims)) == [
        {"ability": "vision", "label": "Pictures", "origin": "said", "note": "said by a list"},
        {
            "ability": "tools",
            "label": "Tools",
            "origin": "said",
            "note": "said by a list; but a request says otherwise",
        },
    ]
    assert entry(Model("m", capabilities=Capabilities(claims)))["cannot"] == ["audio"]


def test_a_model_for_something_else_says_what_for() -> None:
    shown = entry(Model("e5", capabilities=Capabilities(only("embeddings", "said", "a list"))))
    assert "embeddings only" in shown["only"]


def test_the_order_is_the_endpoints_and_everything_is_plain() -> None:
    details = Details("u", "running", (Model("b"), Model("a")))
    assert [each["id"] for each in json.loads(json.dumps(picker(details)))] == ["b", "a"]
