"""The list of models: choosing in the middle of a chat, searching, and endpoints that do not answer."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import Endpoint, Server
from tests.e2e.page import SECONDS, Tab


def focus(tab: Tab) -> str:
    return str(tab.page.evaluate("document.activeElement.id || document.activeElement.className"))


def test_a_switch_in_the_middle_of_a_chat_keeps_it_and_the_next_message_goes_there(
    chooser: Tab, endpoint: Endpoint
) -> None:
    chooser.send("emit-0-4 one")
    chooser.answered("END")
    chooser.choose("tiny-adapter", "First")
    expect(chooser.page.locator(".pg-model")).to_have_text("tiny-adapter")
    chooser.send("emit-0-5 two")
    chooser.answered("END", 1)
    expect(chooser.questions).to_have_count(2)
    first, second = (request["body"] for request in endpoint.requests())
    # The first was chosen by nobody: the server's own first.
    assert (first["model"], second["model"]) == ("tiny-chat", "tiny-adapter")
    assert [message["role"] for message in second["messages"]] == ["user", "assistant", "user"]
    chooser.reload()
    expect(chooser.page.locator(".pg-model")).to_have_text("tiny-adapter")


def test_an_endpoint_that_says_nothing_does_not_delay_the_list(context: BrowserContext, several: Server) -> None:
    tab = Tab(context, several.url)
    tab.page.locator(".pg-name").click()
    # Its own time limit is some seconds longer than this.
    expect(tab.models("First")).to_have_count(2, timeout=2500)
    expect(tab.models("Many")).to_have_count(200, timeout=2500)
    expect(tab.page.get_by_role("group", name="Silent")).to_contain_text(re.compile("Not asked yet|did not answer"))
    context.close()


def test_the_list_says_what_is_known_of_a_model(chooser: Tab) -> None:
    chooser.page.locator(".pg-name").click()
    expect(chooser.models("First").first).to_contain_text("32k context")
    expect(chooser.models("First").last).to_contain_text("adapter of tiny-chat")
    expect(chooser.models("Many").first).to_contain_text("8k context · AWQ")
    expect(chooser.models("First").first).to_have_attribute("aria-selected", "true")


def test_one_of_many_is_found_by_typing_and_taken_by_enter(chooser: Tab) -> None:
    chooser.page.locator(".pg-name").focus()
    chooser.page.keyboard.press("Enter")
    expect(chooser.models("Many")).to_have_count(200)
    chooser.page.keyboard.type("awq model-17")
    expect(chooser.models("Many")).to_have_count(11)
    expect(chooser.page.get_by_role("group", name="First")).to_have_count(0)
    chooser.page.keyboard.press("ArrowDown")
    at = chooser.page.get_by_label("Search models").get_attribute("aria-activedescendant")
    expect(chooser.page.locator(f"#{at}")).to_contain_text("org/Model-170-Instruct-AWQ")
    chooser.page.keyboard.press("Enter")
    expect(chooser.page.locator(".pg-model")).to_have_text("org/Model-170-Instruct-AWQ")
    expect(chooser.page.get_by_role("dialog", name="Models")).to_be_hidden()
    assert focus(chooser) == "pg-name"


def test_a_search_without_a_hit_says_so(chooser: Tab) -> None:
    chooser.page.locator(".pg-name").click()
    expect(chooser.models("Many")).to_have_count(200)
    chooser.page.keyboard.type("no such model")
    expect(chooser.page.locator("#playground-models")).to_have_text("No model has these words in its name.")


def test_the_list_closes_by_escape_by_tab_and_when_a_panel_opens(chooser: Tab) -> None:
    models = chooser.page.get_by_role("dialog", name="Models")
    chooser.page.locator(".pg-name").click()
    expect(models).to_be_visible()
    chooser.page.keyboard.press("Escape")
    expect(models).to_be_hidden()
    assert focus(chooser) == "pg-name"
    chooser.page.keyboard.press("Enter")
    expect(models).to_be_visible()
    chooser.page.locator(".pg-settings").focus()
    expect(models).to_be_hidden()
    chooser.page.locator(".pg-name").click()
    chooser.page.get_by_role("button", name=re.compile("^Connect another")).click()
    expect(models).to_be_hidden()
    expect(chooser.page.get_by_role("dialog", name="Connect an endpoint")).to_be_visible()
    chooser.page.keyboard.press("Escape")
    expect(chooser.page.get_by_role("dialog", name="Connect an endpoint")).to_be_hidden()
    assert focus(chooser) == "pg-name"
    chooser.page.locator(".pg-name").click()
    expect(models).to_be_visible()
    chooser.page.locator(".pg-name").click()
    expect(models).to_be_hidden()


def test_every_button_has_a_name(chooser: Tab) -> None:
    chooser.send("emit-50-200 one")
    expect(chooser.page.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=SECONDS)
    chooser.stop()
    chooser.idle()
    for name in ("New chat", "Settings", "Send", "Copy", "Edit", "Toggle theme"):
        expect(chooser.page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    chooser.page.locator(".pg-settings").click()
    expect(chooser.page.locator("#pg-param-temperature")).to_be_visible()
    unnamed = chooser.page.evaluate(
        "[...document.querySelectorAll('button, input, textarea, select')].filter(e => e.checkVisibility() &&"
        " !(e.ariaLabel || e.title || e.textContent.trim() || e.placeholder || e.labels?.length)).map(e => e.outerHTML)"
    )
    assert unnamed == []
