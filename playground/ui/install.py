"""Puts the playground into Chainlit's app: doors, routes, the page, the socket events. Called from app.py, once."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import chainlit as cl
from chainlit.config import config, config_translation_dir, public_dir
from chainlit.server import build_dir, sio
from fastapi import FastAPI

from playground.adapters import settings as settings_table
from playground.adapters.endpoints import LOCAL_NAME, EndpointBook
from playground.adapters.http import tls, trust
from playground.adapters.local import LocalServer, Options
from playground.adapters.logs import LogBook
from playground.adapters.settings import Settings, parts_shown, typed_reach
from playground.adapters.sources import Sources
from playground.core.endpoint import Endpoint
from playground.core.events import Event
from playground.core.listening import here, is_loopback, url
from playground.core.pacing import PATCHED, SHIPPED
from playground.core.run import Request
from playground.core.status import LocalState
from playground.core.tries import Patience
from playground.core.wire_events import Tell
from playground.ui.answer_routes import answer_routes
from playground.ui.desk import SWEEP_EVERY, Desk
from playground.ui.details_routes import details_routes
from playground.ui.doors import install_doors
from playground.ui.logs_routes import logs_routes
from playground.ui.metrics_routes import metrics_routes
from playground.ui.operators import Operators
from playground.ui.page.assets import Assets
from playground.ui.page.build import build
from playground.ui.page.html import build_page
from playground.ui.page.own import own_files
from playground.ui.panel_routes import panel_routes
from playground.ui.panels import Learning
from playground.ui.parts import Parts
from playground.ui.private.late import for_good
from playground.ui.private.sockets import live_sessions, take_over
from playground.ui.routes import routes
from playground.ui.shell import shell_routes
from playground.ui.starters import starters

# The openai package takes half a second to import: after the page can be served, and before the first message.
CHAT = "playground.adapters.chat"


def install(app: FastAPI) -> Desk:
    """Everything but the server itself; `playground` and `chainlit run app.py` come through here alike."""
    settings = settings_table.current()
    trust(settings.ca_file)
    logs = LogBook(settings.endpoints, LOCAL_NAME)
    local = _local(settings, logs)
    book = EndpointBook(settings.endpoints, local)
    loopback = is_loopback(config.run.host)
    reach = typed_reach(settings, loopback=loopback)
    desk = Desk(settings, book, _stream, Learning(_refused, _try_again), reach, logs)
    take_over(desk)
    operators = Operators()
    parts = Parts(parts_shown(settings, loopback=loopback), operators)
    public, dist = Path(public_dir), Path(build_dir)
    kept_in = settings.state_dir / "page" if settings.state_dir else None
    made = build(dist, kept_in, as_shipped=settings.page_as_shipped)
    desk.runs.pace = PATCHED if made.patched else SHIPPED
    own = own_files(public)
    page = build_page(
        dist=dist,
        theme=public / "theme.json",
        own=own,
        name=config.ui.name,
        description=config.ui.description or "",
        addressed=made.addressed,
    )
    shell = shell_routes(
        page=page, public=public, words=Path(config_translation_dir) / "en-US.json", name=config.ui.name
    )
    panels = [
        *panel_routes(desk, parts),
        *details_routes(desk, parts, Sources(book, local)),
        *metrics_routes(desk, parts),
        *logs_routes(desk, parts),
        *answer_routes(desk, parts),
    ]
    ours = [*routes(desk), *panels, *operators.routes()]
    app.router.routes[:0] = [*Assets(made, own).routes(), *shell, *ours]
    install_doors(
        app,
        allowed_origins=settings.allowed_origins,
        loopback=loopback,
        scripts=page.scripts,
        sio=sio,
    )
    cl.set_starters(_starters)
    # Chainlit's command refuses an app without a message handler. Ours has the socket's event itself.
    cl.on_message(_never)
    # For the launcher, which says what a Ctrl-C ends.
    app.state.running_answers = lambda: desk.runs.count
    _on_start_and_stop(desk, local, operators if parts.closed else None)
    return desk


def _local(settings: Settings, logs: LogBook) -> LocalServer | None:
    if settings.endpoints or not settings.local:
        return None
    return LocalServer(
        Options(
            gguf=settings.gguf,
            context=settings.local_context,
            slots=settings.local_slots,
            threads=settings.local_threads,
        ),
        log=logs.local,
    )


def _stream(request: Request, tell: Tell) -> AsyncGenerator[tuple[Event, ...], None]:
    from playground.adapters import chat  # late: see CHAT

    return chat.stream(request, Patience(wake=settings_table.current().wait_for_wake), tell=tell)


def _refused(endpoint: Endpoint, model: str | None) -> frozenset[str]:
    """Nothing, as long as nothing has been asked."""
    if CHAT not in sys.modules:
        return frozenset()
    from playground.adapters import chat  # late: see CHAT

    return chat.refused_fields(endpoint, model)


def _try_again(endpoint: Endpoint, model: str | None, field: str) -> None:
    if CHAT in sys.modules:
        from playground.adapters import chat  # late: see CHAT

        chat.forget_dialect(endpoint, model, field)


async def _starters(_user: cl.User | None) -> list[cl.Starter]:
    return starters()


async def _never(message: cl.Message) -> None:
    raise RuntimeError("a message came past the socket event that this app has taken over")


def _say_link(path: str) -> None:
    """To the operator, where the app was started."""
    sys.stdout.write(f"For the operator, to be opened once: {url(config.run.host, config.run.port)}{path}\n")
    if not is_loopback(config.run.host):
        sys.stdout.write("(From another machine, put the address in its place by which this one is reached there.)\n")
    # Chainlit ends the process without flushing anything.
    sys.stdout.flush()


def _on_start_and_stop(desk: Desk, local: LocalServer | None, operators: Operators | None) -> None:
    """`operators`: where something is theirs alone."""
    running: list[asyncio.Task[None]] = []

    @cl.on_app_startup
    async def start() -> None:
        running.append(asyncio.create_task(_after_serving(desk, local, operators)))

    @cl.on_app_shutdown
    async def stop() -> None:
        for task in running:
            task.cancel()
        await desk.close()
        if CHAT in sys.modules:
            await importlib.import_module(CHAT).close()
        if local is not None:
            await local.stop()


async def _after_serving(desk: Desk, local: LocalServer | None, operators: Operators | None) -> None:
    """What can wait until the page is there: the embedded server, the openai package, looking after endpoints."""
    await _serving()
    if operators is not None:
        operators.say = _say_link
        _say_link(operators.path)
    if local is not None:
        local.on_change = lambda state: desk.local_changed(_news(local, state))
        await local.start()
    desk.logs.start()
    with for_good():
        chat = await asyncio.to_thread(importlib.import_module, CHAT)
        await asyncio.to_thread(tls)
    chat.prepare()
    desk.book.watch(desk.strips.looked_at)
    if desk.settings.metrics_always:
        desk.metrics.always(frozenset(desk.book.names))
    while True:
        await asyncio.sleep(SWEEP_EVERY)
        desk.sweep(live_sessions())


def _news(local: LocalServer, state: LocalState) -> str:
    """What a visitor is told without having asked: that the model ended, and why it does not run."""
    error = local.error
    return f"{error.what} {error.hint}" if error is not None and state in ("restarting", "failed") else ""


async def _serving() -> None:
    """Returns once this app's own port answers, under either launcher."""
    for _attempt in range(500):
        with suppress(OSError):
            _reader, writer = await asyncio.open_connection(here(config.run.host), config.run.port)
            writer.close()
            return
        await asyncio.sleep(0.02)
