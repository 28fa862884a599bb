"""Connecting an endpoint in the page: what is pasted, right and wrong keys, dead hosts, TLS, the operator's lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from playground.core.secret import MASK
from tests.certificates import self_signed
from tests.e2e.conftest import Endpoint, Fakes, Server, playground
from tests.e2e.page import SECONDS, Tab
from tests.e2e.recorder import recording
from tests.fake_endpoint import FakeEndpoint

KEY = "sk-right-Ab3dEf6hIj9lMn2p"
WRONG = "sk-wrong-Zy8xWv5uTs2rQp9n"
CONFIGURED = "sk-the-endpoints-own-key"
# What is pasted, with HOST for host:port and @@ for the key; and whether it fills the model.
PASTES = {
    "a bare host": ("HOST", False),
    "a whole route": ("http://HOST/v1/chat/completions", False),
    "curl over lines": (
        "curl http://HOST/v1/chat/completions \\\n  -H 'Authorization: Bearer @@' \\\n"
        '  -d \'{"model": "tiny-adapter", "temperature": 0.25,\n        "messages": [{"role": "system", "content": '
        '"Be brief."}, {"role": "user", "content": "emit-0-3 why"}]}\'',
        True,
    ),
    "Python": (
        'from openai import OpenAI\nclient = OpenAI(base_url="http://HOST/v1", api_key="@@")\n'
        'client.chat.completions.create(model="tiny-adapter", messages=[])\n',
        True,
    ),
    "settings": ("# .env\nOPENAI_BASE_URL=http://HOST/v1\nexport OPENAI_API_KEY='@@'\n", False),
}


@pytest.fixture(scope="module")
def keyed(fakes: Fakes) -> FakeEndpoint:
    return fakes.start(FakeEndpoint(key=KEY))


@pytest.fixture(scope="module")
def echoing(fakes: Fakes) -> FakeEndpoint:
    """Refuses every key, and says it."""
    return fakes.start(FakeEndpoint(models_scenario="unauthorized"))


def opened(tab: Tab) -> None:
    tab.page.locator(".pg-name").click()
    tab.page.get_by_role("button", name=re.compile("^Connect an")).click()
    expect(tab.page.locator("#pg-paste")).to_be_focused()


def fill(tab: Tab, **fields: str) -> None:
    for name, value in fields.items():
        tab.page.fill(
            {"url": "#pg-url", "key": "#pg-key", "model": "#pg-model-name", "name": "#pg-endpoint-name"}[name], value
        )


def tried(tab: Tab, kind: str) -> None:
    """Presses the button and waits for the end of that kind, "ok" or "failed"."""
    tab.page.get_by_role("button", name="Test and connect").click()
    expect(tab.page.locator(f'.pg-end[data-kind="{kind}"]')).to_be_visible(timeout=SECONDS)


def step(tab: Tab, name: str) -> str:
    return str(tab.page.locator(f'[data-step="{name}"]').get_attribute("data-outcome"))


@pytest.mark.parametrize("kind", PASTES)
def test_what_is_pasted_fills_the_panel_and_connects(chooser: Tab, keyed: FakeEndpoint, kind: str) -> None:
    text, has_model = PASTES[kind]
    host = keyed.origin.removeprefix("http://")
    opened(chooser)
    chooser.page.fill("#pg-paste", text.replace("HOST", host).replace("@@", KEY))
    expect(chooser.page.locator("#pg-url")).to_have_value(re.compile(rf"^http://{re.escape(host)}(/v1)?$"))
    expect(chooser.page.locator("#pg-model-name")).to_have_value("tiny-adapter" if has_model else "")
    if "@@" in text:
        expect(chooser.page.locator("#pg-key")).to_have_attribute("placeholder", "Taken from what you pasted")
        # Nobody can read it off the screen any more.
        expect(chooser.page.locator("#pg-paste")).to_have_value(re.compile(re.escape(MASK)))
        assert KEY not in chooser.page.locator("#pg-paste").input_value()
    else:
        fill(chooser, key=KEY)
    tried(chooser, "ok")
    assert chooser.page.locator("#pg-key").input_value() == ""
    chooser.page.get_by_role("button", name="Chat with it").click()
    expect(chooser.page.locator("#chat-input")).to_be_focused()
    if kind == "curl over lines":
        expect(chooser.page.locator("#chat-input")).to_have_value("emit-0-3 why")
        chooser.page.keyboard.press("Enter")
        expect(chooser.figures()).to_be_visible(timeout=SECONDS)
        asked = keyed.completions[-1]
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert (asked.body["model"], asked.body["temperature"]) == ("tiny-adapter", 0.25)
        assert asked.body["messages"][0] == {"role": "system", "content": "Be brief."}


def test_a_wrong_key_is_said_and_the_right_one_connects(chooser: Tab, keyed: FakeEndpoint) -> None:
    opened(chooser)
    fill(chooser, url=keyed.url, key=WRONG, name="Mine")
    tried(chooser, "failed")
    assert (step(chooser, "address"), step(chooser, "key"), step(chooser, "token")) == ("ok", "failed", "skipped")
    expect(chooser.page.locator(".pg-end")).to_contain_text("key")
    expect(chooser.page.locator(".pg-end")).to_be_in_viewport()
    expect(chooser.page.locator("#pg-endpoint-name")).to_have_value("Mine")
    fill(chooser, key=KEY)
    tried(chooser, "ok")
    expect(chooser.page.locator(".pg-name")).to_have_attribute("title", re.compile("^Mine"))


def test_a_dead_host_is_said_with_what_to_try_and_nothing_typed_is_lost(chooser: Tab) -> None:
    opened(chooser)
    typed = {"url": "http://127.0.0.1:1/v1", "key": WRONG, "model": "some-model", "name": "Mine"}
    fill(chooser, **typed)
    tried(chooser, "failed")
    assert (step(chooser, "address"), step(chooser, "key")) == ("failed", "skipped")
    expect(chooser.page.locator(".pg-end p").first).to_contain_text("127.0.0.1:1")
    assert chooser.page.locator(".pg-end p").count() == 2
    kept = [chooser.page.input_value(field) for field in ("#pg-url", "#pg-key", "#pg-model-name", "#pg-endpoint-name")]
    assert kept == list(typed.values())
    # The endpoint before is still the one that is asked.
    chooser.page.keyboard.press("Escape")
    chooser.send("emit-0-3")
    chooser.answered("END")


def test_an_address_that_is_none_is_said_at_once(chooser: Tab) -> None:
    opened(chooser)
    fill(chooser, url="http://user:secret@127.0.0.1/v1")
    tried(chooser, "failed")
    expect(chooser.page.locator(".pg-end")).to_contain_text("user name or password")
    assert chooser.page.locator(".pg-steps li").count() == 0
    # The browser's own line about a status of 400.
    assert len(chooser.errors) == 1
    chooser.errors.clear()


def test_what_was_typed_is_in_the_list_until_it_is_forgotten_and_in_no_other_browser(
    chooser: Tab, several: Server, browser: Browser, keyed: FakeEndpoint, endpoint: Endpoint
) -> None:
    opened(chooser)
    fill(chooser, url=keyed.url, key=KEY, name="Only mine", model="tiny-adapter")
    tried(chooser, "ok")
    chooser.reload()
    expect(chooser.page.locator(".pg-model")).to_have_text("tiny-adapter")
    chooser.page.locator(".pg-name").click()
    expect(chooser.models("Only mine")).to_have_count(2)
    other = browser.new_context()
    stranger = Tab(other, several.url)
    stranger.page.locator(".pg-name").click()
    expect(stranger.models("First")).to_have_count(2)
    assert "Only mine" not in stranger.page.content()
    other.close()
    chooser.page.get_by_role("button", name="Forget").click()
    expect(chooser.models("First")).to_have_count(2)
    expect(chooser.page.get_by_role("group", name="Only mine")).to_have_count(0)
    # Back to the first endpoint, and to its model: the other's name means nothing there.
    expect(chooser.page.locator(".pg-model")).to_have_text("tiny-chat")
    chooser.page.keyboard.press("Escape")
    chooser.send("emit-0-3")
    chooser.answered("END")
    assert endpoint.requests()[-1]["body"]["model"] == "tiny-chat"


@pytest.fixture(scope="module")
def private(fakes: Fakes, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FakeEndpoint]:
    """The file of an authority nobody knows, and an endpoint with its certificate."""
    authority, context = self_signed(tmp_path_factory.mktemp("authority"))
    return authority, fakes.start(FakeEndpoint(key=KEY, tls=context))


def test_a_private_authority_that_is_trusted_connects(
    context: BrowserContext, private: tuple[Path, FakeEndpoint], tmp_path: Path
) -> None:
    authority, fake = private
    app = playground(tmp_path, PLAYGROUND_LOCAL="false", SSL_CERT_FILE=str(authority))
    app.start()
    try:
        tab = Tab(context, app.url)
        expect(tab.page.locator("#playground-welcome")).to_contain_text("connect an endpoint")
        opened(tab)
        fill(tab, url=fake.url, key=KEY)
        tried(tab, "ok")
        assert step(tab, "tls") == "ok"
        tab.page.get_by_role("button", name="Chat with it").click()
        tab.send("emit-0-3")
        tab.answered("END")
        assert tab.errors == []
    finally:
        app.stop()


def test_a_private_authority_that_is_not_trusted_is_said_with_how_to_trust_it(
    chooser: Tab, private: tuple[Path, FakeEndpoint]
) -> None:
    opened(chooser)
    fill(chooser, url=private[1].url, key=KEY)
    tried(chooser, "failed")
    assert (step(chooser, "address"), step(chooser, "tls"), step(chooser, "key")) == ("ok", "failed", "skipped")
    expect(chooser.page.locator(".pg-end")).to_contain_text("SSL_CERT_FILE")
    assert private[1].log == [asked for asked in private[1].log if "authorization" in asked.headers]


@pytest.fixture(scope="module")
def locked(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("locked")
    (folder / "settings.toml").write_text(
        f'lock = true\n[[endpoints]]\nname = "Secret place"\nurl = "{endpoint.url}/v1"\napi_key = "{CONFIGURED}"\n'
    )
    server = playground(folder, PLAYGROUND_CONFIG=str(folder / "settings.toml"))
    server.start()
    yield server
    server.stop()


def test_where_it_is_locked_nobody_sees_or_changes_the_endpoint(
    context: BrowserContext, locked: Server, endpoint: Endpoint
) -> None:
    with recording(locked.url) as recorder:
        tab = Tab(context, recorder.url)
        # Once the endpoint has been asked: what is clicked before says no more than that it was not.
        expect(tab.page.locator(".pg-model")).to_have_text("tiny-chat")
        tab.page.locator(".pg-name").click()
        expect(tab.notice).to_contain_text("tiny-chat")
        expect(tab.page.get_by_role("dialog", name="Models")).to_have_count(0)
        for path in ("models", "choose", "forget", "paste", "connect"):
            asked = '{"endpoint": "Secret place", "text": "localhost", "base_url": "http://localhost:1/v1"}'
            status, said = tab.page.evaluate(
                f"window.playground.post('/playground/{path}', {asked})"
                ".then(async answer => [answer.status, await answer.text()])"
            )
            assert status == 400 and "has fixed its model" in said, path
        tab.send("emit-0-3")
        tab.answered("END")
        tab.page.get_by_role("button", name="Settings", exact=True).click()
        tab.page.fill("#pg-param-temperature", "0.5")
        expect(tab.page.locator('[data-param="temperature"]')).to_have_attribute("data-state", "set")
        seen = recorder.kept
    assert b"tiny-chat" in seen
    for secret in ("Secret place", endpoint.url.removeprefix("http://"), "tiny-adapter", CONFIGURED):
        assert secret.encode() not in seen, secret


def test_no_key_leaves_the_server_in_any_byte_nor_comes_into_its_log_or_onto_its_disk(
    browser: Browser, several: Server, endpoint: Endpoint, keyed: FakeEndpoint, echoing: FakeEndpoint
) -> None:
    context = browser.new_context()
    with recording(several.url) as recorder:
        tab = Tab(context, recorder.url)
        opened(tab)
        paste = f"curl {echoing.url}/chat/completions -H 'Authorization: Bearer {WRONG}' -d '{{\"user\": \"{WRONG}\"}}'"
        tab.page.fill("#pg-paste", paste)
        expect(tab.page.locator("#pg-url")).to_have_value(echoing.url)
        tried(tab, "failed")
        # The server has got it, and has said it back.
        assert any(asked.headers.get("authorization") == f"Bearer {WRONG}" for asked in echoing.log)
        expect(tab.page.locator('[data-step="key"] pre')).to_contain_text("Incorrect API key provided")
        # What stands masked there can be worked on, and the key is still the one that was pasted.
        tab.page.locator("#pg-paste").press_sequentially(" ")
        tried(tab, "failed")
        expect(tab.page.locator("#pg-key")).to_have_attribute("placeholder", "Taken from what you pasted")
        tab.page.fill("#pg-paste", "")
        fill(tab, url=keyed.url, key=KEY, name="Mine")
        tried(tab, "ok")
        tab.page.keyboard.press("Escape")
        tab.send("emit-0-3 hello")
        tab.answered("END")
        tab.page.get_by_role("button", name="Settings", exact=True).click()
        tab.page.fill("#pg-param-top_k", "7")
        expect(tab.page.locator('[data-param="top_k"]')).to_have_attribute("data-state", "set")
        tab.page.keyboard.press("Escape")
        tab.send("scenario:echoes_the_key")
        tab.answered("fine now")
        # A question without an answer is sent with the next one: the last of them is refused whole.
        for scenario in ("broken_stream", "error_in_stream", "unauthorized"):
            count = tab.questions.count()
            tab.send(f"scenario:{scenario}")
            # Each turn that is over has one such button.
            expect(tab.page.locator('button[id*=":regenerate:"]')).to_have_count(count + 1, timeout=SECONDS)
            tab.idle()
        tab.reload()
        expect(tab.page.locator(".pg-name")).to_have_attribute("title", re.compile("^Mine"))
        tab.page.locator(".pg-name").click()
        tab.page.get_by_role("button", name="Forget").click()
        expect(tab.page.get_by_role("group", name="Mine")).to_have_count(0)
        tab.page.keyboard.press("Escape")
        # The configured one's key.
        tab.send("scenario:unauthorized now")
        tab.until(lambda: any("unauthorized now" in str(asked["body"]) for asked in endpoint.requests()), "it is asked")
        tab.idle()
        expect(tab.buttons().filter(has_text="Try again")).to_be_visible(timeout=SECONDS)
        seen = recorder.kept
    context.close()
    assert keyed.completions[-1].headers["authorization"] == f"Bearer {KEY}"
    # Everything that was looked through is there: an answer, a step, a server's words, frames of the socket.
    for known in (b"w0 w1", b'"label": "Key"', b"Incorrect API key provided", b"resume_thread", b"Sent with a change"):
        assert known in seen, known
    on_disk = [path for path in several.log.parent.rglob("*") if path.is_file() and path.suffix != ".toml"]
    assert several.log in on_disk
    everything = seen + b"".join(path.read_bytes() for path in on_disk)
    for key in (KEY, WRONG, CONFIGURED):
        assert key.encode() not in everything, key
        # Nor the greater part of one.
        assert key[3:-4].encode() not in everything, key


def test_a_panel_answers_its_own_page_only(chooser: Tab, several: Server, browser: Browser) -> None:
    """Another browser that knows the session, another site's page with the visitor's own cookie, and nobody at all."""
    with chooser.page.expect_request("**/playground/models") as asked:
        chooser.page.locator(".pg-name").click()
    body = asked.value.post_data_json
    assert body is not None and set(body) == {"session"}
    cookies = {cookie["name"]: cookie["value"] for cookie in chooser.page.context.cookies()}
    with httpx.Client(base_url=several.url, trust_env=False) as client:
        for path in ("models", "choose", "forget", "params", "paste", "connect"):
            address = f"/playground/{path}"
            assert client.post(address, json=body, headers=cookie_of(cookies["playground"])).status_code != 403
            assert client.post(address, json=body).status_code == 403
            assert client.post(address, json=body, headers=cookie_of("x" * 43)).status_code == 403
            assert (
                client.post(address, json={"session": "nobody"}, headers=cookie_of(cookies["playground"])).status_code
                == 403
            )
            evil = cookie_of(cookies["playground"]) | {"Origin": "https://evil.example"}
            assert client.post(address, json=body, headers=evil).status_code == 403
            # Neither what is no JSON nor what is nested beyond measure breaks it.
            for raw in ("[", "[" * 100_000, "null"):
                answer = client.post(address, content=raw, headers=cookie_of(cookies["playground"]))
                assert answer.status_code == 403, raw[:9]


def cookie_of(browser: str) -> dict[str, str]:
    return {"Cookie": f"playground={browser}"}
