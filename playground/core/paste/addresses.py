"""An address as people paste it → a base URL: typos, quotes, ports alone, routes and queries. Asks nobody."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from playground.core.endpoint import parse_base_url
from playground.core.errors import SettingsError
from playground.core.parameter import Mode
from playground.core.paste.keys import key_state, placeholder_in, repeatable
from playground.core.secret import Secret

LONGEST = 2_000
_EDGES = " \t\r\n\"'`“”‘’«»<>,;|\u200b\ufeff\u00a0"
_ENDS = _EDGES + ".!"
_VERB = re.compile(r"(?:GET|POST|PUT|HEAD)\s+(?=\S)")
_TAIL = re.compile(r"\s+HTTP/\d(?:\.\d)?$")
# http:/x, http//x, http;//x, https:\\x, htp://x and http:x; twice where it was pasted behind one already typed.
_SCHEME = re.compile(r"(?:h?t{1,3}ps?\s*(?:[:;]\s*[/\\]+|[/\\]{2,})\s*)+|https?:(?=[^/\\\d])", re.IGNORECASE)
_PORT = re.compile(r"(?:port\s*[:=]?\s*|:)?(\d{2,5})(/\S*)?", re.IGNORECASE)
_HOST = re.compile(r"[\w.\-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_BARE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.\-]+)(:\d{1,5})?(?:[/?#]\S*)?")
_TOP = re.compile(r".*\.[^\W\d_]{2,}\.?|(?:\d{1,3}\.){3}\d{1,3}|localhost|\[.*\]", re.IGNORECASE)
_FILE = re.compile(r".*\.(?:gguf|json|jsonl|py|js|ts|md|txt|safetensors|ya?ml|toml|env|sh|csv|pdf)", re.IGNORECASE)
_FIND = re.compile(
    r"https?:[/\\]{1,2}[^\s\"'<>`|^]{1,2000}|\b(?:localhost|(?:\d{1,3}\.){3}\d{1,3}):\d{2,5}(?:/[^\s\"'<>`|^]{0,2000})?",
    re.IGNORECASE,
)
_ANYWHERE = ("0.0.0.0", "[::]")
_DEPLOYMENT = re.compile(r"/deployments/([^/]+)")
# Routes that belong to the server and are not what requests are appended to; `endpoint` knows those of the protocol.
_ROUTES = re.compile(
    r"(?:/v1/models/.+|/audio/\w+|/images/\w+|/rerank|/score|/tokenize|/detokenize|/metrics|/health|/healthz|/ping"
    r"|/version|/docs|/redoc|/openapi\.json|/api/(?:chat|generate|tags|show|ps))$"
)
_MODES: tuple[tuple[str, Mode], ...] = (("/chat/completions", "chat"), ("/completions", "completion"))
_KEYS = frozenset(("key", "api_key", "api-key", "apikey", "token", "access_token", "auth"))


@dataclass(frozen=True, slots=True)
class Address:
    """`base_url` None: it could not be made one, and `notes` say why. `route`: the last step of its path."""

    base_url: str | None
    mode: Mode | None = None
    model: str | None = None
    key: Secret | None = None
    route: str = ""
    notes: tuple[str, ...] = ()


def looks_like_address(text: str) -> bool:
    """Whether a text alone on its line is an address and not a word, a file's name, a model's."""
    plain = tidied(text)
    if len(plain) > LONGEST or not plain.isprintable() or re.search(r"\s", plain):
        return False
    if re.match(r"https?://.", plain):
        return True
    if not (found := _BARE.fullmatch(plain)):
        return False
    host, port = found[1], found[2]
    return port is not None or (_TOP.fullmatch(host) is not None and _FILE.fullmatch(host) is None)


def find_address(text: str) -> str | None:
    """The first address that stands in a text."""
    found = _FIND.search(text)
    return None if found is None else found[0].rstrip(".,;:!?*_")


def tidied(text: str) -> str:
    """The address without what came with it: quotes, brackets, a verb, dots at the end, a scheme's typos."""
    plain = text.strip(_EDGES).rstrip(_ENDS)
    if len(plain) > LONGEST:
        return plain
    plain = _TAIL.sub("", _VERB.sub("", plain, count=1)).rstrip(_ENDS).lstrip(_EDGES)
    if plain.startswith("(") or (plain.endswith(")") and "(" not in plain):
        plain = plain.strip("()")
    if found := _SCHEME.match(plain):
        secure = "s" in found[0].lower().rpartition("t")[2]
        plain = ("https://" if secure else "http://") + plain[found.end() :]
    # "http://host : 8000 / v1": only around what separates, so that two words never become one name.
    plain = re.sub(r"\s*([:/])\s*", r"\1", plain)
    if found := _PORT.fullmatch(plain):
        return f"localhost:{found[1]}{found[2] or ''}"
    try:
        return f"[{ipaddress.IPv6Address(plain)}]"
    except ValueError:
        return plain


