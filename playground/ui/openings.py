"""The addresses that are open, one table with the reason for each. All else is closed: Chainlit serves its page at any
address, its API's documentation, uploads, and routes for features this app does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_READ = frozenset({"GET", "HEAD"})
_POST = frozenset({"POST"})


@dataclass(frozen=True, slots=True)
class Opening:
    """A path; where it ends in a slash and is not the root, everything under it."""

    path: str
    methods: frozenset[str]
    why: str


OPENINGS = (
    Opening("/", _READ, "the page"),
    Opening("/assets/", _READ, "Chainlit's scripts and styles"),
    Opening("/public/", _READ, "our style, scripts and pictures"),
    Opening("/favicon", _READ, "the mark in the browser's tab"),
    Opening("/logo", _READ, "the welcome screen's mark"),
    Opening("/avatars/", _READ, "the mark beside an answer"),
    Opening("/auth/config", _READ, "the page asks whether to sign in"),
    Opening("/user", _READ, "the page asks who it is"),
    Opening("/project/settings", _READ, "the page's settings and starters"),
    Opening("/project/translations", _READ, "the page's words"),
    Opening("/project/action", _POST, "the buttons under an answer"),
    Opening("/set-session-cookie", _POST, "the page says which tab it is, before it opens its socket"),
    Opening("/ws/socket.io/", _READ | _POST, "the chat itself: a socket, or long polling where a proxy allows none"),
    Opening("/healthz", _READ, "whether the app serves, for whoever started it"),
    Opening("/operator/", _READ, "the link by which the operator is known"),
    Opening("/playground/", _READ | _POST, "our own routes"),
)

_CLOSED: Mapping[str, str] = {
    "/project/file": "This playground takes text only: files and pictures cannot be sent.",
}


def opening_for(path: str) -> Opening | None:
    """The one that lets `path` in; None where it is closed."""
    for opening in OPENINGS:
        if path == opening.path or (opening.path != "/" and opening.path[-1] == "/" and path.startswith(opening.path)):
            return opening
    return None


def why_closed(path: str) -> str:
    """One plain line."""
    return _CLOSED.get(path, "There is nothing at this address. The playground is at /")
