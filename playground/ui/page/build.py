"""A folder with the page's scripts and styles, made once for each version of Chainlit and of the changes to its script.

Main script and styles are compressed beside themselves; what a chat seldom needs (plots, documents) is compressed when
it is first asked for. Making it takes about a second, finding it again a millisecond.
"""

from __future__ import annotations

import atexit
import gzip
import hashlib
import logging
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from playground.ui.page import patches
from playground.ui.page.patches import ScriptChanged, patched

# Seconds after which a folder that no start has used is removed.
KEPT_SECONDS = 30 * 24 * 3600
# Changes when what is written here changes.
_FORMAT = 1
_MAIN = re.compile(r'src="/assets/([\w.-]+\.js)"')
# Beside the files: whether the script in the folder is a changed one.
_PATCHED = "patched"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Build:
    """`folder` holds the files; `key` names their content, to be part of their addresses."""

    folder: Path
    key: str
    patched: bool

    def addressed(self, html: str) -> str:
        """The shipped page with its files' addresses under the key: a browser keeps them for good."""
        return html.replace('="/assets/', f'="/assets/{self.key}/')


def build(dist: Path, kept_in: Path | None, *, as_shipped: bool = False) -> Build:
    """`dist`: Chainlit's built front end. `kept_in`: where folders of builds lie; None, or one that cannot be written,
    means a folder that goes when the app ends. Raises OSError where Chainlit's front end is not there.
    """
    shipped = _MAIN.search((dist / "index.html").read_text(encoding="utf-8"))
    main = shipped[1] if shipped else ""
    key = _key(dist / "assets" / main if main else dist / "index.html", as_shipped)
    try:
        if kept_in is not None:
            return _found_or_made(dist, kept_in, key, main, as_shipped)
    except OSError as error:
        _log.warning("The page's files cannot be kept (%s) and are made again at the next start.", error)
    folder = Path(tempfile.mkdtemp(prefix="playground-page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return _found_or_made(dist, folder, key, main, as_shipped)


def _key(main: Path, as_shipped: bool) -> str:
    about = main.stat()
    changes = "" if as_shipped else Path(patches.__file__).read_text(encoding="utf-8")
    known = (_FORMAT, version("chainlit"), main.name, about.st_size, about.st_mtime_ns, changes)
    return hashlib.sha256(repr(known).encode()).hexdigest()[:12]


def _found_or_made(dist: Path, kept_in: Path, key: str, main: str, as_shipped: bool) -> Build:
    folder = kept_in / key
    if not folder.is_dir():
        kept_in.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=kept_in))
        try:
            _make(dist / "assets", making, main, as_shipped)
            try:
                making.rename(folder)
            except OSError:
                # Another start was quicker.
                if not folder.is_dir():
                    raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
        _forget_old(kept_in, folder)
    os.utime(folder)
    return Build(folder, key, (folder / _PATCHED).exists())


def _make(assets: Path, folder: Path, main: str, as_shipped: bool) -> None:
    for file in assets.iterdir():
        if file.is_file() and file.suffix != ".map":
            shutil.copyfile(file, folder / file.name)
    if main and not as_shipped:
        script = folder / main
        try:
            script.write_text(patched(script.read_text(encoding="utf-8")), encoding="utf-8")
            (folder / _PATCHED).touch()
        except ScriptChanged as changed:
            _log.warning("The page's script is served as Chainlit ships it, which is slower: %s.", changed)
    for file in (folder / main, *folder.glob("*.css")):
        if file.is_file():
            pack(file)


def pack(file: Path) -> Path:
    """Compresses a file beside itself, once; returns the compressed one."""
    packed = file.with_name(file.name + ".gz")
    if not packed.exists():
        making = file.with_name(f".{file.name}.{os.getpid()}.gz")
        making.write_bytes(gzip.compress(file.read_bytes(), 6, mtime=0))
        making.replace(packed)
    return packed


def _forget_old(kept_in: Path, ours: Path) -> None:
    for other in kept_in.iterdir():
        # Another start may be making or removing one.
        with suppress(FileNotFoundError):
            if other != ours and other.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(other, ignore_errors=True)
