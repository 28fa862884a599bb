"""Server-sent events from bytes, incrementally: the data of each event, whatever way the bytes are cut.

Source: WHATWG HTML, 9.2.6 "Interpreting an event stream". Only `data` counts here; what the data means is `wire`'s.
"""

from __future__ import annotations

import re

# One event's data: an image of some megabytes, in base64, must get through; a stream without line ends must not.
MAX_EVENT = 16 * 2**20
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")


class TooLong(ValueError):
    """An event larger than `MAX_EVENT` bytes: this is no event stream."""


class SSEDecoder:
    """`feed` takes bytes as they come and gives the data of every event that is complete."""

    def __init__(self) -> None:
        # The unfinished line, in the pieces in which it came: joined once, so that a long line costs no more than a
        # short one for each byte.
        self._tail: list[bytes] = []
        self._tail_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._after_return = False
        self._begun = False

    def feed(self, received: bytes) -> list[bytes]:
        """Raises `TooLong`."""
        if self._after_return and received:
            # A carriage return has ended a line already; the line feed that belongs to it ends no other.
            received = received.removeprefix(b"\n")
            self._after_return = False
        if not received:
            return []
        self._after_return = received.endswith(b"\r")
        *ended, rest = _LINE_END.split(received) if b"\r" in received else received.split(b"\n")
        if ended:
            ended[0] = b"".join((*self._tail, ended[0]))
            self._tail, self._tail_size = [], 0
        if rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
        if self._tail_size + self._data_size > MAX_EVENT:
            raise TooLong
        return [event for line in ended if (event := self._line(line)) is not None]

    def flush(self) -> list[bytes]:
        """The last event, where the stream ended without the empty line that ends one: some servers leave it out."""
        if self._tail:
            self._line(b"".join(self._tail))
            self._tail, self._tail_size = [], 0
        last = self._line(b"")
        return [] if last is None else [last]

    def _line(self, line: bytes) -> bytes | None:
        """The event's data, where this line ends one."""
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        if not line:
            event, self._data, self._data_size = self._data, [], 0
            return b"\n".join(event) if event else None
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
            self._data_size += len(value) + 1
            if self._data_size > MAX_EVENT:
                raise TooLong
        return None
