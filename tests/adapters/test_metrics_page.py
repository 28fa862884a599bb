"""Reading a metrics page over real sockets: as it should be, and every way in which it is not."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from playground.adapters.metrics_page import MOST_BYTES, MOST_LINE, MOST_LINES, NoPage, PageReader, parsed, place
from playground.core.addresses import reach_of
from playground.core.endpoint import Endpoint
from playground.core.metric_states import PageState
from playground.core.secret import Secret

pytestmark = pytest.mark.asyncio
PAGES = Path(__file__).parents[1] / "metrics_pages"
VLLM = (PAGES / "vllm-1.txt").read_bytes()
TEXT = "text/plain; version=0.0.4; charset=utf-8"
KEY = Secret("sk-metrics-Ab3dEf6hIj9")
HEADERS = (("x-team", Secret("team-secret-value")),)
Answer = Callable[[bytes], bytes | None]
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def response(body: bytes, status: str = "200 OK", kind: str = TEXT, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


class Site:
    """A server that answers each request with what it is given, and keeps what it was asked. None: it says nothing."""

    def __init__(self, answer: Answer | bytes | None) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.times: list[float] = []
        self.connections = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            self.times.append(time.monotonic())
            said = self.answer(self.asked[-1]) if callable(self.answer) else self.answer
            if said is not None:
                writer.write(said)
                await writer.drain()


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[str]:
    """The address of a server whose connections are all ended at the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await serve(reader, writer)
        # What the client has not read is not waited for.
        writer.transport.abort()
        with suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        # A server that is closed while it accepts a connection, which its client has given up since, loses it.
        await asyncio.sleep(0.01)
        server.close()
        for _ in range(5):
            # One that was accepted just now has its task a few turns of the loop later.
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


@asynccontextmanager
async def site(answer: Answer | bytes | None) -> AsyncIterator[Site]:
    made = Site(answer)
    async with listening(made.serve) as made.url:
        yield made


@asynccontextmanager
async def reading(made: Site, seconds: float = 3.0, **more: object) -> AsyncIterator[PageReader]:
    endpoint = replace(Endpoint("test", f"{made.url}/v1", KEY, headers=HEADERS), **more)  # type: ignore[arg-type]
    reader = PageReader(endpoint, place(endpoint, None), seconds)
    try:
        yield reader
    finally:
        await reader.close()


async def state(answer: Answer | bytes | None, seconds: float = 3.0) -> PageState:
    async with site(answer) as made, reading(made, seconds) as reader:
        with pytest.raises(NoPage) as no:
            await reader.look()
        return no.value.state


async def test_the_page_beside_the_api_is_asked_with_the_endpoints_key_and_headers_over_one_connection() -> None:
    async with site(response(VLLM)) as made, reading(made) as reader:
        first, second = await reader.look(), await reader.look()
        assert sum(first.values["vllm_num_requests_running"].values()) == 5
        assert second.at > first.at and second.values == first.values
        assert made.connections == 1
        head = made.asked[0].decode()
        assert head.startswith("GET /metrics HTTP/1.1\r\n")
        assert f"uthorization: Bearer {KEY.reveal()}\r\n" in head
        assert "x-team: team-secret-value" in head


async def test_a_page_elsewhere_is_asked_without_anything_secret() -> None:
    async with site(response(VLLM)) as made, site(response(VLLM)) as other:
        async with reading(made, metrics=f"{other.url}/there") as reader:
            await reader.look()
        assert made.asked == []
        head = other.asked[0].decode()
        assert head.startswith("GET /there HTTP/1.1\r\n")
        assert "authorization" not in head.lower() and "team" not in head.lower()


async def test_a_page_that_the_operator_names_at_the_endpoints_own_place_gets_the_key() -> None:
    async with site(response(VLLM)) as made:
        async with reading(made, metrics=f"{made.url}/deep/metrics") as reader:
            await reader.look()
        assert b"GET /deep/metrics " in made.asked[0] and KEY.reveal().encode() in made.asked[0]


async def test_a_redirect_to_another_place_is_not_followed() -> None:
    async with site(response(VLLM)) as other:
        moved = response(b"", "302 Found", more=f"Location: {other.url}/metrics\r\n")
        assert await state(moved) == "failed"
        assert other.asked == []


async def test_where_a_typed_endpoint_may_not_lead_its_page_is_not_asked() -> None:
    async with site(response(VLLM)) as made, reading(made, reach=reach_of(["public"])) as reader:
        with pytest.raises(NoPage) as no:
            await reader.look()
        assert no.value.state == "unreachable" and made.connections == 0


