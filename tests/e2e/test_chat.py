"""The chat as a person uses it, in Chromium, against the scripted endpoint."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.e2e.conftest import Endpoint, Server
from tests.e2e.page import SECONDS, Tab


def whole(count: int) -> str:
    """The scripted endpoint's answer of so many words."""
    return " ".join([*(f"w{i}" for i in range(count - 1)), "END"])


def said(tab: Tab, number: int = -1) -> str:
    return " ".join(tab.words(number))


def hung_up(tab: Tab, endpoint: Endpoint) -> None:
    tab.until(lambda: bool(endpoint.requests()[-1]["hung_up"]), "the endpoint sees the hang-up")


def test_an_answer_streams_and_then_stands_whole_with_its_figures(tab: Tab) -> None:
    tab.send("emit-50-60")
    expect(tab.answers).to_contain_text("w5 ")
    expect(tab.stop_button).to_be_visible()
    tab.answered("END")
    assert said(tab) == whole(60)
    expect(tab.figures()).to_contain_text("first token")
    expect(tab.figures()).to_contain_text("tokens/s")
    expect(tab.figures()).to_contain_text("60 tokens out")
    expect(tab.copies()).to_have_count(1)


def test_only_the_turns_are_sent(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("emit-0-3 one")
    tab.answered("END")
    tab.send("emit-0-4 two")
    tab.answered("w2", 1)
    requests = endpoint.requests()
    assert len(requests) == 2
    body = requests[1]["body"]
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert set(body) == {"model", "messages", "stream", "stream_options"}


def test_while_nothing_has_come_the_page_says_that_it_waits_and_for_how_long(tab: Tab) -> None:
    tab.send("scenario:slow_first_token")
    expect(tab.waiting).to_have_text(re.compile(r"Waiting for the answer: [0-9.]+ s"))
    expect(tab.waiting).to_have_text(re.compile(r": (0\.[3-9]|[1-9])"))
    expect(tab.answers).to_have_count(1, timeout=SECONDS)
    expect(tab.waiting).to_be_hidden()
    tab.idle()


def test_stop_hangs_up_and_keeps_what_came_and_the_next_turn_builds_on_it(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("emit-50-400")
    expect(tab.answers).to_contain_text("w20 ")
    tab.stop()
    expect(tab.stop_button).to_have_count(0, timeout=1000)
    hung_up(tab, endpoint)
    expect(tab.figures()).to_contain_text("stopped by you")
    kept = said(tab)
    assert kept.startswith("w0 w1") and "END" not in kept
    expect(tab.copies()).to_have_count(1)
    tab.send("emit-0-3 next")
    tab.answered("END", 1)
    sent = endpoint.requests()[-1]["body"]["messages"]
    assert " ".join(sent[1]["content"].split()) == kept
    assert "stopped" not in json.dumps(sent)


def test_stop_before_the_first_token_leaves_a_place_to_go_on_from(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("scenario:silent")
    expect(tab.stop_button).to_be_visible()
    tab.until(lambda: len(endpoint.requests()) == 1, "the request is out")
    tab.stop()
    hung_up(tab, endpoint)
    expect(tab.figures()).to_contain_text("stopped by you before the first token")
    tab.press("Regenerate")
    expect(tab.versions()).to_have_count(0)
    expect(tab.stop_button).to_be_visible()
    tab.stop()
    expect(tab.versions()).to_have_text("2 / 2")


def test_stop_works_after_an_edit_and_after_regenerate(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("emit-0-5 first")
    tab.answered("END")
    tab.edit(0, "emit-50-310 edited")
    expect(tab.answers).to_contain_text("w15 ")
    tab.stop()
    hung_up(tab, endpoint)
    expect(tab.figures()).to_contain_text("stopped by you")
    tab.press("Regenerate")
    expect(tab.figures()).to_have_count(0)
    expect(tab.answers).to_contain_text("w15 ")
    tab.stop()
    hung_up(tab, endpoint)
    expect(tab.versions()).to_have_text("3 / 3")
    assert [request["hung_up"] for request in endpoint.requests()] == [False, True, True]


def test_edits_and_regenerations_are_versions_under_one_counter(tab: Tab, endpoint: Endpoint) -> None:
    for count in (11, 12, 13):
        tab.send(f"emit-0-{count} q{count}")
        tab.answered("END", count - 11)
    tab.edit(1, "emit-0-22 q22")
    expect(tab.answers).to_have_count(2)
    tab.answered("w20", 1)
    expect(tab.versions(1)).to_have_text("2 / 2")
    tab.press("Regenerate", 1)
    expect(tab.versions(1)).to_have_text("3 / 3")
    tab.idle()
    tab.press("‹", 1)
    expect(tab.versions(1)).to_have_text("2 / 3")
    tab.press("‹", 1)
    expect(tab.versions(1)).to_have_text("1 / 3")
    # What followed the first version is there again, and every answer has its copy button.
    expect(tab.answers).to_have_count(3)
    assert [len(tab.words(i)) for i in range(3)] == [11, 12, 13]
    expect(tab.copies()).to_have_count(3)
    tab.press("›", 1)
    expect(tab.answers).to_have_count(2)
    tab.send("emit-0-7 on")
    tab.answered("w5", 2)
    sent = [message["content"] for message in endpoint.requests()[-1]["body"]["messages"]]
    assert sent[2] == "emit-0-22 q22"


def test_an_answer_cut_off_at_the_limit_is_continued_where_it_stopped(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("scenario:cut_at_limit")
    expect(tab.figures()).to_contain_text("stopped at", timeout=SECONDS)
    before = said(tab)
    tab.press("Continue")
    expect(tab.figures()).to_contain_text("finished", timeout=SECONDS)
    assert said(tab).startswith(before) and len(said(tab)) > len(before)
    expect(tab.answers).to_have_count(1)
    body = endpoint.requests()[-1]["body"]
    assert body["messages"][-1]["role"] == "assistant"
    assert body["continue_final_message"] is True and body["add_generation_prompt"] is False
    expect(tab.buttons().filter(has_text="Continue")).to_have_count(0)


def test_what_is_typed_while_an_answer_streams_is_kept_and_the_page_says_so(tab: Tab) -> None:
    tab.send("emit-50-200")
    expect(tab.answers).to_contain_text("w5 ")
    tab.send("emit-0-3 too early")
    expect(tab.notice).to_contain_text("Your text is kept")
    expect(tab.page.locator("#chat-input")).to_have_value("emit-0-3 too early")
    expect(tab.questions).to_have_count(1)
    tab.stop()
    tab.idle()
    tab.page.locator("#chat-input").press("Enter")
    tab.answered("END", 1)


def test_a_message_over_the_limit_is_refused_in_words_and_kept(tab: Tab) -> None:
    long = "word " * 5000
    tab.send(long)
    expect(tab.notice).to_contain_text("the limit is 20,000")
    expect(tab.page.locator("#chat-input")).to_have_value(long)
    expect(tab.questions).to_have_count(0)


def test_thinking_is_folded_apart_from_the_answer(tab: Tab, endpoint: Endpoint) -> None:
    for scenario in ("reasoning", "think_tags"):
        tab.new_chat()
        expect(tab.answers).to_have_count(0)
        tab.send(f"scenario:{scenario}")
        tab.answered("Paris")
        assert "think" not in said(tab).lower()
        thoughts = tab.trouble.filter(has_text="Thought for")
        expect(thoughts).to_have_count(1)
        expect(thoughts.locator(".message-content")).to_have_count(0)
        thoughts.get_by_role("button").first.click()
        expect(thoughts.locator(".message-content")).to_contain_text("capital")
    tab.send("emit-0-3 next")
    tab.answered("END", 1)
    assert "capital" not in json.dumps(endpoint.requests()[-1]["body"]["messages"][1])


def test_new_chat_closes_the_request_and_starts_empty(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("emit-50-400 old")
    expect(tab.answers).to_contain_text("w10 ")
    tab.new_chat()
    expect(tab.answers).to_have_count(0)
    hung_up(tab, endpoint)
    tab.send("emit-0-5 new")
    tab.answered("END")
    assert len(endpoint.requests()[-1]["body"]["messages"]) == 1
    tab.reload()
    expect(tab.answers).to_have_count(1)
    assert said(tab) == whole(5)


def test_a_reload_in_the_middle_of_an_answer_loses_nothing_and_stop_still_works(tab: Tab, endpoint: Endpoint) -> None:
    tab.send("emit-0-20 first")
    tab.answered("END")
    tab.send("emit-50-250 second")
    expect(tab.answers.nth(1)).to_contain_text("w30 ")
    tab.reload()
    expect(tab.stop_button).to_be_visible(timeout=SECONDS)
    tab.answered("END", 1)
    assert [said(tab, 0), said(tab, 1)] == [whole(20), whole(250)]
    assert len(endpoint.requests()) == 2
    expect(tab.copies()).to_have_count(2)
    tab.send("emit-50-400 third")
    expect(tab.answers.nth(2)).to_contain_text("w20 ")
    tab.reload()
    expect(tab.stop_button).to_be_visible(timeout=SECONDS)
    tab.stop()
    hung_up(tab, endpoint)
    expect(tab.figures(2)).to_contain_text("stopped by you")
    kept = said(tab, 2)
    tab.reload()
    expect(tab.answers).to_have_count(3)
    assert said(tab, 2) == kept


def test_a_reload_before_the_first_token_finds_the_answer(tab: Tab) -> None:
    tab.send("scenario:slow_first_token")
    expect(tab.waiting).to_be_visible()
    tab.reload()
    expect(tab.answers).to_have_count(1, timeout=SECONDS)
    tab.idle()
    expect(tab.questions).to_have_count(1)


SOCKETS = """(() => { const Real = WebSocket; window.sockets = [];
window.WebSocket = class extends Real { constructor(...a) { super(...a); sockets.push(this); } } })()"""


def test_a_cut_socket_loses_nothing(context: BrowserContext, app: Server, endpoint: Endpoint) -> None:
    context.add_init_script(SOCKETS)
    tab = Tab(context, app.url)
    tab.send("emit-0-20 a")
    tab.answered("END")
    tab.send("emit-50-300 cut")
    expect(tab.answers.nth(1)).to_contain_text("w30 ")
    tab.page.evaluate("sockets.at(-1).close()")
    expect(tab.answers.nth(1)).to_contain_text("w120 ", timeout=SECONDS)
    expect(tab.stop_button).to_be_visible()
    middle = tab.words(1)
    assert middle == whole(300).split()[: len(middle)]
    tab.answered("END", 1)
    assert said(tab, 1) == whole(300)
    expect(tab.copies()).to_have_count(2)
    for number in (0, 1):
        expect(tab.figures(number)).to_have_count(1)
        expect(tab.buttons(number).filter(has_text="Regenerate")).to_have_count(1)
    assert tab.errors == []


def test_two_people_and_two_tabs_never_see_each_other(browser: Browser, tab: Tab, app: Server) -> None:
    other = browser.new_context()
    ben, second = Tab(other, app.url), Tab(tab.page.context, app.url)
    for each, count in ((tab, 41), (ben, 42), (second, 43)):
        each.send(f"emit-50-{count}")
    for each, count in ((tab, 41), (ben, 42), (second, 43)):
        each.answered("END")
        assert said(each) == whole(count)
        each.reload()
        expect(each.answers).to_have_count(1)
        assert said(each) == whole(count)
    other.close()


def test_a_duplicated_tab_gets_a_copy_of_its_own(tab: Tab, app: Server) -> None:
    tab.send("emit-0-9")
    tab.answered("END")
    # A window opened by the page gets a copy of its sessionStorage, as a duplicated tab does.
    with tab.page.context.expect_page() as opened:
        tab.page.evaluate("window.open(location.href)")
    twin = Tab(tab.page.context, app.url, opened.value)
    twin.ready()
    expect(twin.answers).to_have_count(1, timeout=SECONDS)
    twin.send("emit-0-4 only here")
    twin.answered("END", 1)
    tab.reload()
    expect(tab.answers).to_have_count(1)
    twin.reload()
    expect(twin.answers).to_have_count(2)
    assert twin.errors == []


def test_what_was_typed_survives_a_reload(tab: Tab) -> None:
    tab.type("half a thought")
    tab.reload()
    expect(tab.page.locator("#chat-input")).to_have_value("half a thought")


def test_whoever_is_faster_than_the_connection_need_not_press_twice(
    context: BrowserContext, app: Server, endpoint: Endpoint
) -> None:
    # The socket is let through only once Enter has been pressed.
    held: list[Route] = []
    context.route("**/set-session-cookie", lambda route: held.append(route))
    tab = Tab(context, app.url, context.new_page())
    tab.page.goto(app.url)
    tab.send("emit-0-5 early")
    expect(tab.notice).to_contain_text("sent as soon as the page is connected")
    assert endpoint.requests() == []
    tab.until(lambda: bool(held), "the page says who it is")
    for route in held:
        route.continue_()
    context.unroute("**/set-session-cookie")
    tab.answered("END")
    expect(tab.notice).to_be_hidden()
    assert len(endpoint.requests()) == 1


def test_a_starter_asks_at_once(tab: Tab, endpoint: Endpoint) -> None:
    expect(tab.page.locator("#starters button")).to_have_count(4)
    tab.page.get_by_role("button", name=re.compile("koalas", re.IGNORECASE)).click()
    tab.until(lambda: len(endpoint.requests()) == 1, "the request is out")
    assert endpoint.requests()[0]["body"]["messages"] == [
        {"role": "user", "content": "Why do koalas eat eucalyptus leaves?"}
    ]


def test_the_line_of_figures_draws_no_other_answer_again(tab: Tab) -> None:
    for number in range(3):
        tab.send(f"emit-0-{20 + number}")
        tab.answered("END", number)
    tab.page.evaluate(
        """() => { window.changed = 0;
        for (const old of [...document.querySelectorAll('.ai-message')].slice(0, 3))
          new MutationObserver((all) => { changed += all.filter((r) => r.type !== 'attributes').length; })
            .observe(old.querySelector('.message-content'), { subtree: true, childList: true, characterData: true })
        }"""
    )
    tab.send("emit-50-40 more")
    tab.answered("END", 3)
    expect(tab.figures(3)).to_have_count(1)
    assert tab.page.evaluate("changed") == 0
