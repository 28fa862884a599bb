"""Takes names and text out of what is given away: each replaced by what it was and how long, the rest as it stood.

Rather too much than too little: in an answer's events every text goes that the protocol does not name; in a log line
every longer word and number that was said or answered, two words that stood beside each other there, and what was said
whole, however short and however it is escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from playground.core.params import TABLE
from playground.core.wire_events import REQUEST_IDS


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Fields whose texts are the protocol's own.
_PLAIN = _set("object role type finish_reason id system_fingerprint service_tier reasoning_effort tool_choice event")
# Names of fields that say nothing of anybody.
_FIELDS = _set(
    """
    model messages prompt stream stream_options include_usage content role name choices delta index logprobs usage
    created object id finish_reason stop_reason prompt_tokens completion_tokens total_tokens prompt_tokens_details
    completion_tokens_details cached_tokens reasoning_tokens reasoning reasoning_content tool_calls function arguments
    type error message code param detail top_logprobs token logprob bytes text refusal json_schema schema strict
    chat_template_kwargs enable_thinking timings token_ids prompt_token_ids system_fingerprint service_tier tools
    tool_choice continue_final_message add_generation_prompt prefix n user logit_bias properties required items
    description enum parameters
    """
) | {field for param in TABLE for field in param.fields}
# Words of servers' logs that stay though somebody said them too.
_LOG_WORDS = _set(
    """
    info warn warning error debug trace critical request requests response chat completion completions model token
    tokens prompt generation running waiting pending cache usage queue http post with from time status engine server
    throughput seconds received finished aborted added total task slot stop length params sampling max_tokens
    """
)
# Headers whose values say nothing of anybody; and those of which the name says nothing.
_HEADERS = _set(
    """
    accept accept-encoding connection content-type content-length transfer-encoding date user-agent
    retry-after cache-control x-accel-buffering content-encoding vary keep-alive
    """
) | frozenset(REQUEST_IDS)
_HEADER_NAMES = _set("host authorization server set-cookie via location")
_NUMBERS = re.compile(r"\[(?:\s*-?\d+\s*,){3,}\s*-?\d+\s*\]")
_PARTS = re.compile(r"‹[^›]*›|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[nrt\"'\\]|\w+|.", re.DOTALL)
# Letters of a word, and digits of a number, that are hidden wherever they stand.
_SHORTEST, _SHORTEST_NUMBER = 4, 3
# Characters between two words that were taken out that go with them.
_BETWEEN = 12


class Blind:
    """`names`: by what each is, "model" for one; a "field" is one of JSON. `texts`: what was said and answered."""

    def __init__(self, names: Iterable[tuple[str, str]], texts: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        counts: dict[str, int] = {}
        shapes: dict[str, str] = {}
        for kind, name in names:
            if len(name) < 2 or name.casefold() in self._names:
                continue
            counts[kind] = counts.get(kind, 0) + 1
            self._names[name.casefold()] = f"‹{kind} {counts[kind]}, {_length(name)}›"
            # A field may be called by any word, which others hold.
            shapes[name] = rf"(?<!\w){re.escape(name)}(?!\w)" if kind == "field" else re.escape(name)
        longest = [shapes[name] for name in sorted(shapes, key=len, reverse=True)]
        self._name = re.compile("|".join(longest), re.IGNORECASE) if longest else None
        self._words: set[str] = set()
        self._pairs: set[tuple[str, str]] = set()
        for text in texts:
            self._learn(text)

    def _learn(self, text: str) -> None:
        words = re.findall(r"\w+", text.casefold())
        self._words.update(filter(_stands_out, words))
        self._pairs.update(pairwise(words))
        # What is all of a line: a name, a number.
        lines = (re.findall(r"\w+", line) for line in text.casefold().splitlines())
        self._words.update(line[0] for line in lines if len(line) == 1)

    def names(self, text: str) -> str:
        """A sentence of our own without names."""
        if self._name is None:
            return text
        return self._name.sub(lambda found: self._names[found[0].casefold()], text)

    def words(self, text: str) -> str:
        """A line that somebody else wrote, without names and without what was said."""
        parts = _PARTS.findall(_NUMBERS.sub("‹numbers›", self.names(text)))
        hidden = [self._tells(part) for part in parts]
        for place, following in pairwise(_words(parts)):
            pair = (parts[place].casefold(), parts[following].casefold())
            if pair in self._pairs and not _LOG_WORDS.issuperset(pair):
                hidden[place] = hidden[following] = True
        made, at = [], 0
        while at < len(parts):
            if not hidden[at]:
                made.append(parts[at])
                at += 1
                continue
            end = _run(parts, hidden, at)
            made.append(self.length("".join(parts[at:end])))
            at = end
        return "".join(made)

    def value(self, value: Any, field: str = "") -> Any:
        """A JSON value."""
        if isinstance(value, str):
            known = self._names.get(value.casefold())
            return value if field in _PLAIN else known or self.length(value)
        if isinstance(value, dict):
            # A token's number says which it is.
            hidden = {"id": "‹number›"} if "logprob" in value and isinstance(value.get("id"), int) else {}
            fields = enumerate((value | hidden).items())
            return {self.field(name, place): self.value(each, name) for place, (name, each) in fields}
        if isinstance(value, list):
            if value and all(isinstance(each, int) for each in value):
                return f"‹{len(value)} numbers›"
            return [self.value(each, field) for each in value]
        return value

    @staticmethod
    def length(text: str) -> str:
        """A text of which nothing is to be seen."""
        return f"‹text, {_length(text)}›"

    def event(self, text: str) -> str:
        """An event of a stream, or a whole body."""
        try:
            return json.dumps(self.value(json.loads(text)), ensure_ascii=False)
        except (ValueError, RecursionError):
            return "\n".join(self._line(line) for line in text.split("\n"))

    def header(self, name: str, value: str) -> tuple[str, str]:
        if name.lower() in _HEADERS:
            return name, value
        return (name if name.lower() in _HEADER_NAMES else f"‹header, {_length(name)}›"), self.length(value)

    def _line(self, line: str) -> str:
        field, colon, rest = line.partition(":")
        if field not in ("data", "event", "id", "retry") or not colon:
            field, colon, rest = "", "", line
        said = rest.strip()
        if said in ("", "[DONE]"):
            return line
        try:
            blind = json.dumps(self.value(json.loads(said)), ensure_ascii=False)
        except (ValueError, RecursionError):
            blind = self.length(said)
        return f"{field}{colon} {blind}" if field else blind

    def field(self, name: str, place: int) -> str:
        """A field's name, where the protocol has it; `place` is its number among its like, from 0."""
        if name in _FIELDS:
            return name
        return self._names.get(name.casefold()) or f"‹field {place + 1}, {_length(name)}›"

    def _tells(self, part: str) -> bool:
        if part.startswith("‹"):
            return False
        if part.startswith(("\\u", "\\x")) or not part.isascii():
            return True
        word = part.casefold()
        return word in self._words and word not in _LOG_WORDS


