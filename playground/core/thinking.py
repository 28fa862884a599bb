"""Tells a model's thinking from its answer where the server sends both as one text: `<think>…</think>` at its start."""

from __future__ import annotations

from typing import Literal

from playground.core.events import ReasoningDelta, TextDelta

_OPEN, _CLOSE = "<think>", "</think>"

Part = TextDelta | ReasoningDelta


class ThinkingSplitter:
    """Fed with pieces of the text, gives them back as thinking or answer. A tag may be cut anywhere between pieces.

    Only the start of a message is looked at: a `<think>` further on is text that the model wrote about. A closing tag
    without an opening one is text as well: which part before it was thinking would be a guess. The white space around
    the tags belongs to neither, so that empty thinking (how some models are told not to think) is none.
    """

    def __init__(self, *, verbatim: bool = False) -> None:
        """`verbatim`: nothing is told apart, as in the text of a model that knows no chat."""
        self._held = ""
        self._where: Literal["start", "opened", "thinking", "closed", "answer"] = "answer" if verbatim else "start"

    @property
    def passes_on(self) -> bool:
        """Whether nothing is held, and no end of thinking is looked for."""
        return not self._held and self._where in ("start", "answer")

    def feed(self, text: str) -> list[Part]:
        if self._where == "answer":
            return [TextDelta(text)] if text else []
        self._held += text
        parts: list[Part] = []
        if self._where == "start":
            self._start(parts)
        if self._where == "opened":
            self._opened()
        if self._where == "thinking":
            self._thinking(parts)
        if self._where == "closed" and (rest := self._held.lstrip()):
            self._answer(rest, parts)
        return parts

    def flush(self) -> list[Part]:
        """What is held back, at the end of the stream."""
        held, self._held = self._held, ""
        if not held or self._where in ("opened", "closed"):
            return []
        return [ReasoningDelta(held)] if self._where == "thinking" else [TextDelta(held)]

    def _start(self, parts: list[Part]) -> None:
        begun = self._held.lstrip()
        if begun.startswith(_OPEN):
            self._where, self._held = "opened", begun[len(_OPEN) :]
        elif not _OPEN.startswith(begun):
            self._answer(self._held, parts)

    def _opened(self) -> None:
        self._held = self._held.lstrip()
        if self._held:
            self._where = "thinking"

    def _thinking(self, parts: list[Part]) -> None:
        thought, closed, rest = self._held.partition(_CLOSE)
        if closed:
            self._where, self._held = "closed", rest
        else:
            sure = len(thought) - _overlap(thought, _CLOSE)
            thought, self._held = thought[:sure], thought[sure:]
        if thought:
            parts.append(ReasoningDelta(thought))

    def _answer(self, text: str, parts: list[Part]) -> None:
        self._where, self._held = "answer", ""
        parts.append(TextDelta(text))


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    return next((length for length in range(len(tag) - 1, 0, -1) if text.endswith(tag[:length])), 0)
