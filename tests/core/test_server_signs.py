"""Which server it is, and by whose word that is known."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.server_signs import HEAD, HOST, LIST, Known, server_of


@pytest.mark.parametrize(
    ("listed", "headers", "base_url", "known"),
    [
        ([{"owned_by": 3}, {"owned_by": "vllm"}], {}, "http://x/v1", ("vllm", "said", LIST)),
        ([{"owned_by": "somebody"}], {"server": "llama.cpp"}, "http://x/v1", ("llama.cpp", "said", HEAD)),
        ([], {"x-litellm-version": "1"}, "http://x/v1", ("litellm", "said", HEAD)),
        ([], {"server": "nginx"}, "https://api.mistral.ai/v1", ("mistral", "guessed", HOST)),
        ([], {}, "https://mistral.ai.example/v1", None),
        ([], {}, "/v1", None),
    ],
)
def test_a_server_is_known_by_what_it_says_or_guessed_by_its_host(
    listed: list[dict[str, Any]], headers: dict[str, str], base_url: str, known: Known | None
) -> None:
    assert server_of(listed, headers, base_url) == known
