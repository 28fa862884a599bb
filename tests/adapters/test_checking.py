"""Test and connect, against every way in which an address can be wrong: real sockets all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from playground.adapters import http
from playground.adapters.checking import LIMITS, Limits, check
from playground.core.capabilities import Ability
from playground.core.checks import STEPS, Checked, Outcome, Step, StepName
from playground.core.endpoint import Endpoint
from playground.core.errors import NoChat, Unauthorized
from playground.core.secret import Secret
from tests.certificates import self_signed
from tests.fake_endpoint import FakeEndpoint
from tests.waiting import until

KEY = "sk-the-endpoints-own-key"
QUICK: Limits = LIMITS | {"address": 0.5, "tls": 0.5, "key": 0.5, "models": 0.5, "token": 0.5}


class Seen:
    """All that a check gives."""

    def __init__(self, steps: list[Step], found: Checked) -> None:
        self.steps = steps
        self.found = found

    def __getitem__(self, name: StepName) -> Step:
        return next(step for step in self.steps if step.name == name)

    @property
    def outcomes(self) -> dict[StepName, Outcome]:
        return {step.name: step.outcome for step in self.steps}


async def seen(endpoint: Endpoint, limits: Limits = LIMITS) -> Seen:
    began: list[Step] = []
    ended: list[Step] = []
    found = None
    async with asyncio.timeout(30), aclosing(check(endpoint, limits)) as steps:
        async for step in steps:
            if isinstance(step, Checked):
                found = step
            else:
                (began if step.outcome == "running" else ended).append(step)
    assert found is not None
    assert [step.name for step in ended] == list(STEPS), "each step ends once, in order"
    assert {step.name for step in began} >= {step.name for step in ended if step.seconds is not None}
    assert KEY not in repr((began, ended, found))
    return Seen(ended, found)


def at(fake: FakeEndpoint, base_url: str = "", *, key: str | None = KEY, model: str | None = None) -> Endpoint:
    return Endpoint("e", base_url or fake.url, key=Secret(key) if key else None, model=model)


@pytest.fixture
async def fake() -> AsyncIterator[FakeEndpoint]:
    async with FakeEndpoint() as fake:
        yield fake


async def test_an_endpoint_that_works_is_found_step_by_step(fake: FakeEndpoint) -> None:
    fake.key = KEY
    result = await seen(at(fake))
    assert result.outcomes == {
        "name": "skipped",
        "address": "ok",
        "tls": "skipped",
        "key": "ok",
        "models": "ok",
        "token": "ok",
    }
    found = result.found
    assert (found.endpoint.base_url, found.model, found.mode, found.works) == (fake.url, "tiny-chat", "chat", True)
    assert found.first_token is not None
    assert found.details.models[0].capabilities.can("chat") is True
    assert result["token"].text == "tiny-chat answers a chat."
    assert {asked.headers.get("authorization") for asked in fake.log} == {f"Bearer {KEY}"}
    assert fake.completions[0].body["max_tokens"] == 1


async def test_a_name_is_looked_up_and_its_addresses_are_kept_for_the_operator(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, f"http://localhost:{fake.port}"))
    assert result["name"].outcome == "ok"
    assert "127.0.0.1" in result["name"].addresses
    assert result.found.endpoint.base_url == f"http://localhost:{fake.port}/v1"


async def test_a_name_that_is_not_known_fails_the_first_step() -> None:
    result = await seen(Endpoint("e", "http://no-such-host.invalid/v1"))
    assert result.found.failed == "name"
    assert "not known" in result["name"].text
    assert result["address"].text == "Not reached."


async def test_a_port_where_nothing_listens_is_refused() -> None:
    result = await seen(Endpoint("e", "http://127.0.0.1:1/v1"))
    assert result.found.failed == "address"
    assert "Nothing answers" in result["address"].text


@contextmanager
def full() -> Iterator[int]:
    """A port whose queue is full: a connection waits there for ever."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(listening.getsockname())
        yield listening.getsockname()[1]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse where the queue is full")
async def test_a_connection_that_does_not_come_about_ends_at_its_own_limit() -> None:
    with full() as port:
        result = await seen(Endpoint("e", f"http://127.0.0.1:{port}/v1"), QUICK)
    assert result.found.failed == "address"
    assert "did not answer in time" in result["address"].text


# TLS


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    http.tls.cache_clear()
    yield monkeypatch
    http.tls.cache_clear()


