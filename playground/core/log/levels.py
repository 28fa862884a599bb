"""How grave a line is, by a table of the ways in which servers say it."""

from __future__ import annotations

import json
import re

from playground.core.log.line import Level

_WORDS: dict[str, Level] = {
    **dict.fromkeys(
        ("e", "f", "err", "error", "fatal", "critical", "crit", "panic", "emerg", "alert", "severe"), "error"
    ),
    **dict.fromkeys(("w", "warn", "warning"), "warning"),
    **dict.fromkeys(("i", "info", "notice", "information"), "info"),
    **dict.fromkeys(("d", "debug", "trace", "verbose", "dbg"), "debug"),
}
_CAPITAL_WORDS = {word.upper(): level for word, level in _WORDS.items() if len(word) > 2}
_HTTP = r'"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) [^"]*" '
# klog, glog: E1125 01:02:03.4; llama.cpp: 0.00.036.178 E load: …
_LETTER = re.compile(r"(?:\S+ +\| )?([IWEF])\d{4} \d\d:\d\d:\d\d|\d+\.\d\d\.\d{3}\.\d{3} ([EWID]) ")
# vLLM, Python's logging, uvicorn, SGLang, Java, Rust's tracing: the first word in capitals that is a level.
_CAPITALS = re.compile(r"\b[A-Z]{3,8}\b")
# Where there is none: nginx, spdlog; logfmt; command-line programs.
_SMALL = re.compile(
    r"\[(error|warn|warning|info|debug|notice|crit|critical|alert|emerg|fatal|trace|I|W|E|D)\]"
    r"|\b(?:level|lvl|severity)=[\"']?([A-Za-z]+)|^(error|fatal|panic|warning|Error|Warning)(?:\[\w+\])?: "
)
_STATUS = re.compile(rf"{_HTTP}(\d)\d\d\b")
_TROUBLE = re.compile(
    r"^(?:Traceback \(most recent call last\)|thread '.*' (?:\(\d+\) )?panicked at|Exception in thread )"
)
_KEYS = ("level", "severity", "lvl", "levelname", "log.level", "loglevel")
WITHIN = 160
# A line of JSON that is longer is looked at as text.
LONGEST_JSON = 16_384


def level_of(text: str) -> Level:
    """How grave a line says it is; "unknown" where it does not say."""
    if text[:1] == "{" and (level := _of_json(text)) is not None:
        return level
    head = text[:WITHIN]
    if (letter := _LETTER.match(head)) is not None:
        return _WORDS[(letter[1] or letter[2]).lower()]
    for word in _CAPITALS.findall(head):
        if word in _CAPITAL_WORDS:
            return _by_status(_CAPITAL_WORDS[word], head)
    if (small := _SMALL.search(head)) is not None:
        return _WORDS.get((small[1] or small[2] or small[3]).lower(), "unknown")
    return "error" if _TROUBLE.match(head) else _by_status("unknown", head)


_GRAVE: dict[str, Level] = {"5": "error", "4": "warning"}


def _by_status(level: Level, head: str) -> Level:
    """An access line is as grave as its status: uvicorn calls each of them INFO."""
    if level not in ("unknown", "info") or '" ' not in head or not (found := _STATUS.search(head)):
        return level
    return _GRAVE.get(found[1], "info")


def _of_json(text: str) -> Level | None:
    if len(text) > LONGEST_JSON:
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for key in _KEYS:
        match said.get(key):
            case str(word):
                return _WORDS.get(word.lower())
            # bunyan, pino
            case int(number) if not isinstance(number, bool):
                return "error" if number >= 50 else "warning" if number >= 40 else "info" if number >= 30 else "debug"
    return None
