"""Any pasted text → `Pasted`: finds out what it is, and asks the reader of its kind."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from playground.core.paste.addresses import find_address, looks_like_address
from playground.core.paste.bodies import is_body, parsed, take_body
from playground.core.paste.calls import take_script
from playground.core.paste.curl import CURL, take_curl
from playground.core.paste.found import Found, Kind, Pasted
from playground.core.paste.keys import bare, key_state
from playground.core.paste.lines import pairs, take_lines
from playground.core.paste.literals import read_code
from playground.core.paste.names import PARAMETERS, meaning
from playground.core.paste.python import read_python
from playground.core.paste.values import Script
from playground.core.redact import redact
from playground.core.secret import MASK

LONGEST = 1_000_000
HELP = (
    "Nothing here says where the model is. Paste its address (host:8000 or https://host/v1), a curl command, a Python "
    "or JavaScript snippet, the lines of a .env file, or a request's JSON."
)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)", re.MULTILINE | re.DOTALL)
_MOST_BLOCKS = 20
_MOST_PARTS = 2_000
_NOTHING: Kind = "nothing"
_POWERSHELL = re.compile(
    r"\bInvoke-(?:RestMethod|WebRequest)\b|^[^\n]{0,80}\b(?:irm|iwr) +-|\bcurl [^\n]{0,200}-Uri\b",
    re.IGNORECASE | re.MULTILINE,
)
_JAVASCRIPT = re.compile(
    r"\bnew [A-Z]\w{0,60}\(|\bfetch\(|\baxios\b|^[ \t]{0,40}(?:const|let|var) \w|process\.env|\bbaseURL\s{0,4}:"
    r"|\bapiKey\s{0,4}:|\bimport [^\n]{1,80} from ['\"]|\brequire\(|JSON\.stringify",
    re.MULTILINE,
)
_PYTHON = re.compile(
    r"^[ \t]{0,40}(?:from [\w.]{1,80} import |import \w)|^>>> |\b\w{1,60}\(\s{0,40}(?:\w{1,40}\s?=[^=]|\))"
    r"|\b(?:requests|httpx)\.\w|^[ \t]{0,40}\w{1,60} {0,4}= {0,4}(?:[\[(]|\{(?!\{))"
    r"|\.create\(|\bopenai\.\w|\bos\.environ\[.{1,80}\] =",
    re.MULTILINE,
)
# Where two begin at one place, the first of them.
_MARKS: dict[Kind, re.Pattern[str]] = {
    "powershell": _POWERSHELL,
    "curl": CURL,
    "javascript": _JAVASCRIPT,
    "python": _PYTHON,
}
_MODEL = re.compile(r"[A-Za-z0-9][\w.\-]{0,80}/[\w.:\-]{1,120}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_CURLY = str.maketrans("“”„‘’‚\u00a0", "\"\"\"''' ", "\u200b\ufeff\u2060")


def read(text: str) -> Pasted:
    """What a pasted text says. Never raises; a text that says nothing has a note of what can be pasted."""
    cut = len(text) > LONGEST
    text = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff\u200b \t\n\u00a0")
    found, kind = Found(), _NOTHING
    for block in _blocks(text):
        other = Found()
        other_kind = _read(other, block)
        if kind == _NOTHING:
            found, kind = other, other_kind
        else:
            found.fill_up(other)
    if cut:
        found.note("The text is very long: only its beginning was read.")
    if kind == _NOTHING:
        found.note(HELP)
    return found.pasted(kind)


def _blocks(text: str) -> list[str]:
    """The code of a text with fences, else all of it."""
    return [block[1] for block in _FENCE.finditer(text)][:_MOST_BLOCKS] or [text]


def _read(found: Found, text: str) -> Kind:
    if looks_like_address(text):
        found.take_address(text)
        return "address"
    if (kind := _word(found, text)) is not None:
        return kind
    if not re.search("[\"']", text) and (plain := text.translate(_CURLY)) != text:
        text = plain
    kind = _request(found, text)
    if kind is not None and (found.anything or found.notes or found.missing):
        return kind
    for lines in (text, pairs(text)):
        take_lines(found, lines)
        if found.anything or found.missing:
            return "settings"
    return _prose(found, text)


def _request(found: Found, text: str) -> Kind | None:
    """JSON, or else a command or a piece of code by the first mark in it: what comes later may stand in a prompt."""
    if text.startswith(("{", "[")) and (kind := _json(found, text)) is not None:
        return kind
    marks = [(mark.start(), kind) for kind, shape in _MARKS.items() if (mark := shape.search(text))]
    match min(marks, key=lambda mark: mark[0])[1] if marks else None:
        case "powershell":
            take_script(found, read_code(text, "powershell"))
            return "powershell"
        case "curl" if take_curl(found, text):
            return "curl"
        case "javascript":
            take_script(found, read_code(text))
            return "javascript"
        case "python":
            take_script(found, read_python(text))
            return "python"
    return None


def _word(found: Found, text: str) -> Kind | None:
    """One word that is no address: a key by its maker's mark, or a model by its two names."""
    word = bare(text)
    if len(word) > 300 or re.search(r"\s", word):
        return None
    if _is_key(word):
        found.take_key(word)
        return "key"
    if _MODEL.fullmatch(word):
        found.take_model(word)
        return "model"
    return None


def _json(found: Found, text: str) -> Kind | None:
    """A request's body, a list of messages, or settings as JSON; None for what only begins like one."""
    value = parsed(text)
    if isinstance(value, list) and value and all(isinstance(part, dict) and "role" in part for part in value):
        take_body(found, value)
        return "json"
    if not isinstance(value, dict) or not value:
        return None
    if is_body(value):
        take_body(found, value)
    else:
        take_script(found, Script(_of_endpoint(value)))
        if found.base_url is None and PARAMETERS & value.keys():
            take_body(found, {name: held for name, held in value.items() if name in PARAMETERS or name == "model"})
    return "json"


def _of_endpoint(value: dict[str, Any]) -> dict[str, Any]:
    """The first part of a JSON of settings that has an address: the keys of its other parts are for other places."""
    parts: list[Any] = [value]
    for part in parts:
        if isinstance(part, dict) and any(_is_address(name, held) for name, held in part.items()):
            return part
        held_in = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        parts += islice(held_in, max(0, _MOST_PARTS - len(parts)))
    return value


def _is_address(name: str, held: Any) -> bool:
    said = meaning(name)
    return said is not None and said.concept == "address" and isinstance(held, str)


def _prose(found: Found, text: str) -> Kind:
    """An address, and a key by its maker's mark, that stand among words."""
    address = find_address(text)
    if address is not None:
        found.take_address(address)
    for word in text[:20_000].split()[:500]:
        word = bare(word).rstrip(".!?)")
        if _is_key(word):
            found.take_key(word)
    return "address" if address is not None else "key" if found.key is not None else _NOTHING


def _is_key(word: str) -> bool:
    return key_state(word) == "key" and (redact(word) == MASK or _UUID.fullmatch(word) is not None)
