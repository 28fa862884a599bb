"""The documents that the scripted endpoint streams, and how it does: in tokens, holding where it is told to."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.fake_endpoint import FakeEndpoint
from tests.stage import HOLD, corpus, document, tokens


@pytest.mark.parametrize("name", corpus())
def test_a_document_is_cut_into_tokens_without_losing_any_of_it(name: str) -> None:
    text = document(name)
    assert "".join(tokens(text)) == text
    assert len(tokens(text)) > len(text) / 6
    assert HOLD not in text


def test_there_are_documents_with_each_kind_of_line_end() -> None:
    texts = [document(name) for name in corpus()]
    assert any("\r\n" in text for text in texts)
    assert any("\t" in text for text in texts)
    assert any(not text.endswith("\n") for text in texts)


async def test_a_given_text_holds_until_it_is_let_go_on() -> None:
    async with FakeEndpoint() as fake, httpx.AsyncClient(trust_env=False) as client:
        await client.post(f"{fake.origin}/stage", json={"text": f"one {HOLD}two", "reasoning": "hm"})
        body = {"model": "m", "messages": [{"role": "user", "content": "markdown-given-0"}], "stream": True}
        heard: list[tuple[str, str]] = []
        async with client.stream("POST", f"{fake.url}/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                heard += json.loads(line[6:])["choices"][0]["delta"].items()
                if heard[-1] == ("content", " "):
                    assert not fake.completions[0].done
                    await client.post(f"{fake.origin}/release")
        assert heard == [("reasoning", "hm"), ("content", "one"), ("content", " "), ("content", "two")]
        assert fake.completions[0].done


async def test_a_document_is_streamed_whole_by_its_name() -> None:
    async with FakeEndpoint() as fake, httpx.AsyncClient(trust_env=False) as client:
        body = {"model": "m", "messages": [{"role": "user", "content": "markdown-tour-0"}], "stream": True}
        answer = await client.post(f"{fake.url}/chat/completions", json=body)
        lines = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: {")]
        assert "".join(line["choices"][0]["delta"].get("content", "") for line in lines) == document("tour")
