"""A curl command → address, headers and body. Of its options those that say what is sent."""

from __future__ import annotations

import re

from playground.core.paste.bodies import parsed, take_body
from playground.core.paste.calls import INSECURE
from playground.core.paste.found import Found
from playground.core.paste.shell import split
from playground.core.paste.values import Unknown
from playground.core.paste.words import Command

# Where the command begins: what stands before it in a text is not the shell's.
START = re.compile(
    r"^[ \t]*(?:(?:[$%❯➜]|PS [^>\n]{0,200}>|[A-Za-z]:\\[^>\n]{0,200}>)[ \t]*)?"
    r"(?:curl(?:\.exe)?[ \t\\^`]|echo[ \t]|printf[ \t]|cat[ \t]{0,4}<<"
    r"|(?:export |set )?\w{1,80}=\S|\$(?:env:)?\w{1,80} *= *)",
    re.MULTILINE,
)
CURL = re.compile(r"(?:^|[|;&(`]|[$%❯➜>])[ \t]*curl(?:\.exe)?[ \t\\^`]", re.MULTILINE)
_PROGRAM = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.IGNORECASE)

# The options of curl that take a value, but for those below; what stands after them is no address.
_SKIPPED = frozenset(
    (
        "request", "output", "max-time", "connect-timeout", "user-agent", "referer", "write-out", "range",
        "retry", "retry-delay", "retry-max-time", "speed-limit", "speed-time", "limit-rate", "max-redirs",
        "max-filesize", "interface", "local-port", "cacert", "capath", "cert", "cert-type", "key", "key-type",
        "pass", "ciphers", "tls-max", "tls13-ciphers", "pinnedpubkey", "proxy", "proxy-user", "proxy-header",
        "noproxy", "preproxy", "socks5", "socks5-hostname", "socks4", "socks4a", "dns-servers", "doh-url",
        "resolve", "connect-to", "unix-socket", "abstract-unix-socket", "cookie-jar", "dump-header", "stderr",
        "trace", "trace-ascii", "config", "netrc-file", "keepalive-time", "happy-eyeballs-timeout-ms",
        "expect100-timeout", "parallel-max", "aws-sigv4", "delegation", "engine", "login-options", "mail-from",
        "mail-rcpt", "oauth2-bearer", "output-dir", "postquote", "quote", "proto", "proto-default",
        "proto-redir", "request-target", "rate", "service-name", "tlsuser", "tlspassword", "upload-file",
        "url-query", "variable",
    )
)  # fmt: skip
_SHORT = {
    "H": "header", "d": "data", "u": "user", "k": "insecure", "F": "form", "T": "upload-file", "x": "proxy",
    "X": "request", "o": "output", "m": "max-time", "A": "user-agent", "e": "referer", "b": "cookie",
    "c": "cookie-jar",
    "w": "write-out", "E": "cert", "r": "range", "z": "time-cond", "C": "continue-at", "D": "dump-header",
    "K": "config",
    "P": "ftp-port", "Q": "quote", "t": "telnet-option", "U": "proxy-user", "Y": "speed-limit", "y": "speed-time",
}  # fmt: skip
_DATA = frozenset(("data", "data-raw", "data-binary", "data-ascii", "json", "data-urlencode"))
_TAKEN = frozenset(("header", "user", "form", "url", "cookie", *_DATA))
_NOTED = {
    "insecure": INSECURE,
    "user": "The sign-in by user name and password (-u) was left out: requests here carry a Bearer key.",
    "form": "The form (-F) was left out: files are attached to a message.",
    "upload-file": "The file that curl sends is not in what was pasted.",
    "proxy": "The proxy was left out: the app's operator sets it.",
    "config": "curl's own settings file (-K) is not in what was pasted.",
    "unix-socket": "A Unix socket cannot be reached from here.",
    "resolve": "The host's name is looked up here in the usual way: --resolve was left out.",
    "connect-to": "The host's name is looked up here in the usual way: --connect-to was left out.",
    "cert": "The client's certificate was left out: the app's operator sets it.",
    "cacert": "The certificate authority was left out: the app's operator sets it.",
}


def take_curl(found: Found, text: str) -> bool:
    """Fills what the first curl command with a body says, else the first; False where there is none."""
    start = START.search(text)
    commands, open_ = split(text[start.start() :] if start else text)
    files = {command.output: _given(commands, at) for at, command in enumerate(commands) if command.output}
    requests = [
        request
        for at, command in enumerate(commands)
        if (words := _arguments(command)) is not None and (request := _Request(words, _given(commands, at), files))
    ]
    if not requests:
        return False
    if open_:
        found.note("A quote in the command is not closed: the end may be missing.")
    if len(requests) > 1:
        found.note(f"Of {len(requests)} commands one was taken.")
    chosen = next((request for request in requests if request.body), requests[0])
    chosen.fill(found)
    return True


