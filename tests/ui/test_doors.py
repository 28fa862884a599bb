"""Each door is tried from outside: a real server, real sockets, what a browser or an attacker would send."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from playground.ui.doors import Doors, normal_origin, security_headers
from playground.ui.openings import OPENINGS, opening_for
from tests.e2e.conftest import Server
from tests.ui.shell_server import shell_server

EVIL = "https://evil.example"
LISTED = "https://chat.example"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Listens on loopback, no other origin listed."""
    with shell_server(tmp_path_factory.mktemp("here")) as server:
        yield server


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with shell_server(tmp_path_factory.mktemp("listed"), "--origin", LISTED + "/") as server:
        yield server


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Listens beyond this machine."""
    with shell_server(tmp_path_factory.mktemp("wide"), "--open") as server:
        yield server


def ask(server: Server, path: str, method: str = "GET", body: str | None = None, **headers: str) -> HTTPResponse:
    """The answer, its body read. `Sec_Fetch_Site` is the header Sec-Fetch-Site."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.text = answer.read().decode("utf-8", "replace")  # type: ignore[attr-defined]  # rides along
    connection.close()
    return answer


def text(answer: HTTPResponse) -> str:
    return str(answer.text)  # type: ignore[attr-defined]  # set by `ask`


def shake_hands(server: Server, **headers: str) -> int:
    """The status a socket's handshake gets: 101 is in."""
    host = urlsplit(server.url).netloc
    wanted = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    } | headers
    lines = ["GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1", *(f"{k}: {v}" for k, v in wanted.items()), "", ""]
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return int(connection.makefile("rb").readline().split()[1])


def test_a_page_of_another_site_opens_no_socket(here: Server) -> None:
    assert shake_hands(here, Origin=here.url) == 101
    assert shake_hands(here, Origin=EVIL) == 403
    assert shake_hands(here, Origin="null") == 403
    other_port = here.url.rsplit(":", 1)[0] + ":1"
    assert shake_hands(here, Origin=other_port) == 403


def test_a_program_that_is_no_browser_and_names_no_origin_opens_a_socket(here: Server) -> None:
    assert shake_hands(here) == 101


def test_a_listed_origin_opens_a_socket_also_under_its_own_host(listed: Server) -> None:
    assert shake_hands(listed, Origin=LISTED) == 101
    assert shake_hands(listed, Origin=LISTED, Host="chat.example") == 101
    assert shake_hands(listed, Origin=EVIL) == 403


