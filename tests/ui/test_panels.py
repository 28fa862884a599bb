"""What the panels are told and what they change, on a desk of their own: no browser; endpoints on real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest

from playground.core.endpoint import Endpoint
from playground.core.secret import MASK, Secret
from playground.ui import panels
from playground.ui.connecting import ANOTHER_ADDRESS, LOCKED, Refused
from playground.ui.desk import LOOK_SECONDS
from playground.ui.header import state
from playground.ui.runs import Wait
from playground.ui.visitors import Hello, Tab
from tests.fake_endpoint import FakeEndpoint
from tests.ui.test_desk import Page, Visit

pytestmark = pytest.mark.asyncio
CONFIGURED = Secret("sk-configured-configured")
KEY = "sk-typed-Ab3dEf6hIj9"
ENDPOINT = Endpoint("test", "http://127.0.0.1:1/v1", key=CONFIGURED, model="m")


async def visit(**settings: Any) -> tuple[Visit, Tab]:
    made = Visit(ENDPOINT, **settings)
    await made.open()
    return made, tab_of(made)


def tab_of(made: Visit) -> Tab:
    tab = made.desk.registry.tab(made.page.id, made.browser)
    assert tab is not None
    return tab


async def connect(made: Visit, tab: Tab, **asked: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The steps that were told, and the end; none of it holds a key."""
    told = [each async for each in made.desk.panels.connecting.connect(tab, made.browser, asked)]
    assert KEY not in json.dumps(told) and CONFIGURED.reveal() not in json.dumps(told)
    return [each["step"] for each in told[:-1]], told[-1]["end"]


# Models


async def test_the_list_has_the_configured_endpoints_without_their_keys_and_addresses() -> None:
    made, tab = await visit()
    said = made.desk.panels.models(tab, made.browser)
    [endpoint] = said["endpoints"]
    assert (endpoint["id"], endpoint["name"], endpoint["typed"], endpoint["model"]) == ("test", "test", False, "m")
    assert said["current"] == {"endpoint": "test", "model": None}
    assert CONFIGURED.reveal() not in json.dumps(said)


async def test_a_choice_counts_from_the_next_message_on() -> None:
    made, tab = await visit()
    await made.ask("one", "1")
    made.desk.panels.choose(tab, made.browser, "test", "other")
    await made.desk.chosen(made.page, made.browser)
    assert made.page.state["model"] == "other"
    await made.ask("two", "2")
    assert [request.model for request in made.script.requests] == ["m", "other"]


@pytest.mark.parametrize(("endpoint", "model"), [("nobody's", None), ("test", ""), ("test", "m" * 301)])
async def test_what_is_no_endpoint_or_no_models_name_is_refused_and_changes_nothing(
    endpoint: str, model: str | None
) -> None:
    made, tab = await visit()
    with pytest.raises(Refused):
        made.desk.panels.choose(tab, made.browser, endpoint, model)
    assert (tab.endpoint, tab.model) == (None, None)


async def test_an_endpoint_that_says_nothing_does_not_hold_up_the_list() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        made = Visit(Endpoint("silent", f"http://127.0.0.1:{silent.getsockname()[1]}/v1"))
        await made.open()
        async with asyncio.timeout(LOOK_SECONDS + 2):
            await made.desk.look_at_all(made.browser)
        [endpoint] = made.desk.panels.models(tab_of(made), made.browser)["endpoints"]
        # Still being asked: the list came before its answer.
        assert endpoint["dot"] == "unknown"
        await made.desk.close()


# Connecting


