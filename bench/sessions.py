"""Many sessions at once on one server, over Chainlit's own socket protocol: how late each token comes to its session.

    python bench/sessions.py URL ENDPOINT_URL SESSIONS RATE TOKENS

A process of its own, so that what it does is not the server's time. Prints one JSON object: milliseconds of lateness,
from the moment in which the endpoint sent a token to that in which the event that holds it is here, over all tokens of
all sessions: `half` (the median), `p99`, `worst`; and `tokens`, how many those are.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import socketio  # type: ignore[import-untyped]  # it ships no types
from aiohttp import ClientSession, CookieJar

WORD = re.compile(r"\bw(\d+)|END")
# Seconds over which the sessions begin to ask, and that they may take longer than the endpoint.
SPREAD, PATIENCE = 1.0, 120.0


class Session:
    """One reader: connects as a tab of the page does, asks once, notes when each token is here (epoch seconds)."""

    def __init__(self, question: str, tokens: int) -> None:
        self.question = question
        self.here: list[float] = []
        self._tokens = tokens
        self._whole = asyncio.Event()
        self._socket: Any = None

    async def connect(self, url: str, http: ClientSession) -> None:
        self._socket = socketio.AsyncClient(http_session=http, reconnection=False)
        self._socket.on("*", self._heard)
        session = str(uuid.uuid4())
        await (await http.get(url)).read()
        # The tab's name is our app's own; Chainlit does not read it.
        headers = {"X-Tab": uuid.uuid4().hex, "Origin": url}
        said = await http.post(f"{url}/set-session-cookie", json={"session_id": session}, headers=headers)
        said.raise_for_status()
        await self._socket.connect(
            url,
            headers={"Origin": url},
            auth={"sessionId": session, "clientType": "webapp", "userEnv": "{}", "chatProfile": "", "threadId": ""},
            transports=["websocket"],
            socketio_path="/ws/socket.io",
        )
        await self._socket.emit("connection_successful")

    async def ask(self) -> None:
        """Returns once the answer is whole. Raises TimeoutError."""
        step = {
            "id": str(uuid.uuid4()),
            "threadId": "",
            "name": "user",
            "type": "user_message",
            "output": self.question,
            "createdAt": datetime.now(UTC).isoformat(),
        }
        await self._socket.emit("client_message", {"message": step, "fileReferences": []})
        async with asyncio.timeout(PATIENCE):
            await self._whole.wait()

    async def close(self) -> None:
        await self._socket.disconnect()

    def _heard(self, _event: str, data: Any = None) -> None:
        if not isinstance(data, dict) or data.get("type") == "user_message":
            return
        now = time.time()
        for word in WORD.finditer(str(data.get("token") or data.get("output") or "")):
            reached = int(word[1]) + 1 if word[1] else self._tokens
            self.here += [now] * (reached - len(self.here))
        if len(self.here) == self._tokens:
            self._whole.set()


async def measure(url: str, endpoint: str, sessions: int, rate: int, tokens: int) -> dict[str, float]:
    connected = asyncio.Barrier(sessions)
    async with asyncio.TaskGroup() as group:
        questions = [f"emit-{rate}-{tokens} for reader {number}" for number in range(sessions)]
        waits = [SPREAD * number / sessions for number in range(sessions)]
        readers = [
            group.create_task(_read(url, Session(question, tokens), connected, wait))
            for question, wait in zip(questions, waits, strict=True)
        ]
    async with ClientSession() as http:
        log = await (await http.get(f"{endpoint}/log")).json()
    sent = {asked["body"]["messages"][-1]["content"]: asked["sent_at"] for asked in log}
    late = sorted(
        1000 * (here - there)
        for reader in readers
        for here, there in zip(reader.result().here, sent[reader.result().question], strict=True)
    )
    return {"half": _share(late, 0.5), "p99": _share(late, 0.99), "worst": late[-1], "tokens": len(late)}


async def _read(url: str, session: Session, connected: asyncio.Barrier, wait: float) -> Session:
    """Connects, and asks some seconds after all have."""
    # Cookies of a number instead of a name as host are kept only by a jar that is told to.
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        await session.connect(url, http)
        try:
            await connected.wait()
            await asyncio.sleep(wait)
            await session.ask()
        finally:
            await session.close()
    return session


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    url, endpoint, *numbers = sys.argv[1:]
    print(json.dumps(asyncio.run(measure(url, endpoint, *map(int, numbers)))))
