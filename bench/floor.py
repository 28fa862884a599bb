"""The floor: what the wire, a socket and a browser cost by themselves. A bare page that appends text to one node.

Text is sent on as it comes, and the page appends what has come once a frame: finer than the screen shows is no gain.

    python bench/floor.py PORT ENDPOINT_PORT

It knows the scripted endpoint's way of writing (each event whole on a line of its own) and nothing else: no errors, no
Markdown, no conversation. The names in the page are those that `bench/pages.py` looks for.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

PAGE = """<!doctype html><meta charset="utf-8"><title>Floor</title>
<style>#answers { height: 700px; width: 760px; overflow-y: auto; white-space: pre-wrap }</style>
<div id="answers"></div><input id="chat-input" size="80" disabled>
<script>
const socket = new WebSocket(`ws://${location.host}/socket`)
const answers = document.getElementById("answers"), box = document.getElementById("chat-input")
let text, waiting = ""
socket.onopen = () => { box.disabled = false }
const draw = () => { text.appendData(waiting); waiting = ""; answers.scrollTop = answers.scrollHeight }
socket.onmessage = ({ data }) => { if (!waiting) requestAnimationFrame(draw); waiting += data }
box.onkeydown = ({ key }) => {
  if (key !== "Enter") return
  const answer = document.createElement("div")
  answer.dataset.stepType = "assistant_message"
  answer.append(text = document.createTextNode(""))
  answers.append(answer)
  socket.send(box.value)
  box.value = ""
}
</script>"""


async def tokens(port: int, question: str) -> AsyncGenerator[str, None]:
    """The text of all events that came with one read from the socket, joined."""
    body = json.dumps({"model": "tiny-chat", "stream": True, "messages": [{"role": "user", "content": question}]})
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        rest = b""
        while data := await reader.read(65536):
            *lines, rest = (rest + data).split(b"\n")
            events = [json.loads(line[6:]) for line in lines if line.startswith(b"data: {")]
            if text := "".join(event["choices"][0]["delta"].get("content", "") for event in events):
                yield text
            if b"data: [DONE]" in lines:
                return
    finally:
        writer.close()


async def page(_: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


async def chat(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            async for text in tokens(int(sys.argv[2]), await socket.receive_text()):
                await socket.send_text(text)
    except WebSocketDisconnect:
        return


if __name__ == "__main__":
    app = Starlette(routes=[Route("/", page), WebSocketRoute("/socket", chat)])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", ws_per_message_deflate=False)
