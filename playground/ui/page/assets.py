"""Sends the files of a build: compressed where the browser takes that, and to be kept for good (see `doors`)."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.ui.page.build import Build, pack

_TEXT = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}


class Assets:
    """Keeps in memory what was asked for: few files, each the same for everybody. `own`: ours, by their names."""

    def __init__(self, build: Build, own: Mapping[str, bytes]) -> None:
        self._build = build
        self._read: dict[Path, bytes] = {}
        for name, content in own.items():
            self._read[build.folder / name] = content
            self._read[build.folder / f"{name}.gz"] = gzip.compress(content, 6, mtime=0)

    def routes(self) -> list[Route]:
        """To stand in front of Chainlit's own. The page's script names one file by its address without the key."""
        return [Route("/assets/{key}/{file}", self._serve), Route("/assets/{file}", self._serve)]

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["file"]
        file = self._build.folder / name
        key = request.path_params.get("key", self._build.key)
        if key != self._build.key or file.parent != self._build.folder or file.suffix in (".gz", ""):
            return _NOTHING
        headers = {"vary": "accept-encoding"}
        packs = file.suffix in _TEXT and "gzip" in request.headers.get("accept-encoding", "")
        try:
            content = self._read.get(file.with_name(f"{name}.gz") if packs else file)
            if content is None:
                content = await asyncio.to_thread(self._content, file, packs)
        except FileNotFoundError:
            return _NOTHING
        kind = _TEXT.get(file.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(content, media_type=kind, headers=headers | ({"content-encoding": "gzip"} if packs else {}))

    def _content(self, file: Path, packs: bool) -> bytes:
        found = pack(file) if packs else file
        return self._read.setdefault(found, found.read_bytes())


_NOTHING = Response("There is no such file.\n", 404, media_type="text/plain")