async def test_a_certificate_that_is_trusted_by_its_file_passes(trusting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate, context = self_signed(tmp_path)
    trusting.setenv("SSL_CERT_FILE", str(certificate))
    async with FakeEndpoint(tls=context) as fake:
        result = await seen(at(fake))
        assert result["tls"].outcome == "ok"
        assert result["tls"].seconds is not None
        assert result.found.works


@pytest.mark.parametrize(
    ("host", "days", "trusted", "words", "hint"),
    [
        ("127.0.0.1", 2, False, "signed by itself", "SSL_CERT_FILE"),
        ("127.0.0.1", -1, True, "has expired", "renew"),
        ("another.example", 2, True, "for another name", "name"),
    ],
)
async def test_a_certificate_is_told_what_is_wrong_with_it_before_the_key_is_sent(
    trusting: pytest.MonkeyPatch, tmp_path: Path, host: str, days: int, trusted: bool, words: str, hint: str
) -> None:
    certificate, context = self_signed(tmp_path, host=host, days=days)
    if trusted:
        trusting.setenv("SSL_CERT_FILE", str(certificate))
    async with FakeEndpoint(tls=context) as fake:
        result = await seen(at(fake))
        assert result["address"].outcome == "ok"
        assert result.found.failed == "tls"
        assert words in result["tls"].text
        assert hint in result["tls"].hint
        assert fake.log == []


async def test_https_at_a_plain_port_is_said_so(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, fake.url.replace("http:", "https:")))
    assert result.found.failed == "tls"
    assert "http://" in result["tls"].hint


async def test_a_handshake_that_nobody_answers_ends_at_its_own_limit() -> None:
    gone = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        result = await seen(Endpoint("e", f"https://127.0.0.1:{port}/v1"), QUICK)
        async with asyncio.timeout(10):
            await gone.wait()
    assert result.found.failed == "tls"
    assert "no TLS handshake" in result["tls"].text


async def test_plain_http_at_an_https_port_is_found_out_without_sending_the_key_again(tmp_path: Path) -> None:
    heard: list[bytes] = []
    _, context = self_signed(tmp_path)

    async def https_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # As a TLS server does: plain words end the connection.
        first = await reader.read(5)
        heard.append(first)
        if first[:1] == b"\x16":
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            incoming.write(first + await reader.read(65536))
            tls = context.wrap_bio(incoming, outgoing, server_side=True)
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            writer.write(outgoing.read())
            await writer.drain()
            await reader.read(65536)
        writer.close()

    async with await asyncio.start_server(https_only, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        result = await seen(Endpoint("e", f"http://127.0.0.1:{port}/v1", key=Secret(KEY)))
    assert result.found.failed == "tls"
    assert "speaks HTTPS only" in result["tls"].text
    assert [each[:1] for each in heard] == [b"G", b"G", b"\x16"]


async def test_a_server_that_says_itself_that_it_wants_https_is_believed(fake: FakeEndpoint) -> None:
    fake.models_scenario = "wants_https"
    result = await seen(at(fake))
    assert result.found.failed == "tls"
    assert "https://" in result["tls"].hint


async def test_a_server_that_ends_every_connection_is_said_so(fake: FakeEndpoint) -> None:
    fake.models_scenario = "drops_always"
    result = await seen(at(fake))
    assert result.found.failed == "models"
    assert "closed the connection" in result["models"].text


# Proxies


async def test_a_proxy_in_the_way_looks_the_name_up_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeEndpoint(prefix="http://endpoint.example/v1") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin.replace("//", "//user:secret-word@"))
        result = await seen(Endpoint("e", "http://endpoint.example/v1"))
    assert result["name"].outcome == "skipped"
    assert f"The proxy 127.0.0.1:{proxy.port} looks the name up" in result["name"].text
    assert "through the proxy" in result["address"].text
    assert "secret-word" not in repr(result.steps)
    assert result.found.works


async def test_a_proxy_that_refuses_the_tunnel_fails_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeEndpoint() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.origin)
        result = await seen(Endpoint("e", "https://endpoint.example/v1"))
    assert result.found.failed == "address"
    assert "proxy" in result["address"].text


async def test_a_proxy_setting_that_is_of_no_use_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    result = await seen(Endpoint("e", "https://endpoint.example/v1"))
    assert result.found.failed == "name"
    assert "ALL_PROXY" in result["name"].hint


# The key


@pytest.mark.parametrize(("key", "words"), [(None, "wants an API key"), ("sk-wrong-wrong", "refuses the API key")])
async def test_a_missing_key_and_a_wrong_one_are_told_apart(fake: FakeEndpoint, key: str | None, words: str) -> None:
    fake.key = KEY
    result = await seen(at(fake, key=key))
    assert result.found.failed == "key"
    assert words in result["key"].text
    assert "up" not in result["key"].hint
    assert fake.completions == []