def _arguments(command: Command) -> list[str] | None:
    """What curl is given; None where the command is another."""
    words = command.words
    at = next((at for at, word in enumerate(words[:12]) if _PROGRAM.fullmatch(word)), None)
    return None if at is None else words[at + 1 :]


def _given(commands: list[Command], at: int) -> str | None:
    """What a command reads: its here-document, or what the one before the pipe writes."""
    command = commands[at]
    if command.words[:1] and command.words[0] in ("echo", "printf") and command.output:
        return _written(command)
    if command.stdin is not None or not command.piped or at == 0:
        return command.stdin
    return _written(commands[at - 1])


def _written(command: Command) -> str | None:
    """The text that echo, printf and cat write."""
    if command.words[:1] and command.words[0] in ("echo", "printf"):
        return " ".join(word for word in command.words[1:] if word not in ("-n", "-e", "%s", "%s\\n"))
    return command.stdin


class _Request:
    def __init__(self, words: list[str], stdin: str | None, files: dict[str, str | None]) -> None:
        self.notes: list[str] = []
        self.addresses: list[str] = []
        self.headers: list[str] = []
        self.body = ""
        self._stdin = stdin
        self._files = files
        self._bearer: str | None = None
        if "<<<" in words[:-1]:
            at = words.index("<<<")
            self._stdin = words[at + 1]
            words = words[:at] + words[at + 2 :]
        self._read(words)

    def fill(self, found: Found) -> None:
        for said in self.notes:
            found.note(said)
        if self.addresses:
            found.take_address(self.addresses[0])
        if self._bearer is not None:
            found.take_key(self._bearer)
        for header in self.headers:
            name, sign, value = header.partition(":")
            found.take_header(name if sign else "", value.strip())
        if self.body:
            _take_data(found, self.body)

    def _read(self, words: list[str]) -> None:
        at = 0
        while at < len(words):
            word = words[at]
            at += 1
            following = words[at] if at < len(words) else None
            if word == "--next":
                self.notes.append("Of several requests (--next) the first was taken.")
                return
            if word[:1] in ("–", "—"):
                # A text program made one dash of two.
                at += self._long(word[1:], following) if len(word) > 2 else self._short(word[1:], following)
            elif word.startswith("--"):
                at += self._long(word[2:], following)
            elif word.startswith("-") and len(word) > 1:
                at += self._short(word[1:], following)
            else:
                self.addresses.append(word)

    def _long(self, option: str, following: str | None) -> int:
        """Takes an option, and gives how many words it took after itself."""
        name, sign, value = option.partition("=")
        if sign and (name in _TAKEN or name in _SKIPPED):
            self._option(name, value)
            return 0
        if option in _TAKEN or option in _SKIPPED:
            self._option(option, following or "")
            return 1
        self._option(option, "")
        return 0

    def _short(self, letters: str, following: str | None) -> int:
        """-sSk, -XPOST, -H '…': letters that take a value take the rest of the word, or the next."""
        for at, letter in enumerate(letters):
            name = _SHORT.get(letter)
            if name == "insecure":
                self._option(name, "")
            elif name is not None:
                rest = letters[at + 1 :]
                self._option(name, rest or following or "")
                return 0 if rest else 1
        return 0

    def _option(self, name: str, value: str) -> None:
        if name in _NOTED:
            self.notes.append(_NOTED[name])
        if name == "url":
            self.addresses.append(value)
        elif name == "header":
            self._header(value)
        elif name == "user":
            self.headers.append("Authorization: Basic -")
        elif name == "cookie":
            self.headers.append("Cookie:")
        elif name == "oauth2-bearer":
            self._bearer = value
        elif name in _DATA:
            self._data(name, value)

    def _header(self, value: str) -> None:
        if value.startswith("@"):
            self.notes.append("The file with headers is not in what was pasted.")
        else:
            self.headers.append(value)

    def _data(self, name: str, value: str) -> None:
        if value.startswith("@") and name != "data-raw":
            held = self._stdin if value in ("@-", "@/dev/stdin") else self._files.get(value[1:])
            if held is None:
                self.notes.append("The request's body is in a file that is not in what was pasted.")
            value = held or ""
        # curl joins what is given in several pieces; --json joins without a sign.
        between = "&" if self.body and value and name != "json" else ""
        self.body += between + value


def _take_data(found: Found, body: str) -> None:
    value = parsed(body)
    if isinstance(value, Unknown) or not isinstance(value, dict | list):
        found.note("The body of the command is no JSON: it was left out.")
        return
    take_body(found, value)
