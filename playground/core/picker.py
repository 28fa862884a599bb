"""What a model picker shows of each model of an endpoint: plain values, what is unknown as None.

A badge is an ability with its origin; one that the model has not is left out of the badges, and stands in `cannot`.
"""

from __future__ import annotations

from typing import Any

from playground.core.capabilities import LABELS, ORIGINS, SOLE, Capabilities
from playground.core.details import Details, Model

# What nearly every model can is no badge.
_PLAIN = ("system",)


def picker(details: Details) -> list[dict[str, Any]]:
    """One entry for each model, in the order in which the endpoint lists them."""
    return [entry(model) for model in details.models]


def entry(model: Model) -> dict[str, Any]:
    """`context` in tokens; `parent` for a LoRA adapter; `only`: what it is for instead of chatting, in words."""
    sole, packed = model.capabilities.sole, model.quantization
    return {
        "id": model.id,
        "context": model.context,
        "parent": model.parent,
        "owner": model.owner,
        "aliases": list(model.aliases),
        "quantization": packed.value if packed else None,
        "quantization_origin": packed.origin if packed else None,
        "loaded": model.loaded,
        "only": SOLE[sole.ability] if sole else None,
        "badges": badges(model.capabilities),
        "cannot": [ability for ability in LABELS if model.capabilities.can(ability) is False],
    }


def badges(capabilities: Capabilities) -> list[dict[str, Any]]:
    """What a model can do; `note` says who says so, and who says the opposite."""
    made = []
    for ability, label in LABELS.items():
        claim, against = capabilities.of(ability), capabilities.against(ability)
        if claim is None or not claim.able or ability in _PLAIN:
            continue
        note = f"{ORIGINS[claim.origin]} {claim.source}"
        if against is not None:
            note += f"; but {against.source} says otherwise"
        made.append({"ability": ability, "label": label, "origin": claim.origin, "note": note})
    return made
