"""Attacks by what a visitor types: each is tried through every way in which this app asks an endpoint.

In every one of them the key and the prompt must not arrive, and no connection may be begun, at an address that the
operator does not allow; and the allowed ones still connect.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from playground.adapters import chat, http, network
from playground.adapters.probe import probe
from playground.adapters.rendering import rendered
from playground.core.addresses import Reach, reach_of
from playground.core.endpoint import Endpoint, parse_base_url
from playground.core.errors import (
    BadRequest,
    NameNotFound,
    NotAllowed,
    NotAnEndpoint,
    PlaygroundError,
    SettingsError,
)
from playground.core.run import Message, Request
from playground.core.secret import MASK, Secret
from tests.fake_endpoint import FakeEndpoint
from tests.internet import Internet

KEY = "sk-typed-for-one-address"
PUBLIC = reach_of(["public"])
BOTH = reach_of(["public", "private"])
# Addresses that stand for servers out there.
HERE, THERE, SIX = "8.8.8.8", "9.9.9.9", "2606:4700:4700::1111"

Way = Callable[[Endpoint], Awaitable[PlaygroundError | None]]


async def by_chat(endpoint: Endpoint) -> PlaygroundError | None:
    """The OpenAI client's transport."""
    try:
        async for _ in chat.stream(Request(endpoint, (Message("user", "emit-0-3"),), model="m")):
            pass
    except PlaygroundError as error:
        return error
    return None


async def by_probe(endpoint: Endpoint) -> PlaygroundError | None:
    """httpx's transport."""
    return (await probe(endpoint)).error


async def by_rendering(endpoint: Endpoint) -> PlaygroundError | None:
    """httpx's transport too, with the conversation in the body."""
    messages = (Message("user", "hi"), Message("assistant", "so"))
    try:
        await rendered(Request(endpoint, messages, model="m"), endpoint.base_url)
    except PlaygroundError as error:
        return error
    return None


WAYS = pytest.mark.parametrize("way", [by_chat, by_probe, by_rendering])


@pytest.fixture
async def net(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Internet]:
    made = Internet(monkeypatch)
    made.public(HERE, THERE, SIX)
    yield made
    await chat.close()
    chat.forget()


@asynccontextmanager
async def serving(key: str | None = None) -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint(key=key) as made:
        made.routes["/apply-template"] = {"prompt": "<hi>"}
        yield made
        # It ends when nobody holds a connection to it any more.
        await chat.close()


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with serving() as made:
        yield made


def typed(base_url: str, reach: Reach = PUBLIC, key: str = KEY) -> Endpoint:
    return Endpoint("typed", base_url, Secret(key), reach=reach)


def at(host: str, fake: FakeEndpoint) -> str:
    return f"http://{host}:{fake.port}/v1"


def nothing_arrived(net: Internet, fake: FakeEndpoint) -> bool:
    return net.connected == [] and fake.connections == 0


# Spellings

LOOPBACK = (
    "127.0.0.1",
    "127.8.8.8",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "127.0.0.１",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::1%25lo]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[::ffff:0:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:808:808::80ff:fffe]",
    "[2001:0:7f00:1::f7f7:f7f7]",
    "[2606:4700::5efe:7f00:1]",
)
METADATA = (
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0xa9.254.0251.0376",
    "169.254.43518",
    "169.254.169.254.",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1:a9fe:a9:fe00::]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::a9fe:a9fe]",
    "[fe80::1%25eth0]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "[ff02::1]",
)
PRIVATE = ("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "3232235521", "[fd12::1]", "[::ffff:10.0.0.1]")
# Of what an address is made of besides the host: who reads it otherwise is led elsewhere.
TRICKS = (
    "http://good.example@{host}/v1",
    "http://good.example:80@{host}/v1",
    "http://{host}\\@good.example/v1",
    "http://{host}#@good.example/v1",
    "http://{host}?@good.example/v1",
    "http://good.example\\.{host}/v1",
    "http:\\\\{host}/v1",
    "http:/{host}/v1",
    "http:///{host}/v1",
    "http://{host}\t/v1",
    "http://{host}\n/v1",
    "http://{host}\x00.good.example/v1",
    "http://[{host}]/v1",
    "HTTP://{host}/v1",
    "//{host}/v1",
    "{host}/v1",
)


@WAYS
@pytest.mark.parametrize("host", [*LOOPBACK, *METADATA, *PRIVATE])
async def test_no_spelling_leads_to_an_address_that_is_not_allowed(
    way: Way, host: str, net: Internet, fake: FakeEndpoint
) -> None:
    error = await way(typed(at(host, fake)))
    assert nothing_arrived(net, fake)
    # What the library takes for no host at all is not even looked up.
    assert isinstance(error, NotAllowed) or (error is not None and net.asked == [])
    assert KEY not in error.what + error.hint + error.said


@WAYS
@pytest.mark.parametrize("host", METADATA)
async def test_metadata_and_link_local_addresses_are_reached_under_no_setting(
    way: Way, host: str, net: Internet, fake: FakeEndpoint
) -> None:
    everything = Reach(public=True, private=True, names=frozenset({host.strip("[]")}))
    error = await way(typed(at(host, fake), everything))
    assert nothing_arrived(net, fake)
    # A spelling that the system does not take for an address is a name, which is not known.
    assert isinstance(error, NotAllowed | NameNotFound)


@WAYS
@pytest.mark.parametrize("trick", TRICKS)
async def test_what_stands_around_a_host_leads_nowhere_else(
    way: Way, trick: str, net: Internet, fake: FakeEndpoint
) -> None:
    net.name("good.example", [HERE])
    # No port: at port 80 of this machine nothing of ours listens, and any connection that is begun counts.
    for host in ("127.0.0.1", "169.254.169.254"):
        url = trick.format(host=host)
        with suppress(SettingsError):
            await way(typed(parse_base_url(url)))
        # Also past what parses it.
        with suppress(ValueError):
            await way(typed(url))
    assert set(net.connected) <= {HERE}


@WAYS
@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::ffff:127.0.0.1]"])
async def test_where_private_addresses_are_allowed_each_spelling_connects(
    way: Way, host: str, net: Internet, fake: FakeEndpoint
) -> None:
    assert await way(typed(at(host, fake), BOTH)) is None
    assert fake.log[-1].headers["authorization"] == f"Bearer {KEY}"


