"""A log file, followed through rotation, truncation and deletion."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

from playground.adapters.log_intake import Intake
from playground.core.log.sources import FileLog

# Bytes of what the file has already that are read first; the last lines are what somebody looks for after a fault.
FIRST = 2**20
# Bytes that a file may have more than has been read, before some are left out.
MOST_BEHIND = 32 * 2**20
_PIECE = 65_536
# Bytes at the place reached that are compared, to see that the file is still the one that was read.
_TAIL = 64
EVERY = 0.25
# Seconds for which a file that is gone is kept open.
HELD = 60.0
GONE = "The file is not there. It is read as soon as it is."


class FileFollower:
    """Follows one file on a thread of its own, from `start()` to `close()`. `state` says in words what it is doing."""

    def __init__(self, source: FileLog, intake: Intake, *, every: float = EVERY) -> None:
        self.state = "not started yet"
        self._path = Path(source.path)
        self._intake = intake
        self._every = every
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._file: int | None = None
        self._known: tuple[int, int] = (0, 0)
        self._at = 0
        self._tail = b""
        self._first = True
        self._said = ""
        # When it was first seen to be gone.
        self._since: float | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"log {self._path.name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except OSError as error:
                self._trouble(f"The file cannot be read: {error.strerror or 'no reason given'}.")
                self._hang_up()
            self._stop.wait(self._every)
        self._hang_up()

    def _look(self) -> None:
        try:
            there: os.stat_result | None = self._path.stat()
        except FileNotFoundError:
            there = None
        if there is not None and not stat.S_ISREG(there.st_mode):
            self._trouble("This is no file that can be followed.")
            return
        if self._file is not None and (there is None or (there.st_dev, there.st_ino) != self._known):
            self._moved(there)
            return
        self._since = None
        if there is None:
            self._trouble(GONE)
            return
        if self._file is None:
            self._open()
        self._read()
        self.state, self._said = "followed", ""

    def _moved(self, there: os.stat_result | None) -> None:
        """Moved away or deleted: the server goes on writing there until it has opened the new one, and so it is read
        until there is something in that; a file that is only gone is let go after a while, for the disk's sake."""
        self._read()
        self._since = self._since or time.monotonic()
        if there is None:
            self._trouble(GONE)
        if there is not None and there.st_size > 0:
            # What came between the two looks.
            self._read()
            self._hang_up()
        elif there is None and time.monotonic() - self._since > HELD:
            self._hang_up()

    def _leap(self, file: int) -> None:
        """Leaves out what has been written faster than it can be read, up to the last megabyte; counts its lines."""
        until, lines, last = os.fstat(file).st_size - FIRST, 0, b""
        while self._at < until and (data := os.pread(file, min(FIRST, until - self._at), self._at)):
            self._at += len(data)
            lines += data.count(b"\n")
            last = data
        self._tail = last[-_TAIL:]
        # From the beginning of a line on, as far as one ends soon.
        rest = os.pread(file, _PIECE, self._at)
        step = rest.find(b"\n") + 1
        self._at += step
        self._tail = (self._tail + rest[:step])[-_TAIL:]
        self._intake.lose(lines + bool(step))

    def _trouble(self, words: str) -> None:
        self.state = words
        if words != self._said:
            self._said = words
            self._intake.note(words, "warning")

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        there = os.fstat(self._file)
        same = (there.st_dev, there.st_ino) == self._known and not self._first and self._fits(self._file)
        self._known = there.st_dev, there.st_ino
        if same:
            # It could not be read for a while, and is gone on with where it was.
            return
        self._at = max(0, there.st_size - FIRST) if self._first else 0
        self._tail = b""
        if self._at:
            # From the beginning of a line on.
            piece = os.pread(self._file, _PIECE, self._at)
            self._at += piece.find(b"\n") + 1

    def _fits(self, file: int) -> bool:
        """Whether it has what was read of it, as far as can be seen at the place reached."""
        there = os.pread(file, len(self._tail), self._at - len(self._tail))
        return os.fstat(file).st_size >= self._at and there == self._tail

    def _hang_up(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self._intake.end()

    def _read(self) -> None:
        """Reads to the end. A file that has got shorter, or has other bytes at the place reached, begins anew."""
        assert self._file is not None
        size = os.fstat(self._file).st_size
        if size == self._at:
            self._first = False
            return
        if not self._fits(self._file):
            self._intake.end()
            self._intake.note("The file was emptied, and is read from its beginning.")
            self._at, self._tail = 0, b""
        while not self._stop.is_set() and (data := os.pread(self._file, _PIECE, self._at)):
            self._at += len(data)
            self._tail = (self._tail + data)[-_TAIL:]
            self._intake.put(data, old=self._first)
            # The file keeps what there is no time to read yet, up to a point.
            while self._intake.full and not self._stop.wait(0.02):
                pass
            if os.fstat(self._file).st_size - self._at > MOST_BEHIND:
                self._leap(self._file)
        self._first = False
