"""What was found in a pasted text: `Pasted`, and `Found`, the draft that the readers fill."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from playground.core.parameter import Mode
from playground.core.paste.addresses import Address, read_address
from playground.core.paste.keys import bare, key_state, placeholder, repeatable
from playground.core.paste.values import Unknown, text_of
from playground.core.redact import redact
from playground.core.secret import Secret

Kind = Literal["address", "key", "model", "curl", "powershell", "python", "javascript", "json", "settings", "nothing"]

# The client sets these itself, or they say nothing of the endpoint.
_OWN_HEADERS = frozenset(
    (
        "content-type", "content-length", "accept", "accept-encoding", "accept-language", "user-agent",
        "connection", "cache-control", "pragma", "origin", "referer", "dnt", "priority",
    )
)  # fmt: skip
_KEY_HEADERS = frozenset(("api-key", "x-api-key", "apikey", "x-api-token", "x-auth-token", "x-goog-api-key"))
# Digits at the end only, and few: what is named is shown, and a key that slipped into a name must not be.
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,40}\d{0,3}")
_MOST_NOTES = 12


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a pasted text says of an endpoint and of a request. None: it does not say.

    `base_url` is in the form of `endpoint.parse_base_url`. `parameters` are by their wire names, with JSON values.
    `images` counts the parts of the prompt that are no text and were not taken. `headers` are names only: their values
    are not kept. `notes` are sentences for the person, of what was not understood or not taken; none holds a secret.
    """

    kind: Kind
    base_url: str | None = None
    key: Secret | None = None
    model: str | None = None
    mode: Mode | None = None
    system: str | None = field(default=None, repr=False)
    prompt: str | None = field(default=None, repr=False)
    # These are left out of the repr: a body can hold the keys of tools.
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    images: int = 0
    headers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """The draft. Each `take_` keeps what is not there yet and notes what cannot be kept."""

    base_url: str | None = None
    key: Secret | None = None
    model: str | None = None
    mode: Mode | None = None
    system: str | None = None
    prompt: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    images: int = 0
    headers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # What was named and is not there, by field; said only if nothing else gives it.
    missing: dict[str, str] = field(default_factory=dict)
    # The last step of the address that was taken: it tells a body for the answers' route from one for another.
    route: str = ""

    @property
    def anything(self) -> bool:
        return bool(self.base_url or self.key or self.model or self.prompt or self.system or self.parameters)

    def note(self, said: str) -> None:
        if said not in self.notes and len(self.notes) < _MOST_NOTES:
            self.notes.append(said)

    def _miss(self, name: str, said: str) -> None:
        self.missing.setdefault(name, said)

    def fill_up(self, other: Found) -> None:
        """What another piece of the same text adds, unless it is of another endpoint: a key goes nowhere else."""
        if None not in (self.base_url, other.base_url) and self.base_url != other.base_url:
            return
        for name in ("base_url", "key", "model", "mode", "system", "prompt"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(other, name))
        self.parameters = self.parameters or other.parameters

    def take_address(self, value: Any) -> None:
        if self.base_url is not None:
            return
        if isinstance(value, Unknown):
            self._miss("base_url", f"The address is not in what was pasted{_in(value.name)}.")
            return
        if not isinstance(value, str) or not value.strip():
            return
        self._take(read_address(value))

    def _take(self, read: Address) -> None:
        self.base_url, self.mode, self.route = read.base_url, self.mode or read.mode, read.route
        self.model = self.model or read.model
        self.key = self.key or read.key
        for said in read.notes:
            self.note(said)

    def take_key(self, value: Any) -> None:
        if self.key is not None:
            return
        if isinstance(value, Unknown):
            self._miss("key", f"The key is not in what was pasted{_in(value.name)}: type it into its field.")
            return
        if not isinstance(value, str):
            return
        plain = bare(value)
        match key_state(plain):
            case "key":
                self.key = Secret(plain)
            case "none":
                self._miss("key", "What stands in the key's place is no key: the endpoint seems to want none.")
            case "placeholder":
                name = placeholder(plain)
                self._miss("key", f"{name or 'What was pasted'} only stands for the key: type the key into its field.")
            case "unusable":
                self._miss("key", "What stands in the key's place cannot be one: keys have no spaces and no accents.")
            case never:
                assert_never(never)

    def take_model(self, value: Any) -> None:
        if self.model is not None or not isinstance(value, str) or not value.strip():
            if isinstance(value, Unknown):
                self._miss("model", f"The model's name is not in what was pasted{_in(value.name)}.")
            return
        name = text_of(value.strip())
        if (stands := placeholder(name)) is not None:
            self._miss("model", f"{stands or 'What was pasted'} only stands for the model's name.")
        elif len(name) <= 300 and name.isprintable():
            self.model = name

    def take_header(self, name: str, value: Any) -> None:
        """A header of a request: the key, one the client sets itself, or one that is only named."""
        plain = name.strip().lower()
        if plain in _OWN_HEADERS or plain.startswith("sec-"):
            return
        if not _HEADER_NAME.fullmatch(name.strip()) or redact(name) != name:
            self.note("A header without a proper name was left out.")
        elif plain == "authorization":
            self._authorization(value)
        elif plain in _KEY_HEADERS and self.key is None:
            self.take_key(value)
            self.note(
                f"The key was given by the header {name.strip()}; here it is sent as a Bearer key. If the "
                "server wants its own header, it is set in the settings file."
            )
        elif name.strip() not in self.headers:
            self.headers.append(name.strip())

    def take_headers(self, value: Any) -> None:
        if isinstance(value, Unknown):
            self.note(f"The headers are not in what was pasted{_in(value.name)}.")
        elif isinstance(value, dict):
            for name, held in value.items():
                self.take_header(name, held)

    def _authorization(self, value: Any) -> None:
        if not isinstance(value, str):
            self.take_key(value)
            return
        scheme, _, rest = value.strip(" \t\"'").partition(" ")
        if scheme.lower() == "bearer" or not rest:
            self.take_key(rest if scheme.lower() == "bearer" else scheme)
        elif placeholder(value.strip()) is not None:
            self.take_key(value.strip())
        else:
            self.headers.append("Authorization")
            self.note("The sign-in is not by a Bearer key and was left out.")

    def pasted(self, kind: Kind) -> Pasted:
        for name, said in self.missing.items():
            if getattr(self, name) is None:
                self.note(said)
        if self.headers:
            self.note(f"Headers that were left out: {', '.join(self.headers[:20])}. They are set in the settings file.")
        secrets = () if self.key is None else (self.key,)
        return Pasted(
            kind,
            self.base_url,
            self.key,
            self.model,
            self.mode,
            self.system,
            self.prompt,
            self.parameters,
            self.images,
            tuple(self.headers),
            tuple(redact(said, secrets) for said in self.notes),
        )


def _in(name: str) -> str:
    """Where it is instead, if that can be said."""
    last = name.rpartition(".")[2]
    return f": it is in {last} there" if last and repeatable(last) else ""