async def test_an_endpoint_that_works_is_the_tabs_own_from_then_on() -> None:
    made, tab = await visit()
    async with FakeEndpoint(key=KEY) as fake:
        steps, end = await connect(made, tab, base_url=fake.origin, key=f" {KEY}\n", name="Mine", mode="completion")
        assert {step["name"] for step in steps} == {"name", "address", "tls", "key", "models", "token"}
        assert end["added"] == tab.endpoint and tab.model == "tiny-chat"
        assert "tiny-chat on Mine" in end["what"]
        assert tab.raw == {"mode": "completion"}
        endpoint = made.desk.book.endpoint(end["added"])
        assert (endpoint.base_url, endpoint.key) == (fake.url, Secret(KEY))
        said = made.desk.panels.models(tab, made.browser)
        assert [each["typed"] for each in said["endpoints"]] == [False, True]
        assert KEY not in json.dumps(said)
        # Not another browser's: neither seen nor chosen nor forgotten.
        assert len(made.desk.panels.models(tab, "another")["endpoints"]) == 1
        with pytest.raises(Refused):
            made.desk.panels.choose(tab, "another", end["added"], None)
        made.desk.panels.forget("another", end["added"])
        assert made.desk.book.known(end["added"]) == end["added"]
    await made.desk.close()


async def test_a_wrong_key_adds_nothing_and_what_the_server_says_of_it_is_masked() -> None:
    made, tab = await visit()
    async with FakeEndpoint(models_scenario="unauthorized") as fake:
        steps, end = await connect(made, tab, base_url=fake.url, key=KEY)
        assert end["added"] is None and end["what"] and end["hint"]
        assert "Incorrect API key provided" in next(step["said"] for step in steps if step["outcome"] == "failed")
        assert any(asked.headers.get("authorization") == f"Bearer {KEY}" for asked in fake.log)
    assert tab.endpoint is None
    assert len(made.desk.panels.models(tab, made.browser)["endpoints"]) == 1


async def test_an_endpoint_whose_first_model_fails_is_there_all_the_same() -> None:
    made, tab = await visit()
    async with FakeEndpoint(only_model="tiny-adapter") as fake:
        _, end = await connect(made, tab, base_url=fake.url)
        assert end["added"] == tab.endpoint and end["what"].startswith("Connected, but: ")


@pytest.mark.parametrize("url", ["", "ftp://a", "http://u:p@a/v1", "http://a/v1?key=b", "two words"])
async def test_what_is_no_address_is_refused_before_anything_is_asked(url: str) -> None:
    made, tab = await visit()
    with pytest.raises(Refused) as refused:
        made.desk.panels.connecting.connect(tab, made.browser, {"base_url": url})
    assert "u:p" not in str(refused.value) and "key=b" not in str(refused.value)


