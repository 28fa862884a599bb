"""What an address to listen on means."""

from __future__ import annotations

import pytest

from playground.core.listening import here, is_loopback, url


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "example.org", "localhost.example.org"])
def test_other_machines_too(host: str) -> None:
    assert not is_loopback(host)


def test_every_address_is_opened_by_this_machines_own() -> None:
    assert (here("0.0.0.0"), here("::"), here("10.0.0.1")) == ("127.0.0.1", "::1", "10.0.0.1")
    assert url("::", 80) == "http://[::1]:80"
    assert url("0.0.0.0", 8000) == "http://127.0.0.1:8000"
