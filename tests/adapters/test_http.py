"""The policy for every connection, tried on real sockets: refusals of the network, TLS, proxies, time limits."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import httpx2
import pytest

from playground.adapters import chat, http
from playground.adapters.probe import probe
from playground.core.endpoint import Endpoint
from playground.core.errors import ConnectionBroke, NameNotFound, PlaygroundError, Refused, TLSFailed, Unreachable
from playground.core.events import Sent
from playground.core.run import Message, Request
from playground.core.secret import Secret
from tests.certificates import self_signed
from tests.fake_endpoint import FakeEndpoint

KEY = Secret("sk-the-endpoints-own-key")
ENDPOINT = Endpoint("test", "http://host.example/v1", key=KEY)


@pytest.fixture(autouse=True)
async def fresh(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The context of TLS is made from the environment once; each test has its own."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    http.tls.cache_clear()
    yield
    await chat.close()
    chat.forget()
    http.tls.cache_clear()


async def fails(base_url: str) -> PlaygroundError:
    """What the chat fails with, which is what the probe says too."""
    endpoint = Endpoint("test", base_url, key=KEY)
    batches = chat.stream(Request(endpoint, (Message("user", "hi"),), model="m"))
    with pytest.raises(PlaygroundError) as failed:
        async for batch in batches:
            assert isinstance(batch[0], Sent)
    details = await probe(endpoint)
    assert details.state == "unreachable"
    assert details.error is not None
    if not isinstance(failed.value, ConnectionBroke):
        assert type(details.error) is type(failed.value)
        assert details.error.what == failed.value.what
    assert "sk-" not in failed.value.what + failed.value.hint + failed.value.said
    return failed.value


async def answers(base_url: str) -> bool:
    endpoint = Endpoint("test", base_url, key=KEY)
    stream = chat.stream(Request(endpoint, (Message("user", "emit-0-3"),), model="m"))
    events = [event async for batch in stream for event in batch]
    details = await probe(endpoint)
    return details.state == "running" and len(events) > 3


def streaming(base_url: str) -> httpx2.AsyncClient:
    return http.streaming_client(base_url, Endpoint("test", base_url))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def test_an_address_where_nothing_listens_is_named() -> None:
    for host in ("127.0.0.1", "localhost"):
        port = free_port()
        error = await fails(f"http://{host}:{port}/v1")
        assert type(error) is Refused
        assert f"{host}:{port}" in error.what


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example"])
async def test_a_name_that_cannot_be_one_is_not_found(name: str) -> None:
    assert type(await fails(f"http://{name}/v1")) in (NameNotFound, Unreachable)


async def test_something_that_speaks_no_http_breaks_the_connection_and_is_asked_once() -> None:
    asked = 0

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if (await reader.readuntil(b"\r\n\r\n")).startswith(b"POST"):
            await reader.readuntil(b"true}}")
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert isinstance(await fails(f"http://127.0.0.1:{port}/v1"), ConnectionBroke)
    # Once for the chat and once for the probe.
    assert asked == 2


# TLS


async def test_a_certificate_signed_by_itself_is_not_trusted_and_the_hint_says_how(tmp_path: Path) -> None:
    _, context = self_signed(tmp_path)
    async with FakeEndpoint(tls=context) as fake:
        error = await fails(fake.url)
        assert fake.log == []
    assert type(error) is TLSFailed
    assert "not trusted" in error.what
    assert "--ca-file" in error.hint
    assert "SSL_CERT_FILE" in error.hint


async def test_a_certificate_is_trusted_by_the_standard_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, context = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with FakeEndpoint(tls=context) as fake:
        assert await answers(fake.url)


async def test_an_authority_is_trusted_beside_the_usual_ones_by_its_setting(tmp_path: Path) -> None:
    file, context = self_signed(tmp_path)
    usual = http.tls().cert_store_stats()["x509_ca"]
    http.trust(file)
    try:
        async with FakeEndpoint(tls=context) as fake:
            assert await answers(fake.url)
            await chat.close()
        assert http.tls().cert_store_stats()["x509_ca"] >= usual
    finally:
        http.trust(None)


async def test_a_certificate_for_another_name_or_an_expired_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host, days, words in (("other.example", 2, "another name"), ("127.0.0.1", -1, "has expired")):
        file, context = self_signed(tmp_path, host=host, days=days)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        http.tls.cache_clear()
        async with FakeEndpoint(tls=context) as fake:
            error = await fails(fake.url)
        assert type(error) is TLSFailed
        assert words in error.what
        await chat.close()


async def test_https_asked_of_a_plain_port_says_so() -> None:
    async with FakeEndpoint() as fake:
        error = await fails(fake.url.replace("http://", "https://"))
    assert type(error) is TLSFailed
    assert "http://" in error.hint


async def test_plain_http_asked_of_a_tls_port_fails_with_a_hint(tmp_path: Path) -> None:
    _, context = self_signed(tmp_path)
    async with FakeEndpoint(tls=context) as fake:
        error = await fails(fake.url.replace("https://", "http://"))
    assert "https://" in error.hint


# Proxies


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense://x"])
async def test_what_this_machine_says_to_itself_goes_through_no_proxy(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    async with FakeEndpoint() as fake:
        assert await answers(fake.url)
        assert await answers(fake.url.replace("127.0.0.1", "localhost"))


async def test_a_proxy_is_used_where_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    # A proxy is asked with the whole address where a server is asked with a path.
    async with FakeEndpoint(prefix="http://endpoint.example/v1") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        assert await answers("http://endpoint.example/v1")
        assert proxy.completions[0].headers["host"] == "endpoint.example"


@pytest.mark.parametrize(
    ("setting", "url", "proxy"),
    [
        ({"HTTP_PROXY": "http://p:1"}, "http://a.example/v1", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://a.example/v1", None),
        ({"HTTP_PROXY": "http://p:1", "https_proxy": "https://q:2"}, "https://a.example/v1", "https://q:2"),
        ({"ALL_PROXY": "p:1"}, "https://a.example/v1", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "b.example,.c.example"}, "https://a.example/v1", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "b.example,.c.example"}, "https://b.example/v1", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "b.example,.c.example"}, "https://x.c.example:8000/v1", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://a.example/v1", None),
        ({"ALL_PROXY": "http://p:1"}, "http://[::1]:8000/v1", None),
        ({"ALL_PROXY": ""}, "https://a.example/v1", None),
        ({}, "https://a.example/v1", None),
    ],
)
def test_the_proxy_is_the_one_that_the_standard_variables_name(
    monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    assert http.proxy(url) == proxy


async def test_what_goes_through_a_proxy_has_connections_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://p.example:1")
    through = streaming("http://a.example/v1")
    assert streaming("https://b.example/v1") is through
    assert streaming("http://127.0.0.1/v1") is not through


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense://x", "http://", "http://p:port", "http://p:0"])
async def test_a_proxy_that_cannot_be_used_is_said_so(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    error = await fails("http://endpoint.example/v1")
    assert type(error) is Unreachable
    assert "ALL_PROXY" in error.hint


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.8.8.8/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://app.localhost/v1", True),
        ("http://10.0.0.1/v1", False),
        ("http://localhost.example/v1", False),
    ],
)
def test_this_machine_is_known_by_its_names(url: str, loopback: bool) -> None:
    assert http.is_loopback(url) is loopback


# Time


async def test_only_the_connection_has_a_time_limit() -> None:
    assert streaming("http://127.0.0.1/v1").timeout.as_dict() == {
        "connect": http.CONNECT_SECONDS,
        "read": None,
        "write": None,
        "pool": None,
    }


async def test_the_clients_of_both_libraries_follow_no_redirect() -> None:
    assert not streaming("http://host.example/v1").follow_redirects
    async with http.quick_client(ENDPOINT.base_url, 1.0, ENDPOINT) as client:
        assert not client.follow_redirects


async def test_one_client_serves_all_answers_until_it_is_closed() -> None:
    first = streaming("http://a.example/v1")
    assert streaming("http://b.example/v1") is first
    await http.close()
    assert first.is_closed
    assert streaming("http://a.example/v1") is not first


async def test_the_beginning_of_a_body_is_read_and_no_more() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"
        raise httpx.ReadError("broken")

    assert await http.first_bytes(body(), 4, 1.0) == b"abcd"
    assert await http.first_bytes(body(), 100, 1.0) == b"abcdef"
