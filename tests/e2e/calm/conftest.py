"""Both builds of the page, each behind an app of its own: the patched one, and Chainlit's as it was shipped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.calm.reader import Reader
from tests.e2e.conftest import Endpoint, Server, playground

BUILDS: dict[str, dict[str, str]] = {"patched": {}, "shipped": {"PLAYGROUND_PAGE_AS_SHIPPED": "1"}}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "patched_only(why): the page as shipped cannot do it, and a test says so")
    config.addinivalue_line("markers", "reduced_motion: the reader's system asks for less motion")


@pytest.fixture(scope="session", params=BUILDS)
def build(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Apps:
    """One app for each build, started when it is first asked for."""

    def __init__(self, endpoint: Endpoint, folders: pytest.TempPathFactory) -> None:
        self._endpoint, self._folders = endpoint, folders
        self.started: dict[str, Server] = {}

    def __getitem__(self, build: str) -> Server:
        if build not in self.started:
            folder, url = self._folders.mktemp(build), f"{self._endpoint.url}/v1"
            self.started[build] = playground(folder, PLAYGROUND_ENDPOINT_URL=url, **BUILDS[build])
            self.started[build].start()
        return self.started[build]


@pytest.fixture(scope="session")
def apps(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apps]:
    made = Apps(endpoint, tmp_path_factory)
    yield made
    for server in made.started.values():
        server.stop()


@pytest.fixture(scope="session")
def app(build: str, apps: Apps) -> Server:
    return apps[build]


@pytest.fixture(autouse=True)
def _what_the_shipped_page_cannot_do(request: pytest.FixtureRequest) -> None:
    """There the test must fail: the day it passes, its mark and the reason for the patch are out of date."""
    mark = request.node.get_closest_marker("patched_only")
    if mark is not None and request.getfixturevalue("build") == "shipped":
        request.applymarker(pytest.mark.xfail(strict=True, reason=mark.args[0], raises=AssertionError))


@pytest.fixture(scope="module")
def _desk(browser: Browser, app: Server, endpoint: Endpoint) -> Iterator[Reader]:
    """One page for all tests of a module: loading it takes longer than most of them."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app.url)
    yield Reader(context, app.url, endpoint)
    context.close()


@pytest.fixture
def reader(_desk: Reader, endpoint: Endpoint, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A chat with nothing in it."""
    less = request.node.get_closest_marker("reduced_motion") is not None
    _desk.page.emulate_media(reduced_motion="reduce" if less else "no-preference")
    _desk.new_chat()
    endpoint.reset()
    yield _desk
    errors, outside = _desk.errors[:], _desk.outside[:]
    _desk.errors.clear()
    _desk.outside.clear()
    assert errors == []
    assert outside == []
