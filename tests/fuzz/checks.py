"""What must hold for any bytes: nothing raises but our own errors, and the packets they come in change nothing."""

from __future__ import annotations

from playground.core.chunks import Chunks
from playground.core.endpoint import Endpoint
from playground.core.errors import EndpointError
from playground.core.reading import BodyReader
from playground.core.refusals import Answer, refusal
from playground.core.reply import Reply, ReplyBuilder
from playground.core.run import Request, Run
from playground.core.views import error_text, stats_line, tool_calls

KINDS = ("text/event-stream", "application/json", "text/plain", "text/html", "")
STATUSES = (200, 301, 400, 401, 403, 404, 422, 429, 500, 501, 502, 503)
# Bytes of a packet: most inputs come in few, since that is what takes the time.
SIZES = (64, 1, 2, 3, 7, 20, 250, 1000)
# Bytes before the body of an input: what it is called, and how it is cut.
HEAD = 2


def check(data: bytes) -> None:
    """Takes an input of the fuzzer: two bytes that choose, and a body."""
    head, body = data[:HEAD].ljust(HEAD, b"\0"), data[HEAD:]
    holds(body, KINDS[head[0] % len(KINDS)], STATUSES[head[0] % len(STATUSES)], SIZES[head[1] % len(SIZES)])


def holds(body: bytes, kind: str, status: int, size: int) -> None:
    """Raises AssertionError where it does not hold."""
    reply, failure = read([body], kind)
    again, otherwise = read(packets(body, size), kind)
    assert reply == again
    assert type(failure) is type(otherwise)
    run = Run(Request(Endpoint("fuzz", "http://127.0.0.1:1/v1"), ()), reply, "failed" if failure else "done", failure)
    shown = [stats_line(run), *map(str, tool_calls(reply)), error_text(failure) if failure else ""]
    "".join(shown).encode()
    error_text(refusal(Answer(status, {"content-type": kind}, body, True, "tiny", 0.0))).encode()
    chunks = Chunks()
    for packet in packets(body, size):
        chunks.feed(packet)
    chunks.end()


def packets(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def read(received: list[bytes], kind: str = KINDS[0]) -> tuple[Reply, EndpointError | None]:
    """The reply that these packets make, all at one time, and the error they end with."""
    reader, builder = BodyReader(kind), ReplyBuilder()
    for packet in received:
        for event in reader.feed(packet):
            builder.feed(event, 0.0)
    for event in reader.end():
        builder.feed(event, 0.0)
    assert reader.failure is None or isinstance(reader.failure, EndpointError)
    return builder.reply, reader.failure


def planted(data: bytes) -> None:
    """The same, with a fault that takes several steps to come upon, each of which can be told from the one before."""
    check(data)
    reply, _ = read([data[HEAD:]])
    others = list(reply.others.values())
    if others and any(other.tool_calls for other in others) and reply.logprobs:
        raise RuntimeError("the planted fault")
