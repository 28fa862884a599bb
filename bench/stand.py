"""The test stand: the endpoint, the pages' servers and a browser for each, started when they are first needed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, BrowserType

from bench import processes
from bench.pages import BARE, CHAINLIT, LLAMA_CPP, Layout, Load, Tab, opened
from bench.processes import Chromium
from bench.rows import FLOOR, LLAMA, OURS, PLAIN
from tests.e2e.conftest import CHROMIUM_ARGS, ROOT, Endpoint, Server

# The first answer of a process pays for what is imported late; no other case is to.
FIRST = Load(0, 50)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a page is served (in which folder, on which endpoint, with which log), and where things are on it."""

    serve: Callable[[Path, Endpoint, Path], Server]
    layout: Layout


KINDS = {
    OURS: Kind(processes.ours_with_a_log, CHAINLIT),
    PLAIN: Kind(lambda folder, endpoint, _: processes.plain(folder, endpoint), CHAINLIT),
    FLOOR: Kind(lambda folder, endpoint, _: processes.floor(folder, endpoint), BARE),
    LLAMA: Kind(lambda folder, endpoint, _: processes.llama_ui(folder, endpoint), LLAMA_CPP),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One page under measurement. `first`: milliseconds from the first Enter after the start to its request."""

    layout: Layout
    server: Server
    browser: Browser
    chromium: Chromium
    first: float


class Stand:
    """Everything that runs, until `stack` is closed. `folder` is where it may write, `scale` the part of each load
    that is really asked for."""

    def __init__(self, chromium: BrowserType, folder: Path, stack: ExitStack, scale: float = 1) -> None:
        self._chromium, self._folder, self._stack, self._scale = chromium, folder, stack, scale
        self._subjects: dict[str, Subject] = {}

    @cached_property
    def endpoint(self) -> Endpoint:
        endpoint = processes.scripted_endpoint(self.made("endpoint"))
        self._begin(endpoint)
        return endpoint

    @property
    def log(self) -> Path:
        """The file that our page shows as the endpoint's log."""
        return self._folder / "endpoint.log"

    def scaled(self, count: int) -> int:
        return max(2, round(count * self._scale))

    def load(self, load: Load) -> Load:
        return replace(load, count=self.scaled(load.count))

    def made(self, name: str) -> Path:
        """A folder for a process to write into."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def browser(self) -> Browser:
        """A new browser."""
        browser = self._chromium.launch(executable_path=_installed_chromium(), args=CHROMIUM_ARGS)
        self._stack.callback(browser.close)
        return browser

    def subject(self, name: str) -> Subject:
        """The page of that name: one of `rows.PAGES`."""
        if name not in self._subjects:
            kind = KINDS[name]
            server = kind.serve(self.made(name), self.endpoint, self.log)
            self._begin(server)
            browser = self.browser()
            chromium = Chromium(browser)
            with opened(browser, server.url, kind.layout) as (page, _):
                first = Tab(page, kind.layout, server, self.endpoint, chromium).ask(FIRST).request
            self._subjects[name] = Subject(kind.layout, server, browser, chromium, first)
        return self._subjects[name]

    def firsts(self) -> dict[str, float]:
        """`Subject.first` of each page that has been asked."""
        return {name: subject.first for name, subject in self._subjects.items()}

    @contextmanager
    def tab(self, name: str) -> Iterator[Tab]:
        """That page, opened with empty caches."""
        subject = self.subject(name)
        with opened(subject.browser, subject.server.url, subject.layout) as (page, _):
            yield Tab(page, subject.layout, subject.server, self.endpoint, subject.chromium)

    def _begin(self, server: Server) -> None:
        self._stack.callback(server.stop)
        server.start()


def _installed_chromium() -> str:
    found = subprocess.run(["sh", str(ROOT / "scripts" / "browser.sh")], stdout=subprocess.PIPE, text=True, check=True)
    return found.stdout.strip()
