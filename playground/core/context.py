"""How many tokens were asked for and how many fit, out of what a server says when a conversation is too long."""

from __future__ import annotations

import re

# As each server words it. Named groups: `asked`, `more` (to be added to it) and `limit`.
_WORDINGS = tuple(
    re.compile(wording, re.DOTALL | re.IGNORECASE)
    for wording in (
        # vLLM: an answer's limit that does not fit beside the question.
        r"too large: (?P<more>\d+)\..{0,80}?context length is (?P<limit>\d+).{0,80}?has (?P<asked>\d+) input",
        # vLLM, OpenAI and LiteLLM, which repeats theirs.
        r"context length is (?P<limit>\d+) tokens.{0,80}?(?:requested|resulted in|contains?|has) (?:[a-z]+ ){0,3}?"
        r"(?P<asked>\d+)",
        # SGLang.
        r"maximum context length of (?P<limit>\d+) tokens.{0,80}?total of (?P<asked>\d+)",
        r"\((?P<asked>\d+) tokens\) (?:is|are) longer than .{0,60}?\((?P<limit>\d+) tokens\)",
        # llama.cpp.
        r"request \((?P<asked>\d+) tokens\) exceeds .{0,60}?\((?P<limit>\d+) tokens\)",
        # Text Generation Inference.
        r"must be <= (?P<limit>\d+)\. Given: (?P<asked>\d+) `inputs` tokens(?: and (?P<more>\d+))?",
        # Mistral.
        r"contains (?P<asked>\d+) tokens.{0,80}?with (?P<limit>\d+) maximum context",
        # Anthropic's wording, behind gateways.
        r"(?P<asked>\d+) tokens > (?P<limit>\d+)",
        r"(?:context (?:length|size|window)|max_model_len)\D{0,20}(?P<limit>\d+)",
    )
)
# llama.cpp gives both as fields of the error.
_FIELDS = (re.compile(rb'"n_prompt_tokens"\s*:\s*(\d{1,15})'), re.compile(rb'"n_ctx"\s*:\s*(\d{1,15})'))


def context_numbers(body: bytes, reason: str) -> tuple[int | None, int | None]:
    """Tokens asked for and the limit, None where the server does not say."""
    asked, limit = (pattern.search(body) for pattern in _FIELDS)
    if limit is not None:
        return int(asked[1]) if asked is not None else None, int(limit[1])
    for wording in _WORDINGS:
        if found := wording.search(reason):
            numbers = {name: int(text[:15]) for name, text in found.groupdict().items() if text is not None}
            total = numbers.get("asked")
            return None if total is None else total + numbers.get("more", 0), numbers["limit"]
    return None, None