def read_address(text: str) -> Address:
    """The base URL in a text that is meant to be an address. What may be a secret in it is in no note."""
    plain = tidied(text)
    if len(plain) > LONGEST:
        return Address(None, notes=("The address is too long to be one.",))
    if (name := placeholder_in(plain)) is not None:
        said = f"{name} in the address" if repeatable(name.strip("${}<>%")) else "A part of the address"
        return Address(None, _mode(plain), notes=(f"{said} is to be replaced by the endpoint's own.",))
    plain, notes = _without_user(plain)
    head, mark, tail = plain.partition("?")
    head = head.partition("#")[0]
    key = None
    if mark:
        key, said = _query(tail)
        notes.append(said)
    try:
        base_url = parse_base_url(head)
        parts = urlsplit(base_url)
    except (SettingsError, ValueError):
        # Not in their words, which repeat the address: anything may stand in it here.
        said = "What stands in the address's place is none: it looks like http://localhost:8000/v1 or https://host/v1."
        return Address(None, notes=(*notes, said))
    if not _HOST.fullmatch(parts.netloc):
        return Address(None, notes=(*notes, "The address has characters that no host's name has."))
    place = re.sub(r":\d+$", "", parts.netloc)
    if place in _ANYWHERE:
        notes.append(f"{place} is where a server listens, not where it is reached: localhost is filled in.")
        base_url = base_url.replace(place, "localhost", 1)
    deployment = _DEPLOYMENT.search(parts.path)
    return Address(
        _ROUTES.sub("", base_url),
        _mode(head),
        deployment and deployment[1],
        key,
        head.rstrip("/").rpartition("/")[2],
        tuple(notes),
    )


def _mode(address: str) -> Mode | None:
    path = address.partition("?")[0].rstrip("/")
    return next((mode for route, mode in _MODES if path.endswith(route)), None)


def _without_user(plain: str) -> tuple[str, list[str]]:
    start = plain.find("://") + 3 if "://" in plain else 0
    place = re.split(r"[/?#]", plain[start:], maxsplit=1)[0]
    user, at, _host = place.rpartition("@")
    if not at:
        return plain, []
    note = "The address held a user name or password, which is left out: the key has its own field."
    return plain[:start] + plain[start + len(user) + 1 :], [note]


def _query(query: str) -> tuple[Secret | None, str]:
    """The key that a query holds, and what to say of the query; its values are not repeated."""
    try:
        pairs = parse_qsl(query.partition("#")[0], max_num_fields=50)
    except ValueError:
        pairs = []
    key = next((Secret(value) for name, value in pairs if name.lower() in _KEYS and key_state(value) == "key"), None)
    if key is not None:
        return key, "The key stood in the address; it is filled in as the key, and sent as one."
    names = ", ".join(name for name, _ in pairs if repeatable(name))
    said = f" ({names})" if names else ""
    return None, f"What follows the question mark in the address{said} is left out: it is not sent."