@WAYS
@pytest.mark.parametrize("address", [HERE, SIX, "::ffff:8.8.8.8"])
async def test_a_public_address_connects(way: Way, address: str, net: Internet, fake: FakeEndpoint) -> None:
    net.public("::ffff:8.8.8.8")
    net.name("good.example", [address])
    assert await way(typed(at("good.example", fake))) is None
    assert fake.log[-1].headers["authorization"] == f"Bearer {KEY}"
    assert set(net.connected) == {address}


# Names


@WAYS
async def test_a_name_is_looked_up_once_for_a_connection_so_a_second_answer_changes_nothing(
    way: Way, net: Internet, fake: FakeEndpoint
) -> None:
    net.name("rebinding.example", [HERE], ["127.0.0.1"])
    assert await way(typed(at("rebinding.example", fake))) is None
    assert net.asked == ["rebinding.example"]
    await chat.close()
    asked = len(fake.log)
    assert isinstance(await way(typed(at("rebinding.example", fake))), NotAllowed)
    assert net.connected == [HERE]
    assert len(fake.log) == asked


@WAYS
@pytest.mark.parametrize("bad", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1"])
async def test_of_a_name_with_allowed_and_other_addresses_only_the_allowed_ones_are_used(
    way: Way, bad: str, net: Internet, fake: FakeEndpoint
) -> None:
    for number, answer in enumerate([(bad, HERE), (HERE, bad), (bad, HERE, bad)]):
        net.name(f"mixed{number}.example", answer)
        assert await way(typed(at(f"mixed{number}.example", fake))) is None
    net.name("bad.example", [bad, "10.0.0.2"])
    assert isinstance(await way(typed(at("bad.example", fake))), NotAllowed)
    assert set(net.connected) == {HERE}


@WAYS
async def test_where_the_allowed_address_does_not_answer_the_others_are_not_tried(way: Way, net: Internet) -> None:
    async with FakeEndpoint() as fake:
        port = fake.port
        net.name("mixed.example", ["1.1.1.1", "127.0.0.1"])
        error = await way(typed(f"http://mixed.example:{port}/v1"))
        assert error is not None
        assert not isinstance(error, NotAllowed)
        assert set(net.connected) == {"1.1.1.1"}
        assert fake.connections == 0


@WAYS
async def test_a_private_name_and_one_that_does_not_exist_look_alike(
    way: Way, net: Internet, fake: FakeEndpoint
) -> None:
    net.name("there.example", ["10.0.0.1"])
    net.name("here.example", ["127.0.0.1"])
    errors = [await way(typed(at(name, fake))) for name in ("there.example", "here.example", "nowhere.example")]
    said = {
        (type(error), error.what.partition(" ")[2], error.hint, error.said) for error in errors if error is not None
    }
    assert len(said) == 1
    assert all(error is not None and error.__cause__ is None for error in errors)
    assert nothing_arrived(net, fake)


@WAYS
async def test_where_private_names_may_be_typed_one_that_does_not_exist_is_said_so(way: Way, net: Internet) -> None:
    assert isinstance(await way(typed("http://nowhere.example/v1", BOTH)), NameNotFound)


@WAYS
async def test_a_listed_host_may_lead_into_the_private_network_and_no_other_may(
    way: Way, net: Internet, fake: FakeEndpoint
) -> None:
    for name in ("gpu.example", "other.example"):
        net.name(name, ["127.0.0.1"])
    reach = reach_of(["GPU.example."])
    assert await way(typed(at("gpu.example", fake), reach)) is None
    asked = len(fake.log)
    for host in ("other.example", "127.0.0.1", "gpu.example@127.0.0.1"):
        assert await way(typed(at(host, fake), reach)) is not None
    assert len(fake.log) == asked


@WAYS
async def test_the_operators_own_endpoints_may_be_anywhere(way: Way, net: Internet, fake: FakeEndpoint) -> None:
    net.name("gpu.example", ["127.0.0.1"])
    assert await way(Endpoint("set", at("gpu.example", fake), Secret(KEY))) is None


def test_an_address_of_this_machine_is_known_without_a_packet() -> None:
    assert network.is_own("127.0.0.1")
    assert network.is_own("::ffff:127.0.0.1")
    for other in ("8.8.8.8", "203.0.113.7", "2606:4700:4700::1111", "ff02::1", "no address"):
        assert not network.is_own(other)


# Connections that are kept


@WAYS
async def test_a_connection_that_was_made_under_another_policy_is_not_used(
    way: Way, net: Internet, fake: FakeEndpoint
) -> None:
    net.name("gpu.example", ["127.0.0.1"])
    url = at("gpu.example", fake)
    for allowed in (None, BOTH, reach_of(["gpu.example"])):
        assert await way(Endpoint("allowed", url, Secret(KEY), reach=allowed)) is None
    asked, connections = len(fake.log), fake.connections
    assert isinstance(await way(typed(url)), NotAllowed)
    assert isinstance(await way(typed(url, Reach())), NotAllowed)
    assert (len(fake.log), fake.connections) == (asked, connections)


async def test_a_kept_connection_leads_where_it_led_whatever_its_name_does_since(
    net: Internet, fake: FakeEndpoint
) -> None:
    net.name("rebinding.example", [HERE], ["127.0.0.1"])
    for _ in range(3):
        assert await by_chat(typed(at("rebinding.example", fake))) is None
    assert net.connected == [HERE]
    assert fake.connections == 1


async def test_endpoints_of_another_reach_share_no_client() -> None:
    url = "http://host.example/v1"
    reaches = (None, Reach(), PUBLIC, BOTH, reach_of(["host.example"]))
    clients = {id(http.streaming_client(url, Endpoint("t", url, reach=reach))) for reach in reaches}
    assert len(clients) == len(reaches)
    assert http.streaming_client(url, typed(url)) is http.streaming_client(
        "http://b.example", typed("http://b.example")
    )
    await http.close()


# Redirects


@asynccontextmanager
async def redirecting(location: str, status: int) -> AsyncIterator[tuple[int, list[str]]]:
    """A server that sends everybody elsewhere: its port, and the heads that it was asked with."""
    heads: list[str] = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n"
            writer.write(f"{head}\r\n".encode())
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(one, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], heads


@WAYS
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "inside.example", "elsewhere.example"]
)
async def test_a_redirect_takes_neither_the_key_nor_the_prompt_anywhere(
    way: Way, host: str, status: int, net: Internet, fake: FakeEndpoint
) -> None:
    net.name("good.example", [HERE])
    net.name("inside.example", ["127.0.0.1"])
    net.name("elsewhere.example", [THERE])
    async with redirecting(f"http://{host}:{fake.port}/v1/models", status) as (port, heads):
        error = await way(typed(f"http://good.example:{port}/v1"))
    assert isinstance(error, NotAnEndpoint | BadRequest)
    assert set(net.connected) == {HERE}
    assert heads
    assert fake.connections == 0


