"""What a terminal would act on, taken out of a line: colours become spans, everything else is left out.

Nothing that a line says to a terminal may hide or fake a part of it: moves of the cursor, titles of windows, links,
marks that turn the direction of writing round.
"""

from __future__ import annotations

import re

from playground.core.log.line import Colour, Span

# Colours; other sequences; strings to the terminal itself, such as titles and links, up to their end; short ones.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)(?P<parameters>[0-9;:?<=>]*)[ -/]*(?P<end>[@-~])?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# All but the tab. Beside the old controls those that turn the direction of writing, and separators of lines.
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_COLOURS: tuple[Colour, ...] = ("grey", "red", "green", "yellow", "blue", "magenta", "cyan", "grey")
# More colours in one line than this are an attack on the page's speed.
MOST_SPANS = 64


def plain(text: str) -> tuple[str, tuple[Span, ...]]:
    """The text that is to be read, and which of its characters are coloured."""
    if text.isprintable():
        return text, ()
    if "\x1b" not in text and not _ESCAPE.search(text):
        return _CONTROLS.sub("", text), ()
    parts: list[str] = []
    spans: list[Span] = []
    length, done, colour = 0, 0, None
    for found in _ESCAPE.finditer(text):
        length = _add(parts, spans, _CONTROLS.sub("", text[done : found.start()]), length, colour)
        done = found.end()
        if found["end"] == "m":
            colour = _colour(found["parameters"], colour)
    _add(parts, spans, _CONTROLS.sub("", text[done:]), length, colour)
    return "".join(parts), tuple(spans)


def _add(parts: list[str], spans: list[Span], piece: str, length: int, colour: Colour | None) -> int:
    if piece:
        parts.append(piece)
        if colour is not None and len(spans) < MOST_SPANS:
            spans.append(Span(length, length + len(piece), colour))
    return length + len(piece)


def _colour(parameters: str, before: Colour | None) -> Colour | None:
    """What a colour sequence leaves in force. Of the 256 colours the first 16 are told apart, the rest are none."""
    # No code has more than three digits; the interpreter refuses to read a number of thousands of them.
    given = parameters.replace(":", ";").split(";")[:16]
    now, codes = before, [int(code) if code.isdigit() and len(code) <= 3 else 0 for code in given]
    while codes:
        match codes.pop(0):
            case 0 | 39:
                now = None
            case 1 if now is None:
                now = "bold"
            case 2:
                now = "grey"
            case 38 | 48:
                codes = codes[2:] if codes[:1] == [5] else codes[4:]
            case code if 30 <= code <= 37:
                now = _COLOURS[code - 30]
            case code if 90 <= code <= 97:
                now = _COLOURS[code - 90]
            case _:
                pass
    return now