async def test_a_server_that_is_up_but_refuses_the_key_is_said_to_be_up(fake: FakeEndpoint) -> None:
    fake.key = KEY
    fake.routes["/health"] = {"status": "ok"}
    result = await seen(at(fake, key="sk-wrong-wrong"))
    assert "The server itself is up." in result["key"].hint
    health = next(asked for asked in fake.log if asked.path == "/health")
    assert "authorization" not in health.headers


async def test_a_key_that_no_header_can_carry_fails_before_anything_is_sent(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, key="two words"))
    assert result.found.failed == "key"
    assert fake.connections == 0


@pytest.mark.parametrize("scenario", ["no_database", "server_error"])
async def test_where_no_key_was_sent_a_400_or_a_500_may_be_for_want_of_one(fake: FakeEndpoint, scenario: str) -> None:
    fake.models_scenario = scenario
    result = await seen(at(fake, key=None))
    assert "No API key is set" in result["models"].hint
    assert "No API key is set" not in (await seen(at(fake)))["models"].hint


async def test_a_key_that_is_echoed_is_masked(fake: FakeEndpoint) -> None:
    fake.models_scenario = "unauthorized"
    result = await seen(at(fake))
    assert "Incorrect API key" in result["key"].said
    assert KEY not in result["key"].said


async def test_a_key_that_only_the_chat_refuses_is_a_refused_key(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, model="scenario:unauthorized"))
    assert result.found.failed == "token"
    assert isinstance(result.found.error, Unauthorized)
    assert KEY not in result["token"].said


# The address that works


@pytest.mark.parametrize(
    ("prefix", "given"), [("/v1", ""), ("", ""), ("", "/v1"), ("/v1", "/v1/v1"), ("/v1", "/v1/chat"), ("/v1", "/docs")]
)
async def test_the_address_that_works_is_found(fake: FakeEndpoint, prefix: str, given: str) -> None:
    fake.prefix = prefix
    result = await seen(at(fake, fake.origin + given))
    assert result.found.endpoint.base_url == fake.url
    assert result.found.works


async def test_a_redirect_to_the_same_place_is_followed_to_where_the_api_is(fake: FakeEndpoint) -> None:
    fake.prefix = "/api/v1"
    fake.routes["/v1/models"] = "scenario:redirects_to_the_api"
    result = await seen(at(fake, fake.origin))
    assert result.found.endpoint.base_url == fake.origin + "/api/v1"
    assert result.found.works


async def test_a_redirect_elsewhere_is_shown_and_not_followed(fake: FakeEndpoint) -> None:
    fake.models_scenario = "redirects_away"
    result = await seen(at(fake))
    assert result.found.failed == "models"
    assert "http://elsewhere.invalid/v1" in result["models"].hint
    assert "token=abc" not in result["models"].hint


@pytest.mark.parametrize("scenario", ["html_page", "login_page", "bad_gateway"])
async def test_a_page_of_a_proxy_or_a_login_is_no_endpoint(fake: FakeEndpoint, scenario: str) -> None:
    fake.models_scenario = scenario
    result = await seen(at(fake))
    assert result.found.failed == "models"
    assert "sign in" not in repr(result.steps)


async def test_a_web_site_that_answers_every_path_with_a_page_hides_no_endpoint_beside_it(fake: FakeEndpoint) -> None:
    fake.routes |= {"/ui/v1/models": "scenario:html_page", "/ui/models": "scenario:html_page"}
    result = await seen(at(fake, fake.origin + "/ui"))
    assert result.found.endpoint.base_url == fake.url
    assert result.found.works


# Models


@pytest.mark.parametrize("scenario", ["path_not_found", "server_error", "not_sse"])
async def test_a_list_that_is_missing_or_broken_is_not_fatal(fake: FakeEndpoint, scenario: str) -> None:
    fake.models_scenario = scenario
    result = await seen(at(fake, model="m"))
    assert result["models"].outcome in ("skipped", "ok")
    assert result.found.works
    assert result.found.endpoint.base_url == fake.url


async def test_an_empty_list_and_no_name_leave_nothing_to_ask(fake: FakeEndpoint) -> None:
    fake.models = []
    fake.routes |= {"/v1/embeddings": "scenario:no_embeddings"}
    result = await seen(at(fake))
    assert (result["models"].outcome, result["token"].outcome) == ("ok", "skipped")
    assert "Name one" in result["token"].hint
    assert (result.found.failed, result.found.works) == (None, False)


async def test_a_model_that_loads_is_said_to_load(fake: FakeEndpoint) -> None:
    fake.models_scenario = "loading_for_ever"
    result = await seen(at(fake))
    assert result.found.failed == "models"
    assert "still loading" in result["models"].text


