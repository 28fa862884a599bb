"""Who is the operator: the link that the app prints, what it opens, and what stays closed to everybody else."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.conftest import Endpoint, Server, playground
from tests.e2e.page import SECONDS, Tab

LINK = re.compile(r"For the operator, to be opened once: (http://\S+/operator/\S+)")


@pytest.fixture(scope="module")
def wide(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Served beyond this machine, for all that the app can tell."""
    server = playground(
        tmp_path_factory.mktemp("wide"), PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", PLAYGROUND_HOST="0.0.0.0"
    )
    server.start()
    yield server
    server.stop()


def link(app: Server) -> str:
    """The link that works now; the first is printed a moment after the app can serve."""
    until = time.monotonic() + SECONDS / 1000
    while not (found := LINK.findall(app.output)):
        assert time.monotonic() < until, "no link was printed"
        time.sleep(0.05)
    return str(found[-1])


def parts(tab: Tab) -> dict[str, object]:
    found: dict[str, object] = tab.page.evaluate(
        "window.playground.post('/playground/parts', {}).then((a) => a.json())"
    )
    return found


def test_beyond_this_machine_logs_and_metrics_are_for_whoever_opened_the_link(browser: Browser, wide: Server) -> None:
    operator, visitor = browser.new_context(), browser.new_context()
    try:
        page = operator.new_page()
        page.goto(link(wide))
        assert page.url == f"{wide.url}/"
        [cookie] = [cookie for cookie in operator.cookies() if cookie["name"] == "playground-operator"]
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
        assert cookie["value"] not in wide.output
        assert parts(Tab(operator, wide.url)) == {
            "parts": ["details", "metrics", "logs", "request", "requests"],
            "operator": True,
        }
        assert parts(Tab(visitor, wide.url)) == {"parts": ["details", "request"], "operator": False}
    finally:
        operator.close()
        visitor.close()


def test_a_link_works_once_and_the_next_one_is_printed(browser: Browser, wide: Server) -> None:
    first = link(wide)
    for method in ("HEAD", "GET"):
        looked = httpx.request(method, first, headers={"Sec-Purpose": "prefetch"}, trust_env=False)
        assert looked.status_code == 404 and "set-cookie" not in looked.headers
    assert httpx.head(first, trust_env=False).status_code == 404
    assert httpx.get(first, trust_env=False).status_code == 303
    again = httpx.get(first, trust_env=False)
    assert again.status_code == 404 and "has been used" in again.text and "set-cookie" not in again.headers
    assert link(wide) != first
    assert httpx.get(link(wide), trust_env=False).status_code == 303


def test_what_was_never_printed_opens_nothing(wide: Server) -> None:
    for guess in ("x", "%E2%82%AC", "a" * 43):
        answer = httpx.get(f"{wide.url}/operator/{guess}", trust_env=False)
        assert answer.status_code == 404 and "set-cookie" not in answer.headers


def test_on_this_machine_alone_everything_is_open_and_no_link_is_printed(context: BrowserContext, app: Server) -> None:
    tab = Tab(context, app.url)
    assert parts(tab)["parts"] == ["details", "metrics", "logs", "request", "requests"]
    assert not LINK.search(app.output)
    expect(tab.page.locator(".pg-beside")).to_be_visible(timeout=SECONDS)


def test_in_a_locked_app_nothing_technical_is_offered(browser: Browser, endpoint: Endpoint, tmp_path: Path) -> None:
    app = playground(tmp_path, PLAYGROUND_ENDPOINT_URL=f"{endpoint.url}/v1", PLAYGROUND_LOCK="1")
    app.start()
    context = browser.new_context()
    try:
        tab = Tab(context, app.url)
        assert parts(tab) == {"parts": [], "operator": False}
        expect(tab.page.locator(".pg-beside")).to_be_hidden()
        assert LINK.search(app.output)
    finally:
        context.close()
        app.stop()
