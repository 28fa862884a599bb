"""Starts the app: takes the port, prepares the runtime folder, loads app.py, serves it, says where, ends it.

Chainlit and uvicorn are imported late, so that a wrong setting or a port in use is said at once. Not here: what the app
is (app.py and `playground.ui`), options (`cli.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from playground import address, resources, runtime_folder
from playground.adapters.settings import Loaded, put_in_force
from playground.core.errors import SettingsError
from playground.core.listening import is_loopback, url
from playground.ui.private import late

if TYPE_CHECKING:
    from fastapi import FastAPI

# Exit codes: what the user gave is wrong; ended by Ctrl-C.
WRONG, INTERRUPTED = 2, 130
# Seconds that connections have to close by themselves when the app ends.
CLOSING = 3
# Seconds between two looks whether the app answers, and how many looks.
LOOK_EVERY, LOOKS = 0.02, 1500


@dataclass(frozen=True, slots=True)
class Place:
    """The address that was taken."""

    host: str
    port: int
    taken: socket.socket

    @property
    def url(self) -> str:
        """As a browser on this machine opens it."""
        return url(self.host, self.port)


def run(loaded: Loaded) -> NoReturn:
    """Serves until it is told to end. Raises `SettingsError` before anything is started; never returns."""
    settings = loaded.settings
    taken = address.take(settings.host, settings.port)
    place = Place(settings.host, taken.getsockname()[1], taken)
    if settings.state_dir is None:
        raise SettingsError("No folder is set to keep the app's state in.", "Name one with --state-dir.")
    folder = runtime_folder.prepare(settings.state_dir, place.host, place.port)
    runtime_folder.direct_chainlit(folder, os.environ)
    put_in_force(replace(loaded, settings=settings.model_copy(update={"port": place.port})))
    for notice in loaded.notices:
        _say(notice)
    with _ending_at_once():
        if not is_loopback(place.host):
            _say("Everybody who can reach this machine can use this app, and its endpoints with their keys.")
        with late.for_good():
            app = _load_app(place)
    _serve(app, place, open_page=not settings.headless and has_display(os.environ))
    sys.exit(0)


@contextlib.contextmanager
def _ending_at_once() -> Iterator[None]:
    """Ctrl-C ends the process itself while so much is imported: raised as an exception, it may come up inside a module
    that swallows it, and nobody would have been told."""

    def end(_sig: int, _frame: FrameType | None) -> None:
        _say_now("\nEnded.")
        os._exit(INTERRUPTED)

    before = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def has_display(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser could show a window to the person who started this."""
    if platform == "win32":
        return True
    if platform == "darwin":
        return "SSH_CONNECTION" not in environ
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _load_app(place: Place) -> FastAPI:
    """Chainlit's app with ours installed: app.py is loaded from its path, as Chainlit's own command does it."""
    late.load()
    from chainlit.config import config
    from chainlit.server import app

    config.run.host = place.host
    config.run.port = place.port
    config.run.headless = True  # the browser is opened here, once the app answers
    file = resources.root() / "app.py"
    spec = importlib.util.spec_from_file_location("playground_app", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return app


def _serve(app: FastAPI, place: Place, *, open_page: bool) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Says when the app answers, and what a signal ends."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            try:
                await super().startup(sockets)
            except OSError:
                # Bound by both, listened on by the other first: two that were started in the same moment.
                problem = address.in_use(place.host, place.port)
                self._leave(f"{problem.what} {problem.hint}", WRONG)
            self._opening = asyncio.create_task(_announce(place, open_page))

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if self.should_exit:
                self._leave("Ended at once.", INTERRUPTED)
            self.should_exit = True
            if sig == signal.SIGINT:
                _say_now(f"\n{ending(running_answers(app))} Press Ctrl-C again to end at once.")

        def _leave(self, why: str, code: int) -> NoReturn:
            _say_now(why)
            os._exit(code)

    config = uvicorn.Config(
        app,
        ws_per_message_deflate=False,  # it costs more time than it saves bytes
        log_level="warning",
        access_log=False,
        server_header=False,
        headers=[("Server", address.NAME)],
        timeout_graceful_shutdown=CLOSING,
    )
    asyncio.run(Server(config).serve(sockets=[place.taken]))


async def _announce(place: Place, open_page: bool) -> None:
    for _ in range(LOOKS):
        if await asyncio.to_thread(address.health, place.host, place.port) is not None:
            break
        await asyncio.sleep(LOOK_EVERY)
    else:
        _say(f"The app does not answer at {place.url}.")
        return
    _say(f"The playground is ready: {place.url}   (Ctrl-C ends it)")
    if open_page:
        await asyncio.to_thread(webbrowser.open, place.url)


def ending(answers: int) -> str:
    """What is said when the app is told to end."""
    if answers == 0:
        return "Ending the playground."
    being = "1 answer that is" if answers == 1 else f"{answers} answers that are"
    return f"Ending the playground and {being} being written."


def running_answers(app: FastAPI) -> int:
    """How many answers are being written now: app.state.running_answers, where the app has set that."""
    count: Callable[[], int] | None = getattr(app.state, "running_answers", None)
    return count() if count is not None else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    # Chainlit ends the process without flushing anything.
    sys.stdout.flush()


def _say_now(text: str) -> None:
    """From a signal handler, which may have interrupted a write to the same stream; nobody may be there to read."""
    with contextlib.suppress(OSError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode())