def _stands_out(word: str) -> bool:
    return len(word) >= (_SHORTEST_NUMBER if word.isdigit() else _SHORTEST)


def _words(parts: list[str]) -> list[int]:
    """Where the words are."""
    return [place for place, part in enumerate(parts) if part[0].isalnum() or part[0] == "_"]


def _run(parts: list[str], hidden: list[bool], start: int) -> int:
    """Where a run of what is hidden ends, with the short things between."""
    end = at = start + 1
    between = 0
    while at < len(parts) and between <= _BETWEEN and not parts[at].startswith("‹"):
        between = 0 if hidden[at] else between + len(parts[at])
        at += 1
        if hidden[at - 1]:
            end = at
    return end


def _length(text: str) -> str:
    return "1 character" if len(text) == 1 else f"{len(text):,} characters"


def fields_in(value: Any) -> list[str]:
    """Every name of a field in a JSON value that the protocol does not have."""
    if isinstance(value, list):
        return [name for each in value for name in fields_in(each)]
    if isinstance(value, Mapping):
        own = [name for name in value if name not in _FIELDS]
        return [*own, *(name for each in value.values() for name in fields_in(each))]
    return []


def texts_in(value: Any, field: str = "") -> list[str]:
    """Every text in a JSON value that the protocol does not name itself; names of fields too."""
    if isinstance(value, str):
        return [] if field in _PLAIN or field == "model" else [value]
    if isinstance(value, list):
        return [text for each in value for text in texts_in(each, field)]
    if isinstance(value, Mapping):
        named = [name for name in value if name not in _FIELDS]
        return [*named, *(text for name, each in value.items() for text in texts_in(each, name))]
    return []
