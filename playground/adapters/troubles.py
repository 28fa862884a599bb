"""The table at the border: what the network and the libraries raise → the error a person is shown.

Judged by the cause at the bottom of the chain, since the libraries wrap it two or three deep, and by the names of the
exception classes, since the two HTTP libraries in use have the same names for the same things.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from playground.core.errors import (
    ConnectionBroke,
    EndpointError,
    NameNotFound,
    NotAStream,
    Refused,
    ServerFailed,
    TLSFailed,
    Unreachable,
)

Make = Callable[[BaseException, str], EndpointError]


def trouble(error: BaseException, base_url: str) -> EndpointError:
    """The first row of the table that fits any exception in the chain; what fits none is a broken connection.

    One of our own in the chain is the answer: it was raised where the connection is made, and says why there is none.
    """
    chain = list(causes(error))
    for each in chain:
        if isinstance(each, EndpointError):
            return each
    for names, make in TABLE:
        for each in chain:
            if isinstance(each, names) if not isinstance(names, str) else _named(each, names):
                return make(each, urlsplit(base_url).netloc)
    return _broke(error, urlsplit(base_url).netloc)


def before_any_byte(error: BaseException) -> bool:
    """Whether a connection that was up ended before a byte of the response.

    As often as not it was kept from the last request, and the server had just closed it. One that could not be made, or
    on which something else than HTTP came, is another matter.
    """
    chain = list(causes(error))
    if any(isinstance(each, ssl.SSLError) for each in chain):
        return False
    return any(_named(each, name) for each in chain for name in ("ReadError", "WriteError")) or any(
        _named(each, "RemoteProtocolError") and "without sending a response" in str(each) for each in chain
    )


def dropped(base_url: str) -> ConnectionBroke:
    """The connection ended before a byte of the response, twice."""
    parts = urlsplit(base_url)
    other = " If it speaks HTTPS, its URL begins with https://." if parts.scheme == "http" else ""
    return ConnectionBroke(
        f"{parts.netloc} closed the connection without an answer.",
        f"Try again; if it happens again, look into the server's log.{other}",
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that led to it, groups taken apart."""
    todo, seen = [error], set()
    while todo:
        each = todo.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        # A handshake that waits is no error of it: it stands behind a time limit that has passed.
        if not isinstance(each, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            yield each
        if isinstance(each, BaseExceptionGroup):
            todo += each.exceptions
        todo += [cause for cause in (each.__cause__, each.__context__) if cause is not None]


def _named(error: BaseException, name: str) -> bool:
    return any(base.__name__ == name for base in type(error).__mro__)


def _tls(error: BaseException, where: str) -> EndpointError:
    said = getattr(error, "verify_message", None) or getattr(error, "reason", None) or ""
    reason = str(said).replace("_", " ").lower()
    if "wrong version number" in reason or "record layer failure" in reason:
        return TLSFailed(f"{where} does not speak HTTPS.", "Its address probably begins with http://, not https://.")
    if "hostname" in reason or "mismatch" in reason:
        return TLSFailed(
            f"The certificate of {where} is for another name.", "Use the name that the certificate is for.", reason
        )
    if "not yet valid" in reason:
        return TLSFailed(
            f"The certificate of {where} is not valid yet.",
            "Check this machine's clock, and the certificate's.",
            reason,
        )
    if "expired" in reason:
        return TLSFailed(f"The certificate of {where} has expired.", "Its operator has to renew it.", reason)
    own = "self-signed" in reason or "self signed" in reason
    return TLSFailed(
        f"The certificate of {where} is not trusted{': it is signed by itself' if own else ''}.",
        "If it is your own, put the certificate (or its authority's) into a file and start the playground with "
        "--ca-file (or PLAYGROUND_CA_FILE, or SSL_CERT_FILE) naming it.",
        reason,
    )


def _name(_error: BaseException, where: str) -> EndpointError:
    return NameNotFound(
        f"The name {where} is not known.", "Check the endpoint's URL for a typing error, and the network."
    )


def _refused(_error: BaseException, where: str) -> EndpointError:
    here = where.startswith(("localhost", "127.", "[::1]"))
    return Refused(
        f"Nothing answers at {where}.",
        "Check that the server runs, and the port in the endpoint's URL."
        + (" Inside a container, that address is the container itself." if here else ""),
    )


def _connect(_error: BaseException, where: str) -> EndpointError:
    return Unreachable(
        f"{where} cannot be reached.", "Check the endpoint's URL, the network, and any firewall between."
    )


def _slow(_error: BaseException, where: str) -> EndpointError:
    return Unreachable(f"{where} did not answer in time.", "Check the endpoint's URL and that the server is up.")


def _proxy(_error: BaseException, where: str) -> EndpointError:
    return Unreachable(
        f"The proxy in front of {where} failed.", "Check HTTPS_PROXY and HTTP_PROXY, or name the host in NO_PROXY."
    )


def _address(_error: BaseException, where: str) -> EndpointError:
    return Unreachable(
        f"{where or 'The endpoint'} is not an address to connect to.", "It looks like http://localhost:8000/v1."
    )


def _decoding(_error: BaseException, where: str) -> EndpointError:
    return NotAStream(f"What {where} sent cannot be unpacked.", "A proxy between may have damaged it. Try again.")


def _broke(_error: BaseException, where: str) -> EndpointError:
    return ConnectionBroke(f"The connection to {where} broke.", "Try again. What came before it is kept.")


def _sdk(_error: BaseException, where: str) -> EndpointError:
    return ServerFailed(f"{where} could not be asked.", "Try again; the app's log has the details.")


# Row by row, the more special first. A name stands for a class of httpx, httpx2 or openai with that name.
TABLE: tuple[tuple[type[BaseException] | str, Make], ...] = (
    (ssl.SSLError, _tls),
    (socket.gaierror, _name),
    # A name that no name server would take is not even asked for.
    (UnicodeError, _name),
    (ConnectionRefusedError, _refused),
    ("ProxyError", _proxy),
    ("UnsupportedProtocol", _address),
    ("InvalidURL", _address),
    ("DecodingError", _decoding),
    ("ConnectTimeout", _slow),
    ("PoolTimeout", _slow),
    ("ReadTimeout", _slow),
    ("WriteTimeout", _slow),
    ("TimeoutException", _slow),
    (TimeoutError, _slow),
    ("ConnectError", _connect),
    ("NetworkError", _broke),
    ("ProtocolError", _broke),
    ("APITimeoutError", _slow),
    ("APIConnectionError", _broke),
    ("OpenAIError", _sdk),
    ("HTTPError", _broke),
    (OSError, _broke),
)
