"""Where requests go: an endpoint's address and name, and how what people paste becomes a base URL."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from playground.core.addresses import Reach
from playground.core.errors import SettingsError
from playground.core.log.sources import LogSource
from playground.core.params import NOTHING_SET, Params
from playground.core.secret import Secret

Kind = Literal["remote", "local"]
# Scheme, host and port, the port None where the scheme has none of its own.
Origin = tuple[str, str, int | None]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ROUTES = ("/chat/completions", "/completions", "/models", "/embeddings", "/responses")
_FLEXAI = re.compile(r"inference-[\w-]+(\.\w+)*\.flex\.ai")
_VERSION = re.compile(r"v\d+\w*")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One OpenAI-compatible server.

    `base_url` has no trailing slash and is what the routes are appended to. `model` is None where the operator names
    none: the endpoint's first one is then used. `key` goes to this address and to no other, and so do `headers`, by
    their names. `params` is what the operator sets for every request to it. `title` is what people read where the name
    is only an id. `reach` is where an endpoint may lead that a visitor has typed; None is everywhere, for the
    operator's own ones and the embedded server. `logs` is where its server's log is to be had.

    `stated` is what the operator's settings say of it besides, as dotted keys with their values. `flexai` is its name
    at FlexAI, to be asked of the CLI. `sleeps`: it may be scaled to zero, so that a gateway's bare 502, 503 or 504 is
    no failure yet.
    `metrics` is the whole address of its Prometheus page, None where that is beside its API.
    """

    name: str
    base_url: str
    key: Secret | None = None
    model: str | None = None
    kind: Kind = "remote"
    params: Params = NOTHING_SET
    title: str = ""
    headers: tuple[tuple[str, Secret], ...] = ()
    reach: Reach | None = None
    logs: tuple[LogSource, ...] = ()
    stated: tuple[tuple[str, str], ...] = ()
    flexai: str | None = None
    sleeps: bool = False
    metrics: str | None = None

    @property
    def label(self) -> str:
        return self.title or self.name

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that may be shown nowhere."""
        return (*((self.key,) if self.key is not None else ()), *(value for _, value in self.headers))


def parse_base_url(pasted: str) -> str:
    """A base URL from what people paste: a bare host, a trailing slash, a whole route.

    Raises `SettingsError` as `parse_url`.
    """
    return _without_route(parse_url(pasted))


def parse_url(pasted: str) -> SplitResult:
    """An address's parts, with the scheme it most likely has where none is given.

    Raises `SettingsError` where it is no http(s) address, or holds what may be a secret: a user name, a password, a
    query. None of these is repeated in the message.
    """
    text = pasted.strip()
    if not text:
        raise SettingsError("The endpoint's URL is empty.", "Give its address, for example http://localhost:8000/v1.")
    if not _SCHEME.match(text):
        text = ("http://" if _is_local_name(text) else "https://") + text
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise _bad(pasted) from None
    if parts.scheme not in ("http", "https") or not host or not text.isprintable() or " " in text:
        raise _bad(pasted)
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            "The endpoint's URL holds a user name or password.",
            "Take it out of the URL and give the key by its own setting.",
        )
    if parts.query:
        raise SettingsError(
            "The endpoint's URL holds a query, the part from the question mark on.",
            "Take it out of the URL. If it is a key, give it by the setting for the key.",
        )
    return parts


def candidates(base_url: str) -> tuple[str, ...]:
    """The base URLs worth trying, best first: servers document theirs with and without `/v1`."""
    steps = urlsplit(base_url).path.split("/")
    if steps[-1] == "v1":
        return (base_url, base_url.removesuffix("/v1"))
    if any(_VERSION.fullmatch(step) for step in steps):
        # A version further up, as in /v1beta/openai: such an address is most likely whole.
        return (base_url, base_url + "/v1")
    return (base_url + "/v1", base_url)


def origin(url: str) -> Origin:
    """What a secret is bound to: requests to the same scheme, host and port go to the same server."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def may_sleep(base_url: str) -> bool:
    """Whether an address is one of FlexAI's dedicated endpoints, which may be set to be scaled to zero."""
    return bool(_FLEXAI.fullmatch(urlsplit(base_url).hostname or ""))


def _without_route(parts: SplitResult) -> str:
    path = parts.path.rstrip("/")
    for route in _ROUTES:
        if path.endswith(route):
            path = path.removesuffix(route).rstrip("/")
            break
    return f"{parts.scheme.lower()}://{parts.netloc}{path}"


def _is_local_name(text: str) -> bool:
    """Whether a bare address is most likely plain http: it has a port other than 443, or is a number or localhost."""
    place = text.partition("/")[0]
    host, _, port = place.rpartition(":") if re.search(r":\d+$", place) else (place, "", "")
    try:
        number = bool(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        number = False
    return port != "443" and (bool(port) or number or host == "localhost")


def _bad(pasted: str) -> SettingsError:
    # What may hold a password or a key is not repeated.
    secret = "@" in pasted or "?" in pasted
    shown = "The endpoint's URL" if secret else repr(pasted.strip()[:120])
    return SettingsError(
        f"{shown} is not an endpoint's address.", "It looks like http://localhost:8000/v1 or https://host/v1."
    )
