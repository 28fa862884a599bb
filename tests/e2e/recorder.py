"""A relay between a browser and the app that keeps every byte the app sends, HTTP and sockets alike, unpacked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Recorder:
    """`url` is where the browser goes. Compression is talked out of, so that what is kept can be searched."""

    def __init__(self, to: str) -> None:
        parts = urlsplit(to)
        self._to = (parts.hostname, parts.port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._kept: list[bytearray] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def kept(self) -> bytes:
        """One connection after the other."""
        return b"\n".join(bytes(each) for each in self._kept)

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._listening.accept()
                app = socket.create_connection(self._to)
                kept = bytearray()
                self._kept.append(kept)
                threading.Thread(target=self._up, args=(browser, app), daemon=True).start()
                threading.Thread(target=self._down, args=(app, browser, kept), daemon=True).start()

    def _up(self, browser: socket.socket, app: socket.socket) -> None:
        with suppress(OSError):
            while data := browser.recv(2**16):
                # Of the same length, and nothing that a server knows.
                for known, unknown in ((b"permessage-deflate", b"permessage-nothing"), (b"gzip, ", b"none, ")):
                    data = data.replace(known, unknown)
                app.sendall(data)
        with suppress(OSError):
            app.shutdown(socket.SHUT_WR)

    def _down(self, app: socket.socket, browser: socket.socket, kept: bytearray) -> None:
        with suppress(OSError):
            while data := app.recv(2**16):
                kept += data
                browser.sendall(data)
        with suppress(OSError):
            browser.close()
            app.close()


@contextmanager
def recording(to: str) -> Iterator[Recorder]:
    recorder = Recorder(to)
    try:
        yield recorder
    finally:
        recorder.close()
