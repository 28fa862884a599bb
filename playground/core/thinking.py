"""Tells a model's thinking from its answer where the server sends both as one text: `<think>…</think>` at its start.

Where the model's template has written the opening tag already, only the closing one comes: what was given as answer
until then is thinking after all (`WasThinking`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from playground.core.events import ReasoningDelta, TextDelta, WasThinking

_OPEN, _CLOSE = "<think>", "</think>"
_TAG = re.compile(r"</?think>")
_BREAKS = ("\n", "\r")
# Characters of white space at the start that are held back: a model that sends more of it does nothing else.
_BLANK = 200

Part = TextDelta | ReasoningDelta | WasThinking


class ThinkingSplitter:
    """Fed with pieces of the text, gives them back as thinking or answer. A tag may be cut anywhere between pieces.

    A `<think>` is one at the start of a message only: further on, it is text that the model wrote about. So is a
    closing tag without an opening one, unless it is the first tag of all, stands at the beginning or end of a line and
    in no code, and the server does not tell thinking by itself. The white space around the tags belongs to neither, so
    that empty thinking (how some models are told not to think) is none.
    """

    def __init__(self, *, verbatim: bool = False) -> None:
        """`verbatim`: nothing is told apart, as in the text of a model that knows no chat."""
        self._held = ""
        # How many pieces have come since the last part was given.
        self._pieces = 0
        # "answer": a closing tag is looked for; "settled": no more.
        self._where: Literal["start", "opened", "thinking", "closed", "answer", "settled"] = (
            "settled" if verbatim else "start"
        )
        self._told = False
        # Of the answer so far: its last character, and its backticks. An odd number of them is an open code.
        self._last = "\n"
        self._ticks = 0

    @property
    def passes_on(self) -> bool:
        """Whether nothing is held, and no end of thinking is looked for."""
        return not self._held and self._where in ("start", "answer", "settled")

    def told(self) -> None:
        """The server tells thinking by itself: a lone closing tag is text."""
        self._told = True
        if self._where == "answer" and not self._held:
            self._where = "settled"

    def feed(self, text: str, pieces: int = 1) -> list[Part]:
        """`pieces`: in how many the text came."""
        if self._where == "settled" and text:
            return [TextDelta(text, pieces)]
        if self._where == "answer" and text and not self._held and "<" not in text:
            self._last = text[-1]
            if "`" in text:
                self._ticks += text.count("`")
            return [TextDelta(text, pieces)]
        return self._look(text, pieces) if text else []

    def _look(self, text: str, pieces: int) -> list[Part]:
        """The same where there may be a tag in it."""
        self._pieces += pieces
        self._held += text
        parts: list[Part] = []
        if self._where == "start":
            self._start(parts)
        if self._where == "opened":
            self._opened()
        if self._where == "thinking":
            self._thinking(parts)
        if self._where == "answer":
            self._answer(parts)
        if self._where == "closed":
            self._closed(parts)
        return parts

    def feed_all(self, texts: Sequence[str]) -> list[Part]:
        """The same as to feed one after the other, but for how the parts are cut."""
        if len(texts) == 1:
            return self.feed(texts[0])
        text = "".join(texts)
        # Whatever begins in these texts and ends in a tag has this in it.
        if self._where != "settled" and (self._where != "answer" or self._held or "think>" in text):
            return [part for each in texts for part in self.feed(each)]
        sure = len(texts)
        if self._where == "answer" and "<" in text[-len(_CLOSE) :]:
            # The last of them may be the beginning of one.
            after = 0
            while sure and after < len(_CLOSE):
                sure -= 1
                after += len(texts[sure])
            text = "".join(texts[:sure])
        parts: list[Part] = []
        if text:
            self._pieces = sure
            parts.append(self._plain(text))
        return parts + [part for each in texts[sure:] for part in self.feed(each)]

    def flush(self) -> list[Part]:
        """What is held back, at the end of the stream."""
        held, self._held = self._held, ""
        if not held or self._where in ("opened", "closed"):
            return []
        return [ReasoningDelta(held, self._count()) if self._where == "thinking" else self._plain(held)]

    def _start(self, parts: list[Part]) -> None:
        begun = self._held.lstrip()
        if begun.startswith(_OPEN):
            self._where, self._held = "opened", begun[len(_OPEN) :]
        elif not _OPEN.startswith(begun) or len(self._held) > _BLANK:
            self._where = "answer"
            if self._told:
                self._settle(parts)

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
            parts.append(ReasoningDelta(thought, self._count()))

    def _answer(self, parts: list[Part]) -> None:
        """Gives the text up to what may be a tag."""
        text = self._held
        tag = _TAG.search(text)
        end = len(text) - max(_overlap(text, _CLOSE), _overlap(text, _OPEN)) if tag is None else tag.start()
        self._held = text[end:]
        if end:
            parts.append(self._plain(text[:end]))
        if tag is None:
            return
        rest = text[tag.end() :]
        if tag[0] == _OPEN or self._ticks % 2:
            self._settle(parts)
        elif self._last in _BREAKS or rest.startswith(_BREAKS):
            self._where, self._held = "closed", rest
            parts.append(WasThinking())
        elif rest:
            self._settle(parts)

    def _closed(self, parts: list[Part]) -> None:
        self._held = self._held.lstrip()
        if self._held:
            self._settle(parts)

    def _settle(self, parts: list[Part]) -> None:
        """All that follows is the answer, and so is what is held."""
        self._where = "settled"
        parts.append(self._plain(self._held))
        self._held = ""

    def _plain(self, text: str) -> TextDelta:
        self._last = text[-1]
        self._ticks += text.count("`")
        return TextDelta(text, self._count())

    def _count(self) -> int:
        """The pieces of a part: all that have come since the one before. Two parts of one piece count one each."""
        pieces, self._pieces = self._pieces or 1, 0
        return pieces


def _overlap(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    at = text.rfind("<", max(0, len(text) - len(tag) + 1))
    return len(text) - at if at >= 0 and tag.startswith(text[at:]) else 0
