"""The page and its doors around an echo, as a process for the tests: no endpoint, no conversation.

    python -m tests.ui.shell_app --port PORT [--origin ORIGIN]… [--open]

Its folder (CHAINLIT_APP_ROOT) holds copies of .chainlit and public. An answer is what was typed, with the buttons and
the line that answers have. `GET /playground/heard` tells which window messages reached the server.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import chainlit as cl
import uvicorn
from chainlit.config import config_translation_dir, public_dir
from chainlit.server import app, build_dir, sio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from playground.ui.doors import install_doors
from playground.ui.page.assets import Assets
from playground.ui.page.build import build
from playground.ui.page.html import build_page
from playground.ui.page.own import own_files
from playground.ui.shell import shell_routes
from playground.ui.starters import starters

BUTTONS = (("show", "‹"), ("where", "2 / 3"), ("show", "›"), ("regenerate", "Regenerate"), ("stats", "24 in, 240 out"))
heard: list[Any] = []


@cl.set_starters
async def offer(_user: cl.User | None) -> list[cl.Starter]:
    return starters()


@cl.on_chat_start
async def begin() -> None:
    state = {
        "playground": "state",
        "endpoint": "here",
        "model": "a-model-with-quite-a-long-name-Q4_K_M",
        "dot": "running",
    }
    rest = {
        "dotText": "running",
        "locked": False,
        "set": 0,
        "busy": False,
        "empty": True,
        "limit": 10**6,
        "welcome": "A small model.",
    }
    await cl.send_window_message(state | rest | {"wait": None, "notice": "", "draft": ""})


@cl.on_window_message
async def listen(message: Any) -> None:
    heard.append(message)


@cl.on_message
async def echo(message: cl.Message) -> None:
    actions = [
        cl.Action(name=name, payload={}, label=label, id=f"{message.id}:{name}::{label}:{name}")
        for name, label in BUTTONS
    ]
    await cl.Message(content=message.content, author="assistant", actions=actions).send()  # type: ignore[no-untyped-call]  # Chainlit's is not annotated


async def tell(_: Request) -> JSONResponse:
    return JSONResponse(heard)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--origin", action="append", default=[])
    parser.add_argument("--open", action="store_true", help="as if it listened on more than this machine")
    options = parser.parse_args()
    public, made = Path(public_dir), build(Path(build_dir), None)
    own = own_files(public)
    page = build_page(
        dist=Path(build_dir),
        theme=public / "theme.json",
        own=own,
        name="Tom & Jerry's <Playground>",
        description="Chat",
        addressed=made.addressed,
    )
    shell = shell_routes(
        page=page, public=public, words=Path(config_translation_dir) / "en-US.json", name="Tom & Jerry"
    )
    app.router.routes[:0] = [*Assets(made, own).routes(), *shell, Route("/playground/heard", tell)]
    install_doors(app, allowed_origins=options.origin, loopback=not options.open, scripts=page.scripts, sio=sio)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")
    os._exit(0)


if __name__ == "__main__":
    main()