async def test_an_unknown_model_fails_the_token(fake: FakeEndpoint) -> None:
    fake.only_model = "tiny-chat"
    fake.completion_scenario = "unknown_model"
    result = await seen(at(fake, model="other"))
    assert "none of them" in result["models"].text
    assert result.found.failed == "token"
    assert "no model named “other”" in result["token"].text


# One token


async def test_a_base_model_is_asked_for_a_completion(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, model="scenario:no_chat_template"))
    assert result.found.mode == "completion"
    assert "answers the completion of a text" in result["token"].text


async def test_a_server_that_refuses_the_limit_is_asked_without(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, model="scenario:refuses_max_tokens"))
    assert result.found.works
    assert ["max_tokens" in asked.body for asked in fake.completions] == [True, False]


async def test_an_answer_with_no_text_is_an_answer(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, model="scenario:empty_answer"))
    assert result.found.works
    assert "no text to see" in result["token"].text


async def test_a_model_that_answers_by_another_name_is_shown(fake: FakeEndpoint) -> None:
    result = await seen(at(fake, model="scenario:renamed_model"))
    assert "as another/model@main" in result["token"].text


@pytest.mark.parametrize("scenario", ["silent", "silent_before_head"])
async def test_a_model_that_says_nothing_ends_at_its_own_limit(fake: FakeEndpoint, scenario: str) -> None:
    result = await seen(at(fake, model=f"scenario:{scenario}"), QUICK)
    assert result.found.failed == "token"
    assert "in time" in result["token"].text
    await until(lambda: all(asked.done for asked in fake.log))


async def test_a_list_that_does_not_come_ends_at_its_own_limit(fake: FakeEndpoint) -> None:
    fake.models_scenario = "silent_before_head"
    result = await seen(at(fake), QUICK)
    assert result.found.failed == "models"
    assert "in time" in result["models"].text
    await until(lambda: fake.log[0].hung_up)


# Endpoints for something else


@pytest.mark.parametrize(
    ("path", "answer", "ability"),
    [
        ("/v1/embeddings", {"data": [{"embedding": [0.1]}]}, "embeddings"),
        ("/v1/audio/transcriptions", "scenario:unprocessable", "transcription"),
        ("/v1/audio/speech", "scenario:bad_request", "speech"),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
async def test_an_endpoint_for_something_else_is_found_out_by_trying(
    fake: FakeEndpoint, path: str, answer: object, ability: Ability, listed: bool
) -> None:
    fake.completion_scenario = "path_not_found"
    fake.routes[path] = answer
    if not listed:
        fake.models_scenario = "path_not_found"
    result = await seen(at(fake, model="scenario:path_not_found" if listed else None))
    assert result.found.failed == "token"
    assert isinstance(result.found.error, NoChat)
    sole = result.found.details.routes.sole
    assert sole is not None
    assert (sole.ability, sole.origin) == (ability, "tried")


async def test_an_endpoint_that_says_what_it_is_for_is_asked_for_no_token(fake: FakeEndpoint) -> None:
    fake.models = [{"id": "e5", "type": "embedding"}]
    result = await seen(at(fake))
    assert isinstance(result.found.error, NoChat)
    assert "makes embeddings only" in result["token"].text
    assert fake.completions == []


async def test_a_name_that_sounds_like_something_else_is_asked_all_the_same(fake: FakeEndpoint) -> None:
    fake.models = [{"id": "my-embed-chat"}]
    assert (await seen(at(fake))).found.works


# Ends


@pytest.mark.parametrize("step", ["address", "key", "token"])
async def test_a_check_that_is_closed_ends_its_requests_at_once(fake: FakeEndpoint, step: StepName) -> None:
    fake.models_scenario = None if step == "token" else "silent_before_head"
    endpoint = at(fake, model="scenario:silent")

    async def until_there() -> None:
        async with aclosing(check(endpoint)) as steps:
            async for each in steps:
                if isinstance(each, Step) and each.name == step and each.outcome == "running":
                    reached.set()

    reached = asyncio.Event()
    task = asyncio.create_task(until_there())
    async with asyncio.timeout(10):
        if step == "key":
            await until(lambda: bool(fake.log))
        else:
            await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await until(lambda: all(asked.done for asked in fake.log))


@asynccontextmanager
async def many(count: int) -> AsyncIterator[list[FakeEndpoint]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FakeEndpoint()) for _ in range(count)]


async def test_checks_run_beside_each_other() -> None:
    async with many(3) as fakes:
        results = await asyncio.gather(*(seen(at(fake)) for fake in fakes))
    assert all(result.found.works for result in results)
