"""HTTP/1.1's chunked coding, made coarser: all chunks that one read has brought become one.

A server sends a chunk for each token, and the HTTP library below hands on one chunk at a time, which costs more than
all the rest of reading an answer. What is written here is still a response that the library judges: only chunks of the
plainest form are touched, and from the first byte that is anything else on, all is passed on as it came.
"""

from __future__ import annotations

import re
from typing import Literal

# Bytes of a response's head; a longer one is passed on as it is.
MAX_HEAD = 2**17
# The ends of lines that the library takes for one (h11's rule).
_BLANK_LINE = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/1\.\d 1\d\d")
_CHUNKED = re.compile(rb"\ntransfer-encoding:[ \t]*chunked[ \t]*\r?\n", re.IGNORECASE)
# The end of a chunk with the size of the next; and what may become that when more has come.
_NEXT = re.compile(rb"\r\n([0-9a-f]{1,8})\r\n", re.IGNORECASE)
_PART = re.compile(rb"\r?|\r\n[0-9a-f]{0,8}\r?", re.IGNORECASE)


class Chunks:
    """For one response: `feed` takes its bytes as they are read, and gives those to be handed on."""

    def __init__(self) -> None:
        self._where: Literal["head", "chunks", "as it is"] = "head"
        self._head = b""
        # What came after the last chunk and is no whole size yet. There is a line end before the first size, too.
        self._held = b""
        # Bytes of the current chunk that are still to come.
        self._left = 0
        # A chunk was given, and the line end after it was not: what comes there is for the library to judge.
        self._open = False

    def feed(self, received: bytes) -> bytes:
        """Gives nothing where what came is the beginning of a size."""
        if self._where == "chunks":
            return self._coarser(received)
        return self._heads(received) if self._where == "head" else received

    def end(self) -> bytes:
        """What was held back, where the connection ends."""
        held, self._held = self._held, b""
        return self._as_it_came(held)

    def _heads(self, received: bytes) -> bytes:
        self._head += received
        while (found := _BLANK_LINE.search(self._head)) is not None:
            head, rest = self._head[: found.end()], self._head[found.end() :]
            if _INTERIM.match(head):
                # Another head comes after it.
                self._head = rest
                continue
            self._head = b""
            if _CHUNKED.search(head) is None:
                self._where = "as it is"
                return received
            self._where, self._held = "chunks", b"\r\n"
            return received[: len(received) - len(rest)] + self._coarser(rest)
        if len(self._head) > MAX_HEAD:
            self._where = "as it is"
        return received

    def _coarser(self, received: bytes) -> bytes:
        data, self._held = self._held + received, b""
        found: list[bytes] = []
        at = 0
        while True:
            piece = data[at : at + self._left]
            found.append(piece)
            at += len(piece)
            self._left -= len(piece)
            if self._left:
                return self._chunk(found)
            size = _NEXT.match(data, at)
            if size is None or not (left := int(size[1], 16)):
                break
            self._left, at = left, size.end()
        given, rest = self._chunk(found), data[at:]
        if size is None and _PART.fullmatch(rest):
            self._held = rest
            return given
        self._where = "as it is"
        return given + self._as_it_came(rest)

    def _chunk(self, pieces: list[bytes]) -> bytes:
        data = b"".join(pieces)
        if not data:
            return b""
        before, self._open = b"\r\n" if self._open else b"", True
        return b"%b%x\r\n%b" % (before, len(data), data)

    def _as_it_came(self, rest: bytes) -> bytes:
        """What comes after the last chunk that was given, as it came; the line end before the first was never there."""
        return rest if self._open else rest.removeprefix(b"\r\n")
