"""What the network and the libraries raise → our errors: the table is complete and says the right thing."""

from __future__ import annotations

import inspect
import socket
import ssl
from collections.abc import Iterator
from types import ModuleType

import httpx
import httpx2
import openai
import pytest

from playground.adapters import chat, exchange
from playground.adapters.troubles import TABLE, before_any_byte, causes, dropped, trouble
from playground.core.errors import (
    ConnectionBroke,
    EndpointError,
    NameNotFound,
    NotAStream,
    Refused,
    TLSFailed,
    Unreachable,
)

WHERE = "http://host.example:8000/v1"


def classes(modules: tuple[ModuleType, ...], caught: tuple[type[BaseException], ...]) -> Iterator[type[BaseException]]:
    for module in modules:
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, caught):
                yield found


CAUGHT = [*classes((openai, httpx2), chat.ERRORS), *classes((httpx,), exchange.ERRORS)]


@pytest.mark.parametrize("kind", CAUGHT, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_the_table_has_a_row_for_everything_the_libraries_raise(kind: type[BaseException]) -> None:
    names = {base.__name__ for base in kind.__mro__}
    assert any(row in names if isinstance(row, str) else issubclass(kind, row) for row, _ in TABLE)
    error = trouble(kind.__new__(kind), WHERE)
    assert isinstance(error, EndpointError)
    assert error.what and error.hint


def test_the_list_of_classes_is_not_empty() -> None:
    assert len(CAUGHT) > 50


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (socket.gaierror(-2, "Name or service not known"), NameNotFound),
        (UnicodeError("label too long"), NameNotFound),
        (ConnectionRefusedError(), Refused),
        (ConnectionResetError(), ConnectionBroke),
        (OSError(113, "No route to host"), ConnectionBroke),
        (ssl.SSLError("anything"), TLSFailed),
        (httpx2.ConnectTimeout("x"), Unreachable),
        (httpx2.ConnectError("x"), Unreachable),
        (httpx2.ProxyError("x"), Unreachable),
        (httpx2.UnsupportedProtocol("x"), Unreachable),
        (httpx2.ReadError("x"), ConnectionBroke),
        (httpx2.RemoteProtocolError("x"), ConnectionBroke),
        (httpx2.DecodingError("x"), NotAStream),
        (httpx.ReadTimeout("x"), Unreachable),
        (RuntimeError("unheard of"), ConnectionBroke),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_is_called_by_its_name(error: BaseException, kind: type[EndpointError]) -> None:
    assert type(trouble(error, WHERE)) is kind


def test_the_cause_at_the_bottom_counts_however_deep_it_is() -> None:
    bottom = OSError("All connection attempts failed")
    bottom.__cause__ = ExceptionGroup("attempts", [ConnectionRefusedError(), ConnectionRefusedError()])
    middle = httpx2.ConnectError("x")
    middle.__cause__ = bottom
    top = openai.APIConnectionError(request=httpx2.Request("GET", WHERE))
    top.__cause__ = middle
    error = trouble(top, WHERE)
    assert type(error) is Refused
    assert "host.example:8000" in error.what


def test_this_machines_own_address_may_be_a_containers() -> None:
    assert "container" in trouble(ConnectionRefusedError(), "http://localhost:8000/v1").hint
    assert "container" not in trouble(ConnectionRefusedError(), WHERE).hint


def test_a_handshake_that_took_too_long_is_no_matter_of_the_certificate() -> None:
    slow = httpx2.ConnectTimeout("x")
    slow.__context__ = ssl.SSLWantReadError("The operation did not complete")
    assert type(trouble(slow, WHERE)) is Unreachable


def test_a_connection_closed_without_an_answer_says_what_to_try() -> None:
    assert "https://" in dropped("http://host.example/v1").hint
    assert "https://" not in dropped("https://host.example/v1").hint


def test_a_chain_that_bites_its_tail_has_an_end() -> None:
    first, second = OSError("a"), OSError("b")
    first.__context__, second.__context__ = second, first
    assert list(causes(first)) == [first, second]


def test_only_a_connection_that_was_up_and_gave_nothing_is_worth_another_try() -> None:
    assert before_any_byte(httpx2.ReadError("x"))
    assert before_any_byte(httpx2.WriteError("x"))
    assert before_any_byte(httpx2.RemoteProtocolError("Server disconnected without sending a response."))
    assert not before_any_byte(httpx2.RemoteProtocolError("illegal status line"))
    assert not before_any_byte(httpx2.ConnectError("x"))
    broken = httpx2.ReadError("x")
    broken.__cause__ = ssl.SSLError("bad")
    assert not before_any_byte(broken)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("WRONG_VERSION_NUMBER", "does not speak HTTPS"),
        ("RECORD_LAYER_FAILURE", "does not speak HTTPS"),
        ("certificate has expired", "has expired"),
        ("Hostname mismatch, certificate is not valid for 'a'", "another name"),
        ("self-signed certificate", "not trusted"),
        ("", "not trusted"),
    ],
)
def test_a_certificate_is_told_what_is_wrong_with_it(reason: str, words: str) -> None:
    found = ssl.SSLCertVerificationError("x")
    found.verify_message = reason
    assert words in trouble(found, WHERE).what


def test_an_error_of_our_own_that_was_raised_while_connecting_is_the_answer_itself() -> None:
    ours = Unreachable("That address may not be connected to.", "Ask the operator.")
    wrapped = httpx.ConnectError("no connection")
    wrapped.__cause__ = OSError("refused")
    wrapped.__cause__.__cause__ = ours
    assert trouble(ours, WHERE) is ours
    assert trouble(wrapped, WHERE) is ours
