"""What an address that the app listens on means: who can reach it, and how it is opened on this machine."""

from __future__ import annotations

import ipaddress

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def here(host: str) -> str:
    """The address by which this machine itself reaches what listens on `host`."""
    return _EVERYWHERE.get(host, host)


def url(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    place = here(host)
    return f"http://[{place}]:{port}" if ":" in place else f"http://{place}:{port}"
