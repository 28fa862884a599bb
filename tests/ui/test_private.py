"""The contract with Chainlit: what is reached for in it is there, and does what is relied upon.

Each runs in a process of its own: Chainlit writes into the folder it is imported in, and is imported once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str, folder: Path) -> str:
    env = {**os.environ, "CHAINLIT_APP_ROOT": str(folder), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_socket_events_that_are_taken_over_are_chainlits(tmp_path: Path) -> None:
    run(
        """
from chainlit.server import sio
from playground.ui.private.sockets import TAKEN, UNUSED
own = set(sio.handlers["/"])
assert set(TAKEN) | set(UNUSED) <= own, (set(TAKEN) | set(UNUSED)) - own
# Whatever else it listens to was looked at: a new one has to be taken over, closed or let be by decision.
assert own - set(TAKEN) - set(UNUSED) == {"clear_session"}, own
""",
        tmp_path,
    )


def test_a_handler_registered_again_replaces_the_first(tmp_path: Path) -> None:
    run(
        """
from chainlit.server import sio
async def ours(sid): ...
sio.on("stop", ours)
assert sio.handlers["/"]["stop"] is ours
""",
        tmp_path,
    )


def test_a_session_has_what_is_used_of_it_and_is_found_by_its_ids(tmp_path: Path) -> None:
    run(
        """
import asyncio
from chainlit.session import WebsocketSession
from playground.ui.private.sockets import browser_in, live_sessions, session_of
async def main():
    async def emit(event, data): ...
    made = WebsocketSession(id="session-1", socket_id="socket-1", emit=emit, emit_call=emit, user_env={},
        client_type="webapp", environ={"HTTP_COOKIE": "playground=" + "a" * 43 + "; other=1"})
    for name in ("id", "socket_id", "thread_id", "has_first_interaction", "emit", "environ"):
        assert hasattr(made, name), name
    assert session_of("session-1") is made and WebsocketSession.get("socket-1") is made
    assert session_of("nobody") is None
    assert live_sessions() == {"session-1"}
    assert browser_in(made.environ) == "a" * 43
    # A socket that comes back takes the session over, under a new socket id.
    made.restore("socket-2")
    assert made.socket_id == "socket-2" and WebsocketSession.get("socket-2") is made
asyncio.run(main())
""",
        tmp_path,
    )


def test_a_strange_cookie_header_is_no_browser_and_no_error(tmp_path: Path) -> None:
    run(
        """
from playground.ui.private.sockets import browser_in
for header in ("", ";;;", "playground", "playground=short", "a b=c\\x00; playground=\\u00e4"):
    assert browser_in({"HTTP_COOKIE": header}) is None, header
assert browser_in({}) is None and browser_in(None) is None
""",
        tmp_path,
    )