async def test_a_pasted_key_is_used_once_and_only_if_none_is_typed() -> None:
    made, tab = await visit()
    async with FakeEndpoint() as fake:
        said = made.desk.panels.connecting.paste(made.browser, f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={fake.url}")
        assert said["key"] is True and said["base_url"] == fake.url
        assert KEY not in json.dumps(said) and MASK in said["masked"]
        await connect(made, tab, base_url=fake.url, pasted=True, key="sk-typed-instead")
        assert fake.completions[-1].headers["authorization"] == "Bearer sk-typed-instead"
        made.desk.panels.connecting.paste(made.browser, f"OPENAI_API_KEY={KEY}")
        await connect(made, tab, base_url=fake.url, pasted=True)
        assert fake.completions[-1].headers["authorization"] == f"Bearer {KEY}"
        await connect(made, tab, base_url=fake.url, pasted=True, name="keyless")
        assert "authorization" not in fake.completions[-1].headers
        # Nor is a pasted one used where the page does not say so.
        made.desk.panels.connecting.paste(made.browser, f"OPENAI_API_KEY={KEY}")
        await connect(made, tab, base_url=fake.url, name="other")
        assert "authorization" not in fake.completions[-1].headers


async def test_a_pasted_key_goes_to_no_other_address_than_the_one_it_was_pasted_with() -> None:
    made, tab = await visit()
    async with FakeEndpoint(key=KEY) as fake:
        made.desk.panels.connecting.paste(made.browser, f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL=http://127.0.0.1:9/v1")
        with pytest.raises(Refused) as refused:
            made.desk.panels.connecting.connect(tab, made.browser, {"base_url": fake.url, "pasted": True})
        assert str(refused.value) == ANOTHER_ADDRESS
        assert fake.completions == []
        # Another path of the same place is the same place.
        made.desk.panels.connecting.paste(made.browser, f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={fake.url}/models")
        _, end = await connect(made, tab, base_url=fake.url, pasted=True)
        assert end["added"]


async def test_what_is_masked_can_be_worked_on_and_another_paste_takes_the_key_away() -> None:
    made, tab = await visit()
    async with FakeEndpoint() as fake:
        said = made.desk.panels.connecting.paste(made.browser, f"OPENAI_API_KEY={KEY}")
        said = made.desk.panels.connecting.paste(made.browser, f"{said['masked']}\nOPENAI_BASE_URL={fake.url}")
        assert said["key"] is True and said["base_url"] == fake.url and said["notes"] == []
        await connect(made, tab, base_url=fake.url, pasted=True)
        assert fake.completions[-1].headers["authorization"] == f"Bearer {KEY}"
        # It is used up; and a mask by itself is no key.
        assert made.desk.panels.connecting.paste(made.browser, said["masked"])["key"] is False
        made.desk.panels.connecting.paste(made.browser, f"OPENAI_API_KEY={KEY}")
        assert made.desk.panels.connecting.paste(made.browser, fake.url)["key"] is False
        # Nor does it go from one address to another that stands with a mask of its own.
        both = "OPENAI_API_KEY={}\nOPENAI_BASE_URL={}"
        made.desk.panels.connecting.paste(made.browser, both.format(KEY, fake.url))
        assert made.desk.panels.connecting.paste(made.browser, both.format(MASK, "http://b.example/v1"))["key"] is False
        await connect(made, tab, base_url=fake.url, pasted=True, name="other")
        assert "authorization" not in fake.completions[-1].headers


@pytest.mark.parametrize(
    "text",
    [
        f"curl http://a.example/v1/chat/completions -H 'Authorization: Bearer {KEY[:8]}''{KEY[8:]}' -d '{{}}'",
        f"curl http://a.example/v1/chat/completions -H 'Authorization: Bearer {KEY}' "
        f'-d \'{{"user": "{KEY}", "messages": [{{"role": "user", "content": "Is {KEY} a key?"}}]}}\'',
    ],
    ids=["in pieces", "in other places too"],
)
async def test_a_pasted_key_does_not_come_back_however_it_was_written(text: str) -> None:
    made, _ = await visit()
    said = made.desk.panels.connecting.paste(made.browser, text)
    assert said["key"] is True
    assert KEY not in json.dumps(said) and KEY[8:] not in json.dumps(said)


async def test_parameters_and_system_prompt_of_what_was_pasted_are_taken_over() -> None:
    made, tab = await visit()
    tab.raw["seed"] = "1"
    async with FakeEndpoint() as fake:
        await connect(made, tab, base_url=fake.url, parameters={"temperature": 0.3}, system="Be brief.")
    read = panels.chosen(tab)
    assert (read.temperature, read.system_prompt, read.seed) == (0.3, "Be brief.", 1)


# Forgetting


async def test_forgetting_frees_the_tabs_stops_the_answer_and_drops_every_copy_of_the_key() -> None:
    made, tab = await visit()
    async with FakeEndpoint(key=KEY) as fake:
        _, end = await connect(made, tab, base_url=fake.url, key=KEY)
        await made.ask("one", "1", finish="length")
        await made.send("two")
        second = await made.open(Page(), tab="tab-0002")
        other = made.desk.registry.tab(second.id, made.browser)
        assert other is not None and other.endpoint == end["added"]
        made.desk.panels.forget(made.browser, end["added"])
        await made.settled()
        assert (tab.endpoint, tab.model) == (other.endpoint, other.model) == (None, None)
        assert made.desk.book.known(end["added"]) == "test"
        runs = [turn.run for turn in tab.conversation.turns() if turn.run is not None]
        assert [run.status for run in runs] == ["done", "stopped"]
        for run in runs:
            # The records of what was asked hold the endpoint still, and its key no more.
            assert run.request.endpoint.key is not None and run.request.endpoint.key.reveal() != KEY
        # What it cut off is not continued: neither there without a key nor elsewhere.
        assert not any(action["name"] == "continue" for action in made.page.actions)
        await made.ask("three", "3")
        assert made.script.requests[-1].endpoint.name == "test" and made.script.requests[-1].model == "m"
    await made.desk.close()


async def test_the_same_endpoint_connected_again_goes_on_in_other_tabs_with_the_new_key() -> None:
    made, tab = await visit()
    async with FakeEndpoint() as fake:
        _, first = await connect(made, tab, base_url=fake.url, key=KEY)
        _, again = await connect(made, tab, base_url=fake.url, key="sk-another-another")
        assert again["added"] == first["added"]
        assert made.desk.book.endpoint(first["added"]).key == Secret("sk-another-another")
    await made.desk.close()


async def test_what_was_typed_goes_with_its_hours() -> None:
    made, tab = await visit(key_hours=1e-9)
    async with FakeEndpoint() as fake:
        _, end = await connect(made, tab, base_url=fake.url, key=KEY)
        made.desk.sweep(frozenset({made.page.id}))
        assert made.desk.book.known(end["added"]) == "test" and tab.endpoint is None
    await made.desk.close()


# Parameters


def row(said: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in said["rows"] if each["name"] == name)
    return found


async def test_a_change_is_in_the_next_request_and_a_reset_is_not() -> None:
    made, tab = await visit()
    said = made.desk.panels.params(tab, {"name": "temperature", "value": "0.3"})
    assert (row(said, "temperature")["state"], row(said, "temperature")["value"]) == ("set", 0.3)
    await made.ask("one", "1")
    made.desk.panels.params(tab, {"name": "temperature"})
    await made.ask("two", "2")
    made.desk.panels.params(tab, {"name": "seed", "value": 7})
    assert tab.raw
    made.desk.panels.params(tab, {"all": True})
    assert tab.raw == {}
    assert [request.params.temperature for request in made.script.requests] == [0.3, None]


async def test_what_is_wrong_is_kept_as_typed_and_not_sent() -> None:
    made, tab = await visit()
    said = made.desk.panels.params(tab, {"name": "top_p", "value": "half"})
    assert row(said, "top_p")["error"] and row(said, "top_p")["value"] == "half"
    await made.ask("one", "1")
    assert made.script.requests[0].params.top_p is None


@pytest.mark.parametrize("change", [{"name": "no_such", "value": 1}, {"name": "system_prompt", "value": "x" * 11}])
async def test_what_cannot_be_taken_is_refused_and_what_was_set_stays(change: dict[str, Any]) -> None:
    made, tab = await visit(max_message_chars=10)
    tab.raw["system_prompt"] = "before"
    with pytest.raises(Refused):
        made.desk.panels.params(tab, change)
    assert tab.raw == {"system_prompt": "before"}


# The lock


async def test_where_it_is_locked_nothing_is_shown_or_changed_of_endpoint_key_and_models() -> None:
    made, tab = await visit(lock=True)
    desk = made.desk
    for work in (
        lambda: desk.panels.models(tab, made.browser),
        lambda: desk.panels.choose(tab, made.browser, "test", "m"),
        lambda: desk.panels.forget(made.browser, "test"),
        lambda: desk.panels.connecting.paste(made.browser, "localhost:8000"),
        lambda: desk.panels.connecting.connect(tab, made.browser, {"base_url": "localhost:8000"}),
    ):
        with pytest.raises(Refused, match=LOCKED[:20]):
            work()
    assert row(desk.panels.params(tab, {"name": "seed", "value": "7"}), "seed")["value"] == 7


async def test_where_it_is_locked_the_strip_names_neither_endpoint_nor_address() -> None:
    made, _ = await visit(lock=True)
    await made.desk.book.check("test")
    shown = made.desk.book.status("test")
    assert "127.0.0.1" in shown.text
    for locked in (True, False):
        said = json.dumps(
            state(
                shown, Wait("", 0), 0, model=None, locked=locked, changed=0, busy=False, empty=True, limit=1, notice=""
            )
        )
        assert ("127.0.0.1" in said) is not locked
        assert ('"test"' in said) is not locked


async def test_a_tab_of_another_browser_is_nobodys() -> None:
    made, _ = await visit()
    stranger = Page()
    await made.desk.hello("b" * 43, Hello(stranger.id, tab="tab-0009"), None)
    assert made.desk.registry.tab(made.page.id, "b" * 43) is None
    assert made.desk.registry.tab(stranger.id, made.browser) is None
