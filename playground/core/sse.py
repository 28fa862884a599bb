"""Server-sent events from bytes, incrementally: the data of each event, whatever way the bytes are cut.

Source: WHATWG HTML, 9.2.6 "Interpreting an event stream". Only `data` counts here, and whether the event is named an
error; what the data means is `wire`'s.
"""

from __future__ import annotations

import json
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
        self._failed = False
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
            ended[0] = self._line(ended[0])
        if rest:
            self._tail.append(rest)
            self._tail_size += len(rest)
        if self._tail_size + self._data_size > MAX_EVENT:
            raise TooLong
        return self._lines(ended)

    def flush(self) -> list[bytes]:
        """The last event, where the stream ended without the empty line that ends one: some servers leave it out."""
        return self._lines([self._line(b""), b""])

    def _line(self, end: bytes) -> bytes:
        """The line that this ends."""
        line = b"".join((*self._tail, end))
        self._tail, self._tail_size = [], 0
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        return line

    def _lines(self, lines: list[bytes]) -> list[bytes]:
        """The data of the events that these lines end. One loop without calls: a burst has thousands of lines."""
        events = []
        data, size, failed = self._data, self._data_size, self._failed
        for line in lines:
            if not line:
                if data:
                    events.append(b"\n".join(data))
                    data, size = [], 0
                    if failed:
                        events[-1] = _as_error(events[-1])
                failed = False
                continue
            if line.startswith(b"data: "):
                data.append(line[6:])
            elif line.startswith(b"data:"):
                data.append(line[5:])
            elif line == b"data":
                data.append(b"")
            elif line.startswith(b"error:"):
                # No field of the standard's; llama.cpp long sent its errors in it.
                data.append(line[6:])
                failed = True
            else:
                failed = failed or (line.startswith(b"event:") and line[6:].strip() == b"error")
                continue
            size += len(line)
            if size > MAX_EVENT:
                raise TooLong
        self._data, self._data_size, self._failed = data, size, failed
        return events


def _as_error(data: bytes) -> bytes:
    """The data of an event that is named an error, as an object that says so, whatever it is by itself."""
    said = data.strip()
    if not said.startswith(b"{"):
        said = json.dumps(said.decode("utf-8", "replace")).encode()
    return b'{"error": %b}' % said
