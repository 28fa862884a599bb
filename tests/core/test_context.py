"""The numbers in a refusal for length, as each server words it."""

from __future__ import annotations

import pytest

from playground.core.context import context_numbers

WORDINGS = {
    "vllm": (
        "This model's maximum context length is 2048 tokens. However, you requested 2300 tokens (2284 in the messages, "
        "16 in the completion). Please reduce the length of the messages or completion.",
        (2300, 2048),
    ),
    "vllm, newer": (
        "This model's maximum context length is 2048 tokens. However, your request has 2300 input tokens. Please "
        "reduce the length of the input messages.",
        (2300, 2048),
    ),
    "vllm, the answer's limit": (
        "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 2048 "
        "tokens and your request has 40 input tokens (5000 > 2048 - 40).",
        (5040, 2048),
    ),
    "vllm, at start": ("max_tokens=5000 cannot be greater than max_model_len=2048.", (None, 2048)),
    "openai": (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        (9000, 8192),
    ),
    "litellm": (
        "litellm.ContextWindowExceededError: This model's maximum context length is 4096 tokens. However, you "
        "requested about 5000 tokens (4000 of text input, 1000 in the output).",
        (5000, 4096),
    ),
    "sglang": ("The input (5000 tokens) is longer than the model's context length (4096 tokens).", (5000, 4096)),
    "sglang, with the answer": (
        "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of "
        "5000 tokens: 4000 tokens from the input messages and 1000 tokens for the completion.",
        (5000, 4096),
    ),
    "llama.cpp": (
        "request (2300 tokens) exceeds the available context size (2048 tokens), try increasing it",
        (2300, 2048),
    ),
    "tgi": ("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`",
            (4200, 4096)),
    "tgi, the question alone": ("`inputs` must have less than 4095 tokens. Given: 5000", (None, None)),
    "mistral": (
        "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
        (40000, 32768),
    ),
    "anthropic": ("prompt is too long: 210000 tokens > 200000 maximum", (210000, 200000)),
    "limit only": ("the context window of 4096 is full", (None, 4096)),
    "no numbers": ("The prompt is too long.", (None, None)),
}  # fmt: skip


@pytest.mark.parametrize("server", WORDINGS)
def test_the_numbers_are_found_in_each_servers_words(server: str) -> None:
    reason, numbers = WORDINGS[server]
    assert context_numbers(b"", reason) == numbers


def test_the_fields_of_llama_cpp_count_before_its_words() -> None:
    body = b'{"error": {"message": "too long", "n_prompt_tokens": 2300, "n_ctx": 2048}}'
    assert context_numbers(body, "too long") == (2300, 2048)
    assert context_numbers(b'{"n_ctx": 2048}', "") == (None, 2048)