def test_long_polling_is_closed_to_other_sites_too(here: Server) -> None:
    polling = "/ws/socket.io/?EIO=4&transport=polling"
    assert ask(here, polling).status == 200
    assert ask(here, polling, Origin=EVIL).status == 403
    assert ask(here, polling, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403


def test_no_other_sites_page_reads_or_changes_anything(here: Server) -> None:
    for path in ("/project/settings", "/auth/config", "/playground/heard"):
        assert ask(here, path).status == 200
        assert ask(here, path, Origin=EVIL).status == 403
        assert ask(here, path, Sec_Fetch_Site="same-site", Sec_Fetch_Mode="no-cors").status == 403
    body = '{"session_id": "0"}'
    assert ask(here, "/set-session-cookie", "POST", body, Origin=here.url).status == 200
    assert ask(here, "/set-session-cookie", "POST", body, Origin=EVIL).status == 403
    assert ask(here, "/set-session-cookie", "POST", body, Origin="null").status == 403
    assert ask(here, "/set-session-cookie", "POST", body, Sec_Fetch_Site="cross-site").status == 403
    assert (
        ask(here, "/set-session-cookie", "POST", body, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status
        == 403
    )


def test_the_refusal_of_a_foreign_page_names_the_setting(here: Server) -> None:
    assert "PLAYGROUND_ALLOWED_ORIGINS" in text(ask(here, "/user", Origin=EVIL))


def test_a_link_on_another_site_leads_to_the_page(here: Server) -> None:
    assert ask(here, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200


def test_behind_a_proxy_that_ends_tls_the_page_of_the_same_host_comes_in(wide: Server) -> None:
    assert shake_hands(wide, Host="chat.example", Origin="https://chat.example") == 101
    assert shake_hands(wide, Host="chat.example", Origin="https://chat.example:8443") == 403


def test_no_origin_is_named_as_one_that_may_read(here: Server, listed: Server) -> None:
    for server, origin in ((here, here.url), (here, EVIL), (listed, LISTED)):
        for path in ("/", "/project/settings", "/ws/socket.io/?EIO=4&transport=polling"):
            answer = ask(server, path, Origin=origin)
            assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


def test_a_preflight_gets_nothing(here: Server) -> None:
    answer = ask(here, "/project/action", "OPTIONS", Origin=EVIL, Access_Control_Request_Method="POST")
    assert answer.status == 405
    assert answer.getheader("access-control-allow-origin") is None


def test_on_loopback_a_foreign_name_for_this_machine_is_refused_and_the_setting_named(here: Server) -> None:
    answer = ask(here, "/", Host="rebound.example:80", Accept="text/html")
    assert answer.status == 403
    assert "PLAYGROUND_ALLOWED_ORIGINS=https://rebound.example:80" in text(answer)
    assert shake_hands(here, Host="rebound.example", Origin="http://rebound.example") == 403
    assert "<" not in text(ask(here, "/", Host="<b>"))


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "127.9.9.9:8000", "[::1]:8000", "playground.localhost"])
def test_on_loopback_every_name_of_loopback_is_answered(here: Server, host: str) -> None:
    assert ask(here, "/healthz", Host=host).status == 200


def test_a_listed_origins_host_is_answered_on_loopback(listed: Server) -> None:
    assert ask(listed, "/", Host="chat.example").status == 200
    assert ask(listed, "/", Host="evil.example").status == 403


def test_what_listens_beyond_this_machine_answers_to_any_host(wide: Server) -> None:
    assert ask(wide, "/", Host="gpu-box.office").status == 200


CLOSED = [
    ("GET", "/docs"),
    ("GET", "/redoc"),
    ("GET", "/openapi.json"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/health"),
    ("POST", "/project/file?session_id=1"),
    ("GET", "/project/file/1?session_id=1"),
    ("PUT", "/project/element"),
    ("POST", "/project/threads"),
    ("GET", "/project/thread/1"),
    ("GET", "/project/share/1"),
    ("POST", "/mcp"),
    ("PUT", "/feedback"),
    ("GET", "/copilot/index.js"),
    ("GET", "/thread/1"),
    ("GET", "/anything/else"),
    ("GET", "//"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_what_the_app_does_not_use_is_not_there(here: Server, method: str, path: str) -> None:
    answer = ask(here, path, method, Accept="text/html")
    assert answer.status == 404
    assert len(text(answer).splitlines()) == 1


def test_the_pages_script_is_told_in_words_that_files_cannot_be_sent(here: Server) -> None:
    answer = ask(here, "/project/file?session_id=1", "POST", "x", Origin=here.url)
    assert answer.getheader("content-type") == "application/json"
    assert "text only" in text(answer)


def test_an_open_address_takes_only_the_methods_it_needs(here: Server) -> None:
    for method, path in (
        ("POST", "/"),
        ("DELETE", "/user"),
        ("GET", "/project/action"),
        ("PUT", "/set-session-cookie"),
    ):
        assert ask(here, path, method).status == 405


def test_no_path_leads_out_of_the_open_folders(here: Server) -> None:
    for folder in ("public", "assets"):
        for up in ("..", "%2e%2e", "..%2f..", "%2e%2e%2f"):
            assert ask(here, f"/{folder}/{up}/.chainlit/config.toml").status in (400, 404)
            assert ask(here, f"/{folder}/{up}/index.html").status in (400, 404)


def test_every_answer_carries_the_security_headers_refusals_too(here: Server) -> None:
    expected = security_headers((), ())
    for path in ("/", "/docs", "/public/strip.js", "/favicon", "/user", "/ws/socket.io/?EIO=4&transport=polling"):
        answer = ask(here, path)
        for name, value in expected.items():
            if name != "content-security-policy":
                assert answer.getheader(name) == value, (path, name)
        policy = answer.getheader("content-security-policy") or ""
        assert "'unsafe-eval'" not in policy
        [scripts] = [part for part in policy.split("; ") if part.startswith("script-src ")]
        assert "'unsafe-inline'" not in scripts


def test_only_listed_origins_may_frame_the_page(here: Server, listed: Server) -> None:
    assert (ask(here, "/").getheader("content-security-policy") or "").endswith("frame-ancestors 'self'")
    assert ask(here, "/").getheader("x-frame-options") == "SAMEORIGIN"
    assert (ask(listed, "/").getheader("content-security-policy") or "").endswith(f"frame-ancestors 'self' {LISTED}")
    assert ask(listed, "/").getheader("x-frame-options") is None


def test_a_browser_keeps_only_what_cannot_change_under_its_name(here: Server) -> None:
    script = text(ask(here, "/")).split('src="/assets/')[1].split('"')[0]
    assert "immutable" in (ask(here, f"/assets/{script}").getheader("cache-control") or "")
    assert ask(here, "/public/strip.js").getheader("cache-control") == "no-cache"
    for path in ("/", "/project/settings", "/assets/missing.js", "/docs"):
        assert ask(here, path).getheader("cache-control") == "no-store"


def test_each_opening_is_said_once_and_says_why() -> None:
    paths = [opening.path for opening in OPENINGS]
    assert len(paths) == len(set(paths))
    assert all(opening.why and opening.methods for opening in OPENINGS)
    assert opening_for("/public/a/b.svg") is not None
    assert opening_for("/publicity") is None
    assert opening_for("/user/1") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://Chat.Example/", "https://chat.example"),
        ("https://chat.example:443", "https://chat.example"),
        ("http://chat.example:80", "http://chat.example"),
        ("https://chat.example:80", "https://chat.example:80"),
        ("null", "null"),
    ],
)
def test_an_origin_has_one_spelling(written: str, meant: str) -> None:
    assert normal_origin(written) == meant


def test_a_request_without_a_host_is_refused_on_loopback() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "scheme": "http", "headers": []}
    refusal = Doors(frozenset(), loopback=True).refuse(scope)
    assert refusal is not None
    assert refusal.status == 403
