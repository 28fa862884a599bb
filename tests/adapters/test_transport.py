"""The transport for answers, on real sockets: what is read, what is sent, and how each failure is called."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpcore2
import httpx2
import pytest

from playground.adapters.transport import ERRORS, Transport
from tests.certificates import self_signed
from tests.fake_endpoint import FakeEndpoint
from tests.waiting import until

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = b'{"model": "m", "messages": [{"role": "user", "content": "hi"}]}'


@pytest.fixture(autouse=True)
async def servers_have_ended() -> AsyncIterator[None]:
    """What a test's servers still do for a connection comes to its end: the test has closed it."""
    yield
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=10)


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()


class Server:
    """Answers every request with the same bytes and closes; keeps what it was sent. `rest` goes out once it may."""

    def __init__(self, answer: bytes, rest: bytes = b"", tls: ssl.SSLContext | None = None) -> None:
        self.answer, self.rest, self.may = answer, rest, asyncio.Event()
        self.tls = tls
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        async with await asyncio.start_server(self._one, "127.0.0.1", 0, ssl=self.tls) as server:
            scheme = "https" if self.tls else "http"
            self.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            yield self

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        length = next((line[15:] for line in head.lower().split("\r\n") if line.startswith("content-length:")), "0")
        self.bodies.append(await reader.readexactly(int(length)))
        writer.write(self.answer)
        if self.rest:
            await self.may.wait()
            writer.write(self.rest)
        await close(writer)


@asynccontextmanager
async def client(proxy: str | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    transport = Transport(tls or ssl.create_default_context(), proxy)
    async with httpx2.AsyncClient(transport=transport, timeout=None, trust_env=False) as made:
        yield made


async def read(head: bytes, body: bytes = b"") -> tuple[list[bytes], httpx2.HTTPError | None]:
    """What comes of a response, read piece by piece, and the error that it ends with."""
    got: list[bytes] = []
    async with Server(head, body).serving() as server, client() as made:
        try:
            async with made.stream("POST", server.url, content=BODY) as response:
                server.may.set()
                async for data in response.aiter_bytes():
                    got.append(data)
        except httpx2.HTTPError as error:
            return got, error
    return got, None


# What is read


async def test_all_that_has_come_is_one_read() -> None:
    chunks = b"".join(b"5\r\n%05d\r\n" % number for number in range(2000)) + b"0\r\n\r\n"
    got, error = await read(CHUNKED + chunks)
    assert error is None
    assert b"".join(got) == b"".join(b"%05d" % number for number in range(2000))
    assert len(got) < 20


@pytest.mark.parametrize(
    "answer",
    [HEAD + b"Content-Length: 5\r\n\r\nhello", HEAD + b"\r\nhello", CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"],
    ids=["with a length", "until the connection ends", "in chunks"],
)
async def test_a_body_ends_in_whichever_way_it_says(answer: bytes) -> None:
    got, error = await read(answer)
    assert (b"".join(got), error) == (b"hello", None)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (CHUNKED, b"5\r\nhello\r\n"),
        (CHUNKED, b"5\r\nhello\r\nff\r\n"),
        (CHUNKED, b"5\r\nhello\r\nno number\r\n"),
        (HEAD + b"Content-Length: 500\r\n\r\n", b"hello"),
    ],
    ids=["between chunks", "in a chunk", "at what is no chunk", "before its length"],
)
async def test_what_came_before_a_body_breaks_off_is_given_first(head: bytes, body: bytes) -> None:
    got, error = await read(head, body)
    assert b"".join(got) == b"hello"
    assert type(error) is httpx2.RemoteProtocolError


