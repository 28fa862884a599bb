"""An internet for tests: names lead where the test says, and public addresses to servers on loopback.

The event loop is asked for both in one place each (`adapters.network`): what a name leads to (`getaddrinfo`), and a
connection to an address (`sock_connect`). Both are kept. No name server is asked, and nothing leaves this machine.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Iterable
from typing import Any

import pytest


class Internet:
    """`asked`: the hosts that were looked up. `connected`: the addresses that a connection was begun to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._connect = loop.sock_connect
        self._answers: dict[str, deque[tuple[str, ...]]] = {}
        self._public: set[str] = set()
        self.asked: list[str] = []
        self.connected: list[str] = []
        monkeypatch.setattr(loop, "getaddrinfo", self._look_up)
        monkeypatch.setattr(loop, "sock_connect", self._sock_connect)

    def name(self, host: str, *answers: Iterable[str]) -> None:
        """What a name leads to, each time it is looked up; the last answer stays."""
        self._answers[host] = deque(tuple(answer) for answer in answers)

    def public(self, *addresses: str) -> None:
        """At these addresses stand the servers of this machine, at their own ports."""
        self._public |= {str(socket.getaddrinfo(address, 0)[0][4][0]) for address in addresses}

    async def _look_up(self, host: Any, port: Any, **more: Any) -> list[Any]:
        text = host.decode() if isinstance(host, bytes) else str(host)
        self.asked.append(text)
        if text not in self._answers:
            # Every spelling of an address that the system takes, and no names.
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        answers = self._answers[text]
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        return [
            found
            for address in answer
            for found in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        ]

    async def _sock_connect(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        self.connected.append(str(address[0]))
        if address[0] in self._public:
            here = "::ffff:127.0.0.1" if sock.family == socket.AF_INET6 else "127.0.0.1"
            address = (here, *address[1:])
        elif not str(address[0]).startswith(("127.", "::1", "::ffff:127.", "0.0.0.0")) and address[0] != "::":
            raise ConnectionRefusedError(111, "nothing is there in a test")
        await self._connect(sock, address)
