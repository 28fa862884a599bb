"""The panel of parameters, and what an endpoint makes of them: set, reset, wrong, refused; and a base model."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Endpoint, Server
from tests.e2e.page import SECONDS, Tab

RAW = "**not bold**,  two spaces\n    # and an indent\n\n\n- the end"


def opened(tab: Tab) -> None:
    tab.page.get_by_role("button", name="Settings", exact=True).click()
    expect(tab.page.locator("#pg-param-temperature")).to_be_visible()


def put(tab: Tab, name: str, value: str) -> None:
    """Typed, and taken by the server."""
    with tab.page.expect_response("**/playground/params"):
        tab.page.fill(f"#pg-param-{name}", value)


def state(tab: Tab, name: str, is_: str) -> None:
    expect(tab.page.locator(f'[data-param="{name}"]')).to_have_attribute("data-state", is_)


def sent(tab: Tab, endpoint: Endpoint, text: str) -> dict[str, Any]:
    count = tab.questions.count()
    tab.send(text)
    expect(tab.questions).to_have_count(count + 1)
    expect(tab.figures()).to_be_visible(timeout=SECONDS)
    tab.idle()
    body: dict[str, Any] = endpoint.requests()[-1]["body"]
    return body


def test_what_is_set_is_in_the_next_request_and_what_is_reset_is_not(tab: Tab, endpoint: Endpoint) -> None:
    opened(tab)
    put(tab, "temperature", "0.3")
    put(tab, "stop", "END\n\\n")
    put(tab, "extra", '{"user": "me"}')
    with tab.page.expect_response("**/playground/params"):
        tab.page.select_option("#pg-param-thinking", "false")
    state(tab, "temperature", "set")
    expect(tab.page.locator(".pg-settings")).to_have_attribute("title", "Settings (4 changed)")
    body = sent(tab, endpoint, "emit-0-3 one")
    assert body["temperature"] == 0.3 and body["stop"] == ["END", "\n"] and body["user"] == "me"
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    tab.page.get_by_role("button", name="Reset Temperature").click()
    state(tab, "temperature", "unset")
    assert "temperature" not in sent(tab, endpoint, "emit-0-3 two")
    tab.page.get_by_role("button", name="Reset all").click()
    state(tab, "extra", "unset")
    assert set(sent(tab, endpoint, "emit-0-3 three")) == {"model", "messages", "stream", "stream_options"}


def test_a_slider_moves_with_the_arrow_keys(tab: Tab, endpoint: Endpoint) -> None:
    opened(tab)
    tab.page.get_by_label("Temperature, by a slider").focus()
    with tab.page.expect_response("**/playground/params"):
        tab.page.keyboard.press("ArrowRight")
    state(tab, "temperature", "set")
    shown = float(tab.page.input_value("#pg-param-temperature"))
    assert sent(tab, endpoint, "emit-0-3")["temperature"] == shown > 0


def test_what_is_wrong_is_said_kept_as_it_was_typed_and_not_sent(tab: Tab, endpoint: Endpoint) -> None:
    opened(tab)
    put(tab, "temperature", "0,5 or so")
    put(tab, "extra", "{not json")
    for name, typed in (("temperature", "0,5 or so"), ("extra", "{not json")):
        state(tab, name, "wrong")
        expect(tab.page.locator(f"#pg-param-{name}-wrong")).not_to_be_empty()
        expect(tab.page.locator(f"#pg-param-{name}")).to_have_attribute("aria-invalid", "true")
        expect(tab.page.locator(f"#pg-param-{name}")).to_have_value(typed)
    assert set(sent(tab, endpoint, "emit-0-3")) == {"model", "messages", "stream", "stream_options"}
    tab.reload()
    opened(tab)
    expect(tab.page.locator("#pg-param-temperature")).to_have_value("0,5 or so")
    state(tab, "temperature", "wrong")


def steps(tab: Tab) -> list[str]:
    """What is on the page, in its order, as far as it tells one kind from another."""
    texts = tab.page.locator(".step").evaluate_all("all => all.map(e => e.dataset.stepType + ': ' + e.innerText)")
    return [re.sub(r"\s+", " ", text)[:60] for text in texts]


def test_a_refused_parameter_is_left_out_once_and_a_folded_note_says_so(tab: Tab, endpoint: Endpoint) -> None:
    opened(tab)
    put(tab, "seed", "7")
    tab.page.keyboard.press("Escape")
    tab.send("scenario:unsupported_one_at_a_time")
    tab.answered("fine now")
    expect(tab.trouble).to_have_text("Sent with a change: Seed")
    assert ["seed" in request["body"] for request in endpoint.requests()] == [True, False]
    tab.trouble.get_by_role("button").click()
    expect(tab.trouble).to_contain_text("does not take “Seed”")
    expect(tab.trouble).to_contain_text("Unsupported parameter: 'seed'")
    tab.trouble.get_by_role("button").first.click()
    expect(tab.trouble).to_have_text("Sent with a change: Seed")
    live = steps(tab)
    tab.reload()
    tab.answered("fine now")
    assert steps(tab) == live
    # It is remembered, and the panel says so; set anew it is tried anew.
    sent(tab, endpoint, "scenario:unsupported_one_at_a_time again")
    assert ["seed" in request["body"] for request in endpoint.requests()] == [True, False, False]
    opened(tab)
    expect(tab.page.locator("#pg-param-seed-wrong")).to_contain_text("refused")
    put(tab, "seed", "8")
    expect(tab.page.locator("#pg-param-seed-wrong")).to_be_empty()


def test_a_base_model_writes_on_and_its_text_is_shown_as_it_came(several: Server, browser: Browser) -> None:
    """In an app where the model is learned to be one, it stays so: a model of its own."""
    context = browser.new_context()
    tab = Tab(context, several.url)
    tab.choose("org/Model-199-Instruct-AWQ", "Many")
    tab.send("scenario:base_model")
    tab.answered("the end")

    def shown() -> str:
        assert tab.answers.locator("strong, h1, li").count() == 0
        return str(tab.answers.inner_text())

    assert shown() == RAW
    expect(tab.trouble).to_have_text("Sent with a change: Mode")
    live = steps(tab)
    tab.reload()
    tab.answered("the end")
    assert shown() == RAW
    assert steps(tab) == live
    assert tab.errors == []
    context.close()


def test_on_a_phone_the_panel_covers_the_chat_and_nothing_behind_it_is_reached(browser: Browser, app: Server) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = Tab(phone, app.url)
    tab.page.get_by_role("button", name="Settings", exact=True).tap()
    panel = tab.page.get_by_role("dialog", name="Settings")
    shape = panel.bounding_box()
    assert shape is not None and (shape["x"], shape["width"], shape["height"]) == (0, 390, 844)
    expect(panel).to_have_attribute("aria-modal", "true")
    assert tab.page.evaluate("document.getElementById('root').inert")
    tab.page.get_by_role("button", name="Close").tap()
    expect(panel).to_be_hidden()
    assert not tab.page.evaluate("document.getElementById('root').inert")
    assert tab.page.evaluate("document.activeElement.className") == "pg-icon pg-settings"
    tab.send("emit-0-3")
    tab.answered("END")
    phone.close()