@pytest.mark.parametrize(
    ("base", "answered", "address"),
    [
        ("http://a:1/v1", None, "http://a:1/metrics"),
        ("http://a:1", None, "http://a:1/metrics"),
        ("http://a/team/v1", "http://a/team/v1", "http://a/team/metrics"),
        ("http://a/team", "http://a/team", "http://a/team/metrics"),
    ],
)
async def test_the_page_is_at_the_base_of_the_server(base: str, answered: str | None, address: str) -> None:
    assert place(Endpoint("test", base), answered) == address


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (response(b"not found", "404 Not Found"), "missing"),
        (response(b'{"error": {"code": 501}}', "501 Not Implemented", "application/json"), "missing"),
        (response(b"", "401 Unauthorized"), "refused"),
        (response(b"oh", "500 Internal Server Error"), "failed"),
        (response(b"<html>a page</html>", kind="text/html; charset=utf-8"), "not_metrics"),
        (response(b"<!doctype html><p>a page that says it is text"), "not_metrics"),
        (response(b'{"object": "list"}', kind="application/json"), "not_metrics"),
        (response(b""), "not_metrics"),
        (response(bytes(range(256)) * 40), "not_metrics"),
        (response(b'# HELP up It is up.\n# TYPE up gauge\nup 1\nother{a="b"} 3\n'), "strange"),
        (response(gzip.compress(VLLM)[:-40], more="Content-Encoding: br\r\n"), "not_metrics"),
        (response(b"not packed at all", more="Content-Encoding: gzip\r\n"), "not_metrics"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "unreachable"),
    ],
)
async def test_what_is_no_page_is_told_as_what_it_is(answer: bytes, expected: PageState) -> None:
    assert await state(answer) == expected


async def test_nobody_at_that_address_and_a_connection_that_breaks_off_are_unreachable() -> None:
    endpoint = Endpoint("test", "http://127.0.0.1:1/v1")
    with pytest.raises(NoPage) as no:
        await PageReader(endpoint, place(endpoint, None)).look()
    assert no.value.state == "unreachable"

    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response(VLLM)[:-500])
        await writer.drain()

    async with listening(broken) as url:
        with pytest.raises(NoPage) as no:
            await PageReader(Endpoint("test", f"{url}/v1"), f"{url}/metrics").look()
    # Half a page is none: counters of the other half would seem to begin again.
    assert no.value.state == "unreachable"


async def test_a_page_that_hangs_or_trickles_is_left_in_time_and_the_next_look_is_a_new_one() -> None:
    begun = time.monotonic()
    assert await state(None, seconds=0.2) == "slow"

    async def trickling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"a")
            await asyncio.sleep(0.02)

    async with listening(trickling) as url:
        reader = PageReader(Endpoint("test", f"{url}/v1"), f"{url}/metrics", seconds=0.2)
        for _ in range(2):
            with pytest.raises(NoPage) as no:
                await reader.look()
            assert no.value.state == "slow"
    assert time.monotonic() - begun < 10 * 0.2


async def test_five_megabytes_are_too_much_packed_or_not() -> None:
    huge = VLLM + b"# " + b"x" * (5 * 2**20) + b"\n"
    assert len(huge) > MOST_BYTES
    assert await state(response(huge)) == "huge"
    assert await state(response(gzip.compress(huge), more="Content-Encoding: gzip\r\n")) == "huge"


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")])
async def test_a_page_that_is_packed_without_having_been_asked_to_is_read(
    pack: Callable[[bytes], bytes], name: str
) -> None:
    async with site(response(pack(VLLM), more=f"Content-Encoding: {name}\r\n")) as made, reading(made) as reader:
        assert (await reader.look()).values == parsed(0, VLLM).values
        assert b"accept-encoding: identity" in made.asked[0].lower()


async def test_a_line_that_cannot_be_read_is_as_if_it_were_not_there() -> None:
    lines = [
        b"vllm:num_requests_running 3",
        b'vllm:num_requests_running{a="b" 4',
        b"vllm:num_requests_running",
        b"vllm:num_requests_running one",
        b'vllm:num_requests_running{a="' + b"x" * MOST_LINE + b'"} 5',
        b'vllm:num_requests_running{m="\xff\xfe"} 2',
        b'vllm:num_requests_running{m="a \\"b\\" } c"} 1 1700000000000',
        b"vllm:kv_cache_usage_perc NaN",
        b"}{",
        b"vllm:num_requests_waiting 1e2\r",
    ]
    found = parsed(0, b"\n".join(lines))
    assert sorted(found.values["vllm_num_requests_running"].values()) == [1, 2, 3]
    assert list(found.values["vllm_num_requests_waiting"].values()) == [100]
    assert "vllm_kv_cache_usage_perc" not in found.values


async def test_more_lines_than_any_server_has_are_too_much() -> None:
    line = 'vllm:request_success_total{{n="{}"}} 1\n'
    with pytest.raises(NoPage) as no:
        parsed(0, "".join(line.format(number) for number in range(MOST_LINES + 1)).encode())
    assert no.value.state == "huge"


async def test_a_large_page_holds_up_nobody_while_it_is_read() -> None:
    line = 'vllm:request_success_total{{finished_reason="stop",engine="{}"}} 1\n'
    large = VLLM + "".join(line.format(number) for number in range(15_000)).encode()
    async with site(response(large)) as made, reading(made) as reader:
        await reader.look()
        turns = 0
        look = asyncio.create_task(reader.look())
        while not look.done():
            await asyncio.sleep(0)
            turns += 1
        assert sum((await look).values["vllm_request_success"].values()) > 15_000
    # The loop turned while the thread read.
    assert turns > 50
