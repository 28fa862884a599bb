"""What the scripted endpoint streams as Markdown: a document of `tests/corpus/`, or one that a test gives it.

    markdown-NAME-RATE       the corpus document NAME, RATE tokens a second (0: as fast as the socket takes them)
    markdown-given-RATE      what was last put on the stage: POST /stage {"text": …, "reasoning": …}

At a `HOLD` in the text the stream waits until it is let go on: POST /release, once for each of them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.scenarios import Call, delta

CORPUS = Path(__file__).parent / "corpus"
HOLD = "\N{DOUBLE VERTICAL BAR}"
NAMES = re.compile(r"markdown-([a-z0-9_-]+?)-(\d+)\b")
# About as models cut text: up to five letters with the space before them, and marks one by one.
_TOKENS = re.compile(rf"{HOLD}|[^\S\n]?\w{{1,5}}|\n+|[^\w{HOLD}]")


def corpus() -> list[str]:
    """The names of the documents, in order."""
    return sorted(path.stem for path in CORPUS.glob("*.md"))


def document(name: str) -> str:
    """One document as it is on the disk, its line ends included."""
    return (CORPUS / f"{name}.md").read_bytes().decode()


def tokens(text: str) -> list[str]:
    """Cuts a text without losing any of it."""
    return _TOKENS.findall(text)


@dataclass(slots=True)
class Stage:
    """What is to be played, and whether it may go on."""

    text: str = ""
    reasoning: str = ""
    _released: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def put_on(self, text: str, reasoning: str = "") -> None:
        self.text, self.reasoning = text, reasoning
        self._released = asyncio.Semaphore(0)

    def release(self) -> None:
        self._released.release()

    async def play(self, scenario: str, call: Call) -> None:
        """Plays `markdown-…`; it must be one."""
        found = NAMES.fullmatch(scenario)
        assert found is not None
        name, rate = found[1], int(found[2])
        parts = {"reasoning": self.reasoning, "content": self.text} if name == "given" else {"content": document(name)}
        await call.start()
        start, sent = time.perf_counter(), 0
        for kind, token in _in_turn(parts):
            if token == HOLD:
                await self._released.acquire()
                # What follows keeps its rate from here on.
                start = time.perf_counter() - (sent / rate if rate else 0)
                continue
            if rate and (wait := start + sent / rate - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            await call.data(delta(call.model, **{kind: token}))
            sent += 1
        await call.finish(completion=sent)


def _in_turn(parts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for kind, text in parts.items():
        for token in tokens(text):
            yield kind, token
