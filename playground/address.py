"""The address the app listens on: taking it, asking who has it, and saying it."""

from __future__ import annotations

import errno
import http.client
import socket

from playground.core.errors import SettingsError
from playground.core.listening import here, url

# What the app calls itself in the header "Server" of each answer: a second instance knows the first by it.
NAME = "inference-playground"
# Seconds to wait for an answer from this very machine.
_PATIENCE = 2.0
_NOT_AN_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def take(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not yet listening. `port` 0 takes a free one. Raises `SettingsError`."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise _no_address(host) from None
    taken = socket.socket(family, kind, protocol)
    # So that a port can be taken again at once after a restart.
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(place)
        if port and _somebody_listens(host, port):
            raise OSError(errno.EADDRINUSE, "")
    except OSError as error:
        taken.close()
        raise _cannot_take(host, port, error) from None
    return taken


def health(host: str, port: int) -> str | None:
    """The name of the server whose /healthz says there that it can serve, "" if it gives none. None: nothing does."""
    connection = http.client.HTTPConnection(here(host), port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/healthz")
        response = connection.getresponse()
        return response.getheader("server", "") if response.status == http.client.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def in_use(host: str, port: int) -> SettingsError:
    """What to say of a port that somebody else has."""
    free = f"--port {port + 1 if port < 65535 else port - 1}"
    if health(host, port) == NAME:
        return SettingsError(
            f"A playground already runs at {url(host, port)}.", f"Open it, or start a second one: {free}"
        )
    return SettingsError(f"Port {port} is in use by another program.", f"Try another: {free}")


def _somebody_listens(host: str, port: int) -> bool:
    """On some systems a port can be bound that another program listens on."""
    try:
        socket.create_connection((here(host), port), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True


def _cannot_take(host: str, port: int, error: OSError) -> SettingsError:
    if error.errno == errno.EADDRINUSE:
        return in_use(host, port)
    if error.errno == errno.EACCES:
        return SettingsError(f"This user may not listen on port {port}.", "Ports from 1024 up are open: --port 8000.")
    if error.errno in _NOT_AN_ADDRESS:
        return _no_address(host)
    return SettingsError(f"Port {port} of {host} cannot be taken: {error.strerror or error}.", "Try another --port.")


def _no_address(host: str) -> SettingsError:
    return SettingsError(
        f"{host!r} is no address of this machine.",
        "--host takes 127.0.0.1 for this machine only, or 0.0.0.0 for every address it has.",
    )