# Proxies


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint(prefix="http://endpoint.example/v1") as made:
        made.routes["http://endpoint.example/apply-template"] = {"prompt": "<hi>"}
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, made.origin)
        yield made


@WAYS
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host", ["endpoint.example", HERE, "10.0.0.1", "169.254.169.254", "2852039166", "2130706433", "[::ffff:127.0.0.1]"]
)
async def test_behind_a_proxy_only_listed_hosts_can_be_used(
    way: Way, host: str, scheme: str, net: Internet, proxy: FakeEndpoint
) -> None:
    for reach in (PUBLIC, BOTH, reach_of(["public", "other.example"])):
        error = await way(typed(f"{scheme}://{host}/v1", reach))
        assert isinstance(error, NotAllowed)
        assert "through a proxy" in error.hint
    assert nothing_arrived(net, proxy)


@WAYS
async def test_behind_a_proxy_a_listed_host_is_asked_through_it(way: Way, net: Internet, proxy: FakeEndpoint) -> None:
    assert await way(typed("http://endpoint.example/v1", reach_of(["endpoint.example"]))) is None
    assert proxy.log[-1].headers["host"] == "endpoint.example"
    # The proxy is the operator's: it may be anywhere.
    assert set(net.connected) == {"127.0.0.1"}


@WAYS
async def test_what_goes_past_the_proxy_is_judged_by_its_address(
    way: Way, net: Internet, proxy: FakeEndpoint, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "near.example,inside.example")
    net.name("near.example", [HERE])
    net.name("inside.example", ["127.0.0.1"])
    net.name("localhost", ["127.0.0.1"])
    assert await way(typed(at("near.example", fake))) is None
    for host in ("inside.example", "localhost", "127.0.0.1"):
        assert isinstance(await way(typed(at(host, fake))), NotAllowed)
    assert set(net.connected) == {HERE}
    assert proxy.connections == 0


