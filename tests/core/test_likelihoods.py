"""`logprobs` of both shapes → tokens with how likely they were."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.events import TokenLogprob
from playground.core.likelihoods import likelihoods

HI = TokenLogprob("hi", -0.5, (("hi", -0.5), ("ho", -1.0)))


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (
            {"content": [{"token": "hi", "logprob": -0.5, "bytes": [104, 105], "top_logprobs": [
                {"token": "hi", "logprob": -0.5}, {"token": "ho", "logprob": -1}]}]},
            [HI],
        ),
        (
            {"tokens": ["hi"], "token_logprobs": [-0.5], "top_logprobs": [{"hi": -0.5, "ho": -1}], "text_offset": [0]},
            [HI],
        ),
        # The prompt repeated: its first token has no likelihood.
        (
            {"tokens": ["a", "hi"], "token_logprobs": [None, -0.5], "top_logprobs": [None, {"hi": -0.5, "ho": -1}]},
            [TokenLogprob("a", None), HI],
        ),
        ({"content": None, "refusal": [{"token": "no", "logprob": 0}]}, [TokenLogprob("no", 0.0)]),
        ({"tokens": ["a", "b"]}, [TokenLogprob("a", None), TokenLogprob("b", None)]),
        ({"tokens": ["a", 3], "token_logprobs": "x", "top_logprobs": [{"b": "c", "d": -2}]},
         [TokenLogprob("a", None, (("d", -2.0),))]),
        ({"content": [None, {"token": 3}, {"token": "a", "logprob": "x", "top_logprobs": [None, {}, {"token": "b"}]}]},
         [TokenLogprob("a", None)]),
        ({"content": [{"token": "\ud83c", "logprob": -9999.0}]}, [TokenLogprob("\ufffd", -9999.0)]),
        *(({"tokens": ["a"], "token_logprobs": [odd]}, [TokenLogprob("a", None)])
          for odd in (float("nan"), float("inf"), float("-inf"), 10**400, True)),
        ({"content": []}, []),
        ({}, []),
        (None, []),
        ([1], []),
    ],
)  # fmt: skip
def test_each_shape_is_known_by_its_keys_and_what_is_odd_counts_as_not_sent(
    sent: Any, found: list[TokenLogprob]
) -> None:
    assert likelihoods(sent) == tuple(found)
