"""The tree of errors a person may be shown.

    PlaygroundError
    ├── SettingsError            a setting is wrong
    ├── Locked                   the operator lets no visitor see or change endpoints
    ├── CommandFailed            a program that this app asks for details
    ├── LocalError               the embedded server
    │   ├── LocalUnavailable     it is not installed, or there is no model file
    │   ├── BadModelFile         the file is not a model llama.cpp can serve
    │   └── LocalDied            it ended by itself
    └── EndpointError            an endpoint could not, or would not, answer
        ├── NotAllowed           the address is not one that visitors may have connected to
        ├── NameNotFound         the host's name does not resolve
        ├── Refused              nothing listens at that address
        ├── Unreachable          the network gave no connection in time, or none at all
        ├── TLSFailed            the certificate or the TLS handshake
        ├── Unauthorized         401, 403: the key
        ├── PathNotFound         404 on the path: the base URL
        ├── UnknownModel         the endpoint has no model of that name
        ├── NoChat               the model is for something else: embeddings, speech
        ├── BadRequest           400, 422: the server gives a reason
        ├── ContextTooLong       the conversation does not fit into the model's context
        ├── RateLimited          429
        ├── Loading              503: the model is loading
        │   └── Waking           502, 503, 504: the endpoint was scaled to zero, and is waking
        ├── Stopped              the endpoint has been stopped: it does not come back by itself
        ├── ServerFailed         any other status, 5xx first
        ├── StreamFailed         an error object in the middle of a stream
        ├── ConnectionBroke      the connection ended before the answer did
        ├── NotAStream           the body is not what was asked for
        └── NotAnEndpoint        an HTML page came back: a proxy, a login page, a web site

A message (`what`) says what failed and a hint (`hint`) what to try; both are our own words in plain text. What the
server said is kept apart (`said`): bounded, stripped of markup and secrets. Nothing here holds a key or a foreign page.
"""

from __future__ import annotations


class PlaygroundError(Exception):
    """Something a person may be shown.

    `what`: one sentence, what failed. `hint`: one or two sentences, what to try. `said`: the server's own words, or "".
    """

    def __init__(self, what: str, hint: str, said: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.said = said


class SettingsError(PlaygroundError):
    """A setting is wrong; `what` names it."""


class Locked(PlaygroundError):
    """The operator lets no visitor see or change endpoints, keys and models."""


class CommandFailed(PlaygroundError):
    """A program that this app asks for details could not be run, or said nothing of use."""


class LocalError(PlaygroundError):
    """The embedded server cannot serve."""


class LocalUnavailable(LocalError):
    """The embedded server is not installed, or no model file was found."""


class BadModelFile(LocalError):
    """The file given is not a GGUF model, or does not fit into memory."""


class LocalDied(LocalError):
    """The embedded server ended by itself."""


class EndpointError(PlaygroundError):
    """An endpoint could not, or would not, answer. `status` is the HTTP status, None where there was none."""

    def __init__(self, what: str, hint: str, said: str = "", *, status: int | None = None) -> None:
        super().__init__(what, hint, said)
        self.status = status


class NotAllowed(EndpointError):
    """The address that was typed is not one that visitors may have connected to. Says not whether it exists."""


class NameNotFound(EndpointError):
    """The host's name does not resolve."""


class Refused(EndpointError):
    """Nothing listens at that address."""


class Unreachable(EndpointError):
    """No connection came about, in time or at all."""


class TLSFailed(EndpointError):
    """The certificate is not trusted, or the handshake failed."""


class Unauthorized(EndpointError):
    """401 or 403."""


class PathNotFound(EndpointError):
    """404 on the path itself."""


class UnknownModel(EndpointError):
    """The endpoint has no model of that name; `models` are those it lists."""

    def __init__(
        self, what: str, hint: str, said: str = "", *, status: int | None = None, models: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, hint, said, status=status)
        self.models = models


class NoChat(EndpointError):
    """The model answers neither a chat nor the beginning of a text: it is for embeddings only, or for speech."""


class BadRequest(EndpointError):
    """400 or 422, for a reason that is none of the more special ones.

    `fields` are those of the request that the server names as the reason, as dotted paths.
    """

    def __init__(
        self, what: str, hint: str, said: str = "", *, status: int | None = None, fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, hint, said, status=status)
        self.fields = fields


class ContextTooLong(EndpointError):
    """`asked` and `limit` are tokens, None where the server does not say."""

    def __init__(
        self,
        what: str,
        hint: str,
        said: str = "",
        *,
        status: int | None = None,
        asked: int | None = None,
        limit: int | None = None,
    ) -> None:
        super().__init__(what, hint, said, status=status)
        self.asked = asked
        self.limit = limit


class RateLimited(EndpointError):
    """429. `retry_after` is seconds, None where the server does not say."""

    def __init__(
        self, what: str, hint: str, said: str = "", *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(what, hint, said, status=status)
        self.retry_after = retry_after


class Loading(RateLimited):
    """503 (or a gateway's 502 and 504 that say so) while a model loads. `retry_after` as for 429."""


class Waking(Loading):
    """A gateway's 502, 503 or 504 while nothing stands behind it yet: it is being started for whoever asks."""


class Stopped(EndpointError):
    """A gateway says that what stood behind it was stopped."""


class ServerFailed(EndpointError):
    """5xx, and every status no other class stands for."""


class StreamFailed(EndpointError):
    """The server sent an error object in the middle of a stream."""


class ConnectionBroke(EndpointError):
    """The connection ended before the answer did."""


class NotAStream(EndpointError):
    """The body is neither an event stream nor a completion."""


class NotAnEndpoint(EndpointError):
    """An HTML page came back."""