# Keys and headers


@WAYS
async def test_a_key_and_headers_go_to_their_own_endpoint_only(
    way: Way, net: Internet, fake: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Team: environment")
    net.name("one.example", [HERE])
    net.name("two.example", [THERE])
    headers = (("x-team", Secret("team-secret")), ("x-gateway", Secret("gateway secret")))
    async with serving() as other:
        first = Endpoint("one", at("one.example", fake), Secret("sk-key-one"), headers=headers)
        for _ in range(2):
            for endpoint in (first, typed(at("two.example", other), key="sk-key-two"), Endpoint("3", other.url)):
                assert await way(endpoint) is None
        assert {asked.headers.get("authorization") for asked in fake.log} == {"Bearer sk-key-one"}
        assert {asked.headers.get("x-gateway") for asked in fake.log} == {"gateway secret"}
        assert {asked.headers.get("x-team") for asked in fake.log} == {"team-secret"}
        assert {asked.headers.get("authorization") for asked in other.log} == {"Bearer sk-key-two", None}
        assert all({"x-team", "x-gateway"}.isdisjoint(asked.headers) for asked in other.log)


@WAYS
async def test_a_gateways_own_authorization_is_sent_where_there_is_no_key(
    way: Way, net: Internet, fake: FakeEndpoint
) -> None:
    assert await way(Endpoint("t", fake.url, headers=(("authorization", Secret("Basic dTpw")),))) is None
    assert fake.log[-1].headers["authorization"] == "Basic dTpw"


@pytest.mark.parametrize("headers", [(), (("x-team", Secret("team-secret")),)])
async def test_a_client_for_one_endpoint_gives_nothing_secret_to_another_place(
    headers: tuple[tuple[str, Secret], ...], net: Internet, fake: FakeEndpoint
) -> None:
    endpoint = Endpoint("t", "http://host.example/v1", Secret(KEY), headers=headers)
    async with http.quick_client(endpoint.base_url, 5.0, endpoint) as client:
        await client.get(f"{fake.url}/models", headers={"authorization": f"Bearer {KEY}"})
    if headers:
        # Answers have a client for each endpoint with headers.
        await http.streaming_client(endpoint.base_url, endpoint).get(f"{fake.url}/models")
    assert all({"authorization", "x-team"}.isdisjoint(asked.headers) for asked in fake.log)
    assert fake.log


@pytest.mark.parametrize("way", [by_chat, by_probe])
async def test_what_a_server_echoes_of_a_header_is_masked(way: Way, net: Internet) -> None:
    async with serving(key="another") as fake:
        error = await way(Endpoint("t", fake.url, headers=(("x-team", Secret("Unauthorized")),)))
        assert error is not None
        assert error.said == MASK


@WAYS
async def test_a_forgotten_key_is_not_sent(way: Way, net: Internet, fake: FakeEndpoint) -> None:
    endpoint = typed(at("127.0.0.1", fake), BOTH)
    assert endpoint.key is not None
    endpoint.key.forget()
    error = await way(endpoint)
    assert error is not None
    assert "kept no longer" in error.what
    assert fake.log == []


# One place


def test_connections_are_made_and_names_looked_up_in_one_place_each() -> None:
    makers = {
        "getaddrinfo": {"network.py"},
        "create_connection": {"network.py"},
        "open_connection": set(),
        "AsyncConnectionPool": {"transport.py", "quick_transport.py"},
        "AsyncHTTPProxy": {"transport.py"},
        "AsyncHTTPTransport": {"http.py", "quick_transport.py"},
        "AsyncClient": {"http.py"},
        "Client": set(),
        "urlopen": set(),
    }
    found: dict[str, set[str]] = {name: set() for name in makers}
    for module in (Path(http.__file__).parent).glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (name := ast.unparse(node.func).rpartition(".")[2]) in makers:
                found[name].add(module.name)
    assert found["getaddrinfo"] and found["AsyncClient"]
    for name, allowed in makers.items():
        assert found[name] <= allowed, name
