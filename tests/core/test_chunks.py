"""Chunks are joined, and nothing else about a response changes: h11, which reads it in the end, is the judge."""

from __future__ import annotations

import random

import h11
import pytest

from playground.core.chunks import MAX_HEAD, Chunks

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"
PARTS = (b"one ", b"two\r\n\r\n", b"", b"3\r\nabc\r\n", bytes(range(256)), b"x" * 5000)


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%X\r\n%b\r\n" % (len(part), part) for part in parts if part)


def passed(*pieces: bytes) -> list[bytes]:
    """What is handed on for each piece, and at the end."""
    chunks = Chunks()
    return [*(chunks.feed(piece) for piece in pieces), chunks.end()]


def read(*pieces: bytes) -> tuple[bytes, str | None]:
    """What h11 makes of a response that ends with the connection: its body, and how the reading failed."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    body = b""
    try:
        for piece in (*(piece for piece in pieces if piece), b""):
            connection.receive_data(piece)
            while (event := connection.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.Data):
                    body += event.data
                if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                    return body, None
    except h11.RemoteProtocolError as error:
        return body, str(error)
    return body, "no end"


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


RESPONSES = {
    "chunked": HEAD + chunked(*PARTS) + END,
    "chunked, with a trailer": HEAD + chunked(*PARTS) + b"0\r\nX-Sum: 1\r\n\r\n",
    "sizes in small letters": HEAD + b"a\r\n0123456789\r\n" + END,
    "sizes with zeros": HEAD + b"00000002\r\nab\r\n0003\r\ncde\r\n" + END,
    "an extension": HEAD + b"2\r\nab\r\n3;name=value\r\ncde\r\n1\r\nf\r\n" + END,
    "white space after a size": HEAD + b"2 \r\nab\r\n1\r\nc\r\n" + END,
    "another case and more space": HEAD.replace(b"Transfer-Encoding: chunked", b"transfer-ENCODING:\tChunked ")
    + chunked(*PARTS)
    + END,
    "lines that end in one byte": HEAD.replace(b"\r\n", b"\n") + chunked(*PARTS) + END,
    "interim heads": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    + HEAD
    + chunked(*PARTS)
    + END,
    "with a length": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n5\r\nhello\r\n",
    "until the end": b"HTTP/1.1 200 OK\r\n\r\n5\r\nhello\r\n",
    "a head that only speaks of it": b"HTTP/1.1 200 OK\r\nX: transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "a size too long": HEAD + b"2\r\nab\r\n0000000000000000000000001\r\nc\r\n" + END,
    "no number": HEAD + b"2\r\nab\r\nzz\r\nc\r\n" + END,
    "no size": HEAD + b"2\r\nab\r\n\r\nc\r\n" + END,
    "a chunk longer than its size": HEAD + b"2\r\nabcd\r\n1\r\ne\r\n" + END,
    "a chunk shorter than its size": HEAD + b"5\r\nab\r\n1\r\ne\r\n" + END,
    "cut off between chunks": HEAD + chunked(*PARTS),
    "cut off in a chunk": HEAD + chunked(*PARTS) + b"ff\r\nabc",
    "cut off in a size": HEAD + chunked(*PARTS) + b"f",
    "cut off after a size": HEAD + chunked(*PARTS) + b"f\r",
    "cut off before any chunk": HEAD,
    "cut off in the head": HEAD[:-2],
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10**6])
@pytest.mark.parametrize("response", RESPONSES.values(), ids=RESPONSES)
def test_a_response_means_the_same_however_it_is_cut(response: bytes, size: int) -> None:
    pieces = cut(response, size)
    body, failure = read(*passed(*pieces))
    wanted, wrong = read(*pieces)
    assert body == wanted
    assert (failure is None) == (wrong is None)


def test_responses_made_at_random_mean_the_same() -> None:
    rng = random.Random(7)
    for _ in range(300):
        parts = [rng.randbytes(rng.choice((1, 3, 17, 300))) for _ in range(rng.randint(0, 20))]
        response = bytearray(HEAD + chunked(*parts) + END)
        if rng.random() < 0.5:
            response[rng.randrange(len(HEAD), len(response))] = rng.choice(b"\r\n0a;x ")
        pieces = cut(bytes(response), rng.choice((1, 5, 50, 5000)))
        body, failure = read(*passed(*pieces))
        wanted, wrong = read(*pieces)
        assert (body, failure is None) == (wanted, wrong is None), bytes(response)


def test_all_chunks_of_one_read_become_one() -> None:
    head, first, second, end, _ = passed(HEAD, chunked(b"a", b"b", b"c"), chunked(b"d") + b"2\r\ne", b"f\r\n" + END)
    assert head == HEAD
    assert first == b"3\r\nabc"
    assert second == b"\r\n2\r\nde"
    assert end == b"\r\n1\r\nf\r\n" + END


def test_what_came_is_given_at_once_but_for_the_beginning_of_a_size() -> None:
    assert passed(HEAD, b"5", b"\r\nhel", b"lo\r", b"\n", b"5\r\nworld") == [
        HEAD, b"", b"3\r\nhel", b"\r\n2\r\nlo", b"", b"\r\n5\r\nworld", b"",
    ]  # fmt: skip


def test_a_head_without_end_is_not_kept() -> None:
    chunks = Chunks()
    long = b"HTTP/1.1 200 OK\r\nX: " + b"x" * MAX_HEAD
    assert chunks.feed(long) == long
    # It is too long to be looked at, also once it ends.
    rest = HEAD.partition(b"\r\n")[2] + chunked(b"a", b"b")
    assert chunks.feed(rest) == rest
