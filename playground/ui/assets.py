"""The scripts and styles of Chainlit's page, as the browser gets them.

Changed where `private/bundle.py` changes them, and compressed once, not for each visitor (the main script has 4.6 MB: a
quarter of a second each time).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import logging
import mimetypes
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.ui.private.bundle import BundleChanged, patched

_MAIN = re.compile(r'src="/assets/([\w.-]+\.js)"')
_TEXT = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}
_log = logging.getLogger(__name__)


class Assets:
    """The files under `dist`/assets. `main` is the main script's name as shipped, `served` the one it is served by: a
    changed script under the old name would be confused with what a browser has kept for good."""

    def __init__(self, dist: Path) -> None:
        """Raises OSError where Chainlit's front end is not there."""
        self._folder = dist / "assets"
        shipped = _MAIN.search((dist / "index.html").read_text(encoding="utf-8"))
        self.main = self.served = shipped[1] if shipped else ""
        self._script: bytes | None = None
        self._packed: dict[str, bytes] = {}
        self._packing = asyncio.Lock()
        if not shipped:
            return
        try:
            script = patched((self._folder / self.main).read_text(encoding="utf-8"))
        except BundleChanged as changed:
            _log.warning("The page's script is served as shipped, some answers may lose characters: %s", changed)
            return
        self._script = script.encode()
        self.served = f"index-{hashlib.sha256(self._script).hexdigest()[:10]}.js"

    def route(self) -> Route:
        """To stand in front of Chainlit's own for the same address."""
        return Route("/assets/{file}", self._serve)

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["file"]
        file = self._folder / name
        if name == self.served:
            file = self._folder / self.main
        elif name == self.main or name.endswith(".map") or file.parent != self._folder or not file.is_file():
            return Response("There is no such file.\n", 404, media_type="text/plain")
        kind = _TEXT.get(file.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"vary": "accept-encoding"}
        if file.suffix not in _TEXT or "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self._content(file), media_type=kind, headers=headers)
        async with self._packing:
            if name not in self._packed:
                self._packed[name] = await asyncio.to_thread(lambda: gzip.compress(self._content(file), 6))
        return Response(self._packed[name], media_type=kind, headers=headers | {"content-encoding": "gzip"})

    def _content(self, file: Path) -> bytes:
        if file.name == self.main and self._script is not None:
            return self._script
        # The other scripts import the main one by its name.
        return file.read_bytes().replace(self.main.encode(), self.served.encode()) if self.main else file.read_bytes()
