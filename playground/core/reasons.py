"""A server's own words, taken out of whatever it wrapped them in: every error envelope seen, plain text, a web page."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 2000
_KEYS = ("message", "msg", "detail", "error", "errors", "error_description", "title", "reason")
_MARKS = ("code", "type", "error_type", "param")
_SPACE = re.compile(r"[ \t\r\f\v]+")
_LINES = re.compile(r"\n{3,}")
# Control characters, and those that turn the reading direction round.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKUP = re.compile(r"<(!doctype|html|head|body|script|title)\b", re.IGNORECASE)


def is_page(body: bytes, content_type: str = "") -> bool:
    """Whether a body is a web page, whatever it is called."""
    begun = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" in content_type.lower() or begun.startswith((b"<!doctype", b"<html", b"<head", b"<body"))


def reason_of(body: bytes, content_type: str = "") -> str:
    """The reason in a body: "" for a web page, since foreign markup is shown nowhere; at most `LONGEST` characters."""
    if is_page(body, content_type):
        return ""
    sent = _parsed(body)
    return tidy(body.decode("utf-8", "replace")) if sent is None else reason_in(sent)


def reason_in(sent: Any) -> str:
    """The reason in a JSON value: the first text under a name that stands for one, however deep."""
    return tidy(_find(sent, 0))


def marks_of(body: bytes) -> str:
    """The codes and types in a JSON error, in one text: "context_length_exceeded" and the like; "" where it has none.

    Only where an envelope has them: a field that echoes the question must not be taken for the server's judgement.
    """
    sent = _parsed(body)
    places = [sent, sent.get("error")] if isinstance(sent, dict) else []
    found = [place.get(name) for place in places if isinstance(place, dict) for name in _MARKS]
    return " ".join(str(mark)[:200] for mark in found if isinstance(mark, str | int))


def fields_of(body: bytes) -> tuple[str, ...]:
    """The fields of the request that a JSON error names, as dotted paths: by `param`, and by FastAPI's `loc`."""
    found: list[str] = []
    _name_fields(_parsed(body), 0, found)
    return tuple(dict.fromkeys(found))


def _name_fields(sent: Any, depth: int, found: list[str]) -> None:
    if depth > 6 or not isinstance(sent, dict | list):
        return
    if isinstance(sent, list):
        for each in sent[:20]:
            _name_fields(each, depth + 1, found)
        return
    param, loc = sent.get("param"), sent.get("loc")
    if isinstance(param, str) and param:
        found.append(param[:200])
    if isinstance(loc, list) and (path := [str(step)[:200] for step in loc[:10] if step != "body"]):
        found.append(".".join(path))
    for key in _KEYS:
        _name_fields(sent.get(key), depth + 1, found)


def tidy(text: str) -> str:
    """Without control characters, runs of space, and what is too long to read; "" where markup is in it."""
    if _MARKUP.search(text):
        return ""
    text = _LINES.sub("\n\n", _SPACE.sub(" ", _CONTROL.sub("", text))).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _parsed(body: bytes) -> Any:
    """The JSON in a body; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _find(sent: Any, depth: int) -> str:
    if isinstance(sent, str):
        return sent
    if depth > 6:
        return ""
    if isinstance(sent, list):
        return "; ".join(found for each in sent[:10] if (found := _find_in_item(each, depth)))
    if isinstance(sent, dict):
        for key in _KEYS:
            if key in sent and (found := _find(sent[key], depth + 1)):
                return found
    return ""


def _find_in_item(item: Any, depth: int) -> str:
    """One of several reasons; FastAPI says beside each which field it is about."""
    found = _find(item, depth + 1)
    where = item.get("loc") if isinstance(item, dict) else None
    if found and isinstance(where, list):
        return f"{'.'.join(str(part) for part in where)}: {found}"
    return found