async def test_reading_stops_while_nothing_is_taken() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"x" * 2**17)
                await writer.drain()
                sent += 2**17
        await close(writer)

    async with await asyncio.start_server(endless, "127.0.0.1", 0) as server, client() as made:
        request = made.build_request("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        response = await made.send(request, stream=True)
        before = -1
        # Until nothing more goes out, since nothing is taken.
        while before != sent:
            before = sent
            await asyncio.sleep(0.05)
        await response.aclose()
    # What the system itself keeps for a connection, and not much more.
    assert sent < 2**26


# What is sent


def names(head: str) -> set[str]:
    return {line.partition(":")[0].lower() for line in head.split("\r\n")[1:] if line}


async def test_a_request_has_the_headers_that_it_was_given_and_no_other() -> None:
    async with Server(HEAD + b"Content-Length: 0\r\n\r\n").serving() as server, client() as made:
        request = made.build_request("POST", f"{server.url}/a%2Fb?q=%20", content=BODY)
        for name in ("accept", "accept-encoding", "user-agent"):
            del request.headers[name]
        await made.send(request)
    assert server.heads[0].startswith("POST /v1/a%2Fb?q=%20 HTTP/1.1\r\n")
    assert names(server.heads[0]) == {"host", "connection", "content-length"}
    assert server.bodies == [BODY]


async def test_a_body_of_megabytes_is_sent_whole() -> None:
    async with Server(HEAD + b"Content-Length: 0\r\n\r\n").serving() as server, client() as made:
        await made.post(server.url, content=b"x" * 3_000_000)
    assert server.bodies == [b"x" * 3_000_000]


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    answer = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with Server(answer).serving() as server, client() as made:
        assert (await made.post(server.url, content=BODY)).status_code == 307
    assert len(server.heads) == 1


# Proxies


@asynccontextmanager
async def tunnelling(refusal: bytes = b"") -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that connects through to wherever it is asked, or refuses; and the heads it was asked with."""
    heads: list[str] = []
    pipes: set[asyncio.Task[None]] = set()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(2**16):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            await close(writer)

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if refusal:
            writer.write(refusal)
            await close(writer)
            return
        host, _, port = heads[-1].split(" ")[1].partition(":")
        there, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for task in (asyncio.create_task(pipe(reader, back)), asyncio.create_task(pipe(there, writer))):
            pipes.add(task)
            task.add_done_callback(pipes.discard)

    async with await asyncio.start_server(one, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
        for task in pipes:
            task.cancel()
        if pipes:
            await asyncio.wait(pipes)


async def test_a_tunnel_is_asked_of_a_proxy_for_https_and_it_hears_nothing_else(tmp_path: Path) -> None:
    file, context = self_signed(tmp_path)
    trusting = ssl.create_default_context(cafile=str(file))
    async with Server(HEAD + b"Content-Length: 2\r\n\r\nok", tls=context).serving() as server, tunnelling() as proxy:
        address, heads = proxy
        async with client(f"http://name:p%40ss@{address}", trusting) as made:
            response = await made.post(
                server.url, content=BODY, headers={"Authorization": "Bearer k", "User-Agent": "u"}
            )
    assert response.text == "ok"
    assert heads[0].startswith("CONNECT 127.0.0.1:")
    assert names(heads[0]) == {"host", "accept", "proxy-authorization"}
    assert base64.b64encode(b"name:p@ss").decode() in heads[0]
    assert "Bearer" not in heads[0]
    assert "proxy-authorization" not in names(server.heads[0])
    assert "authorization" in names(server.heads[0])


async def test_a_proxy_that_refuses_is_a_proxys_failure() -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    async with tunnelling(refusal) as (address, _), client(f"http://name:secret@{address}") as made:
        with pytest.raises(httpx2.ProxyError) as failed:
            await made.post("https://endpoint.example/v1", content=BODY)
    assert "secret" not in str(failed.value)


# What goes wrong


async def test_a_connection_that_is_not_made_in_time_is_given_up() -> None:
    hung_up = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(2**16):
            pass
        await close(writer)
        hung_up.set()

    # It is up at once; the TLS that it has to speak never comes.
    async with await asyncio.start_server(never, "127.0.0.1", 0) as server, client() as made:
        with pytest.raises(httpx2.ConnectTimeout):
            url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await made.get(url, timeout=httpx2.Timeout(None, connect=0.05))
        await hung_up.wait()


async def test_an_answer_that_is_not_read_in_time_is_given_up_where_a_limit_is_set() -> None:
    async with FakeEndpoint() as fake, client() as made:
        with pytest.raises(httpx2.ReadTimeout):
            asked = {"model": "scenario:silent_before_head", "messages": []}
            await made.post(f"{fake.url}/chat/completions", json=asked, timeout=httpx2.Timeout(None, read=0.05))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-", httpx2.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH\r\n\r\n", httpx2.RemoteProtocolError),
        (HEAD + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n", httpx2.RemoteProtocolError),
    ],
    ids=["nothing", "half a head", "no HTTP", "a head without end"],
)
async def test_what_comes_in_place_of_a_head_is_called_what_it_is(answer: bytes, kind: type[httpx2.HTTPError]) -> None:
    got, error = await read(answer)
    assert (got, type(error)) == ([], kind)


async def test_an_address_that_is_none_is_said_so() -> None:
    async with client() as made:
        with pytest.raises(httpx2.UnsupportedProtocol):
            await made.get("ftp://127.0.0.1/")


def test_every_error_of_the_library_below_has_a_row_with_its_name() -> None:
    kinds = [kind for kind in vars(httpcore2).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    raised = {kind for kind in kinds if not kind.__subclasses__()}
    # This one is its own pool's business.
    assert set(ERRORS) == raised - {httpcore2.ConnectionNotAvailable}
    for theirs, ours in ERRORS.items():
        assert theirs.__name__ == ours.__name__


async def test_hanging_up_closes_the_connection_and_an_answer_that_ended_leaves_it_open() -> None:
    async with FakeEndpoint() as fake, client() as made:
        url = f"{fake.url}/chat/completions"
        for _ in range(2):
            await made.post(url, json={"model": "scenario:plain_text", "messages": []})
        assert fake.connections == 1
        async with made.stream("POST", url, json={"model": "scenario:silent", "messages": []}):
            pass
        await until(lambda: fake.completions[-1].hung_up)
        await made.post(url, json={"model": "scenario:plain_text", "messages": []})
        assert fake.connections == 2
