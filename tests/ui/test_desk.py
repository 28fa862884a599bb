"""What a visitor can do, against a recorded page and a scripted stream: no browser, no endpoint."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings, typed_reach
from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest, ConnectionBroke
from playground.core.events import (
    Adapted,
    Event,
    Finished,
    ReasoningDelta,
    Sent,
    TextDelta,
    Usage,
    Waiting,
    WasThinking,
)
from playground.core.run import Request
from playground.core.secret import Secret
from playground.core.wire_events import Tell
from playground.ui.desk import Desk
from playground.ui.screens import END_SECONDS, Screen
from playground.ui.visitors import Hello, new_browser, new_id
from tests.fake_endpoint import FakeEndpoint

pytestmark = pytest.mark.asyncio
# Nothing listens at port 1: what the book of endpoints asks is refused at once.
ENDPOINT = Endpoint("test", "http://127.0.0.1:1/v1", model="m")


class Page:
    """A session as the desk sees one, that keeps what it is sent and builds the page from it as Chainlit's does."""

    def __init__(self) -> None:
        self.id = new_id()
        self.socket_id = new_id()
        self.thread_id = ""
        self.has_first_interaction = False
        self.events: list[tuple[str, Any]] = []
        self.steps: dict[str, dict[str, Any]] = {}
        self.actions: list[dict[str, Any]] = []
        self.busy = False
        self.state: dict[str, Any] = {}
        # Which frames the page is to say it has painted.
        self.asked_frames: list[int] = []
        self.emit: Callable[[str, Any], Awaitable[Any]] = self._emit

    async def _emit(self, event: str, data: Any) -> None:
        self.events.append((event, data))
        match event:
            case "resume_thread":
                self.steps = {step["id"]: dict(step) for step in data["steps"]}
            case "new_message" | "stream_start" | "update_message":
                self.steps.setdefault(data["id"], {}).update(data)
            case "stream_token":
                self.steps[data["id"]]["output"] += data["token"]
            case "delete_message":
                self.steps.pop(data["id"], None)
            case "action":
                self.actions.append(data)
            case "remove_action":
                self.actions = [action for action in self.actions if action["id"] != data["id"]]
            case "task_start" | "task_end":
                self.busy = event == "task_start"
            case "window_message" if data["playground"] == "frame":
                self.asked_frames.append(data["f"])
            case "window_message":
                self.state = data

    def wait(self) -> dict[str, Any]:
        found: dict[str, Any] = self.state["wait"]
        return found

    def names(self) -> list[str]:
        return [event for event, _ in self.events]

    def output(self, id: str) -> str:
        return str(self.steps[id]["output"])

    def labels(self, turn: str) -> list[str]:
        return [each["label"].replace("\u00a0", " ") for each in self.actions if each["id"].startswith(turn)]


class Script:
    """A stream whose batches the test hands out."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.batches: asyncio.Queue[tuple[Event, ...] | BaseException | None] = asyncio.Queue()
        self.closed = 0

    async def stream(self, request: Request, tell: Tell) -> AsyncGenerator[tuple[Event, ...], None]:
        self.requests.append(request)
        self.tell = tell
        try:
            yield (Sent(1),)
            while (batch := await self.batches.get()) is not None:
                if isinstance(batch, BaseException):
                    raise batch
                yield batch
        finally:
            self.closed += 1

    def say(self, *events: Event) -> None:
        self.batches.put_nowait(events)

    def end(self, error: BaseException | None = None) -> None:
        self.batches.put_nowait(error)

    def answer(self, text: str, finish: str = "stop") -> None:
        self.say(TextDelta(text), Finished(finish), Usage(3, 2))
        self.end()


class Visit:
    """One person's page on a desk of its own."""

    def __init__(self, endpoint: Endpoint = ENDPOINT, **settings: Any) -> None:
        self.script = Script()
        made = Settings(**settings)
        reach = typed_reach(made, loopback=True)
        self.desk = Desk(made, EndpointBook((endpoint,), None), self.script.stream, reach=reach)
        self.browser = new_browser()
        self.page = Page()

    async def open(self, page: Page | None = None, **hello: Any) -> Page:
        page = page or self.page
        await self.desk.hello(self.browser, Hello(page.id, **{"tab": "tab-0001"} | hello), None)
        await self.desk.connected(page, self.browser)
        return page

    async def send(self, text: str, page: Page | None = None) -> str:
        id = new_id()
        await self.desk.send(page or self.page, self.browser, id, text)
        return id

    async def act(self, name: str, turn: str) -> None:
        await self.desk.act(self.page, self.browser, name, turn)

    async def settled(self, page: Page | None = None) -> None:
        """Nothing runs any more, and the page knows."""
        shown = page or self.page
        await until(lambda: self.desk.runs.count == 0 and not shown.busy and not self.desk.runs._ends)

    async def ask(self, text: str, answer: str, finish: str = "stop") -> str:
        id = await self.send(text)
        self.script.answer(answer, finish)
        await self.settled()
        return id


async def until(true: Callable[[], bool]) -> None:
    for _ in range(5000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come to that")


@pytest.fixture
async def visit() -> Any:
    made = Visit()
    await made.open()
    yield made
    await made.desk.close()


async def test_a_message_is_asked_and_its_answer_drawn_in_frames(visit: Visit) -> None:
    id = await visit.send("hello")
    await until(lambda: bool(visit.script.requests))
    visit.script.say(TextDelta("one "))
    await until(lambda: f"{id}:answer" in visit.page.steps)
    assert visit.page.busy
    for word in ("two ", "three ", "four "):
        visit.script.say(TextDelta(word))
    visit.script.answer("five")
    await visit.settled()
    assert visit.page.output(f"{id}:answer") == "one two three four five"
    assert visit.page.steps[f"{id}:run"]["end"]
    # Four pieces came in no time: they are not four events.
    assert visit.page.names().count("stream_token") <= 1
    assert [message.content for message in visit.script.requests[0].messages] == ["hello"]
    assert visit.page.labels(id)[0] == "Regenerate"


async def test_what_begins_an_answer_comes_together_with_its_first_text(visit: Visit) -> None:
    visit.page.events.clear()
    await visit.send("hello")
    assert visit.page.names() == []
    visit.script.say(TextDelta("one"))
    await until(lambda: "stream_start" in visit.page.names())
    names = [name for name in visit.page.names() if name != "window_message"]
    assert names == ["task_start", "new_message", "stream_start"]


async def test_what_begins_an_answer_comes_also_without_a_text(visit: Visit) -> None:
    visit.page.events.clear()
    await visit.send("hello")
    await until(lambda: visit.page.names()[:3] == ["task_start", "new_message", "window_message"])


async def test_the_first_text_waits_for_no_frame_that_had_nothing_in_it(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames: list[str] = []
    paint = Screen.paint

    async def counted(screen: Screen, turn: Any) -> None:
        frames.append(turn.text)
        await paint(screen, turn)

    monkeypatch.setattr(Screen, "paint", counted)
    await visit.send("hello")
    visit.script.say(Waiting("The model is loading.", 0, 2))
    visit.script.say(Sent(2))
    visit.script.say(ReasoningDelta(""))
    visit.script.answer("yes")
    await visit.settled()
    assert frames[0] == "yes"


async def test_the_last_text_has_a_moment_before_what_ends_an_answer(visit: Visit) -> None:
    at: dict[str, float] = {}
    emit = visit.page.emit

    async def timed(event: str, data: Any) -> None:
        at[event] = asyncio.get_running_loop().time()
        await emit(event, data)

    visit.page.emit = timed
    await visit.send("hello")
    visit.script.say(TextDelta("one"))
    await until(lambda: "stream_start" in visit.page.names())
    visit.script.answer(" two")
    await visit.settled()
    # A busy machine makes it longer, never shorter.
    assert at["task_end"] - at["stream_token"] >= 0.9 * END_SECONDS


async def test_in_a_locked_app_an_error_names_neither_the_endpoint_nor_its_models() -> None:
    visit = Visit(ENDPOINT, lock=True)
    await visit.open()
    id = await visit.send("hello")
    host = ENDPOINT.base_url.split("/")[2]
    visit.script.end(ConnectionBroke(f"{host} closed the connection.", f"Look at {ENDPOINT.base_url}.", f"I am {host}"))
    await visit.settled()
    drawn = json.dumps(visit.page.steps[f"{id}:trouble"])
    assert "The endpoint closed the connection." in drawn
    assert host not in drawn
    await visit.desk.close()


@pytest.mark.parametrize("lock", [True, False])
async def test_in_a_locked_app_a_note_is_without_the_servers_own_words(lock: bool) -> None:
    visit = Visit(ENDPOINT, lock=lock)
    await visit.open()
    id = await visit.send("hello")
    visit.script.say(Adapted("top_k", "It was left out.", "model secret-7b takes no top_k"))
    visit.script.answer("yes")
    await visit.settled()
    drawn = visit.page.output(f"{id}:notes")
    assert "It was left out." in drawn.replace("&#46;", ".")
    assert ("7b takes no" in drawn) is not lock
    await visit.desk.close()


async def test_stop_keeps_what_came_and_closes_the_request(visit: Visit) -> None:
    id = await visit.send("hello")
    visit.script.say(TextDelta("half"))
    await until(lambda: f"{id}:answer" in visit.page.steps)
    visit.desk.stop(visit.page, visit.browser)
    await visit.settled()
    assert visit.script.closed == 1
    assert visit.page.output(f"{id}:answer") == "half"
    assert any(label.startswith("stopped by you") for label in visit.page.labels(id))


async def test_nobody_elses_cookie_can_stop_or_send(visit: Visit) -> None:
    await visit.send("hello")
    await until(lambda: bool(visit.script.requests))
    visit.desk.stop(visit.page, new_browser())
    await visit.desk.send(visit.page, None, new_id(), "intruder")
    await visit.desk.act(visit.page, new_browser(), "regenerate", "x")
    visit.desk.receipt(visit.page, new_browser(), 1)
    assert visit.desk.runs.count == 1
    assert len(visit.script.requests) == 1
    visit.script.answer("ok")
    await visit.settled()


async def test_an_edit_and_a_regeneration_are_versions(visit: Visit) -> None:
    first = await visit.ask("one", "1")
    await visit.ask("two", "2")
    await visit.desk.edit(visit.page, visit.browser, first, "uno")
    visit.script.answer("I")
    await visit.settled()
    conversation = visit.desk.screens.connected[0].conversation
    assert [turn.said for turn in conversation.path] == ["uno"]
    edited = conversation.path[0]
    assert visit.page.labels(edited.id)[:3] == ["‹", "2 / 2", "›"]
    await visit.act("regenerate", edited.id)
    visit.script.answer("i")
    await visit.settled()
    assert visit.page.labels(conversation.path[0].id)[:3] == ["‹", "3 / 3", "›"]
    await visit.act("show", first)
    assert [turn.said for turn in conversation.path] == ["one", "two"]
    assert visit.page.labels(first)[:3] == ["‹", "1 / 3", "›"]
    await visit.act("no such thing", first)


async def test_a_page_that_comes_back_gets_everything_and_goes_on(visit: Visit) -> None:
    id = await visit.send("hello")
    visit.script.say(TextDelta("one "))
    await until(lambda: f"{id}:answer" in visit.page.steps)
    visit.desk.left(visit.page, visit.page.socket_id)
    visit.script.say(TextDelta("two "))
    reloaded = await visit.open(Page())
    assert reloaded.busy
    assert "first_interaction" in reloaded.names()
    visit.script.answer("three")
    await visit.settled(reloaded)
    assert reloaded.output(f"{id}:answer") == "one two three"
    assert "Regenerate" in reloaded.labels(id)


async def test_after_a_reconnect_only_what_has_no_receipt_is_sent_again(visit: Visit) -> None:
    id = await visit.ask("hello", "hi")
    had = visit.page.labels(id)
    visit.desk.receipt(visit.page, visit.browser, visit.page.state["n"])
    visit.page.events.clear()
    visit.page.socket_id = new_id()
    await visit.desk.connected(visit.page, visit.browser)
    assert "action" not in visit.page.names()
    assert visit.page.labels(id) == had
    # Without the receipt they come again, and are not there twice.
    again = await visit.ask("more", "yes")
    visit.page.socket_id = new_id()
    visit.page.events.clear()
    await visit.desk.connected(visit.page, visit.browser)
    assert visit.page.names().count("action") == len(visit.page.labels(again))
    assert visit.page.labels(id) == had


async def test_a_page_that_stays_away_has_its_request_closed() -> None:
    visit = Visit(abandon_after=0.02)
    await visit.open()
    id = await visit.send("hello")
    visit.script.say(TextDelta("half"))
    await until(lambda: f"{id}:answer" in visit.page.steps)
    visit.desk.left(visit.page, visit.page.socket_id)
    await until(lambda: visit.desk.runs.count == 0)
    reloaded = await visit.open(Page())
    assert any(label.startswith("stopped because the page was closed") for label in reloaded.labels(id))
    await visit.desk.close()


async def test_a_page_that_comes_back_in_time_keeps_its_answer() -> None:
    visit = Visit(abandon_after=0.05)
    await visit.open()
    await visit.send("hello")
    visit.desk.left(visit.page, visit.page.socket_id)
    visit.page.socket_id = new_id()
    await visit.desk.connected(visit.page, visit.browser)
    assert visit.desk._absences == {}
    assert visit.desk.runs.count == 1
    await visit.desk.close()


async def test_a_new_chat_stops_the_old_one(visit: Visit) -> None:
    await visit.send("hello")
    await until(lambda: bool(visit.script.requests))
    fresh = await visit.open(Page(), new_chat=True)
    await until(lambda: visit.script.closed == 1)
    assert fresh.state["empty"] is True
    assert fresh.steps == {}


async def test_a_message_during_an_answer_comes_back_as_a_draft(visit: Visit) -> None:
    await visit.send("hello")
    id = await visit.send("too early")
    assert visit.page.state["draft"] == "too early"
    assert "still being written" in visit.page.state["notice"]
    assert id not in visit.page.steps
    assert len(visit.script.requests) <= 1


async def test_a_message_over_the_limit_comes_back_as_a_draft() -> None:
    visit = Visit(max_message_chars=5)
    await visit.open()
    await visit.send("too long")
    assert visit.page.state["draft"] == "too long"
    assert "the limit is 5" in visit.page.state["notice"]
    assert visit.desk.runs.count == 0
    await visit.desk.close()


async def test_one_id_is_one_message(visit: Visit) -> None:
    id = await visit.ask("hello", "hi")
    await visit.desk.send(visit.page, visit.browser, id, "again")
    assert len(visit.script.requests) == 1


async def test_an_error_is_shown_with_a_way_to_try_again(visit: Visit) -> None:
    id = await visit.send("hello")
    visit.script.end(BadRequest("It was refused.", "Change it.", "because"))
    await visit.settled()
    trouble = visit.page.steps[f"{id}:trouble"]
    assert (trouble["name"], trouble["isError"]) == ("It was refused.", True)
    assert f"{id}:answer" not in visit.page.steps
    assert visit.page.labels(id) == ["Try again", "Details"]
    assert visit.page.actions[0]["forId"] == f"{id}:trouble"


async def test_what_came_before_an_error_is_kept(visit: Visit) -> None:
    id = await visit.send("hello")
    visit.script.say(TextDelta("half"))
    visit.script.end(BadRequest("It was refused.", "Change it."))
    await visit.settled()
    assert visit.page.output(f"{id}:answer") == "half"
    assert list(visit.page.steps)[-1] == f"{id}:trouble"
    assert visit.page.labels(id)[0] == "Try again"


async def test_an_answer_that_broke_off_is_continued_in_place_and_its_error_goes() -> None:
    async with FakeEndpoint() as fake:
        visit = Visit(Endpoint("test", fake.url, model="m"))
        await visit.desk.book.check("test")
        await visit.open()
        id = await visit.send("hello")
        visit.script.say(ReasoningDelta("hmm"))
        visit.script.say(TextDelta("half"))
        visit.script.end(ConnectionBroke("The connection broke.", "Try again."))
        await visit.settled()
        assert "Continue" in visit.page.labels(id)
        await visit.act("continue", id)
        assert f"{id}:trouble" not in visit.page.steps
        assert visit.page.labels(id) == []
        visit.script.say(TextDelta(" and the "))
        visit.script.answer("rest")
        await visit.settled()
        assert visit.page.output(f"{id}:answer") == "half and the rest"
        assert visit.page.output(f"{id}:thinking") == "hmm"
        assert "Continue" not in visit.page.labels(id)
        request = visit.script.requests[-1]
        assert request.continue_by == "continue_final_message"
        assert [(message.role, message.content) for message in request.messages] == [
            ("user", "hello"),
            ("assistant", "half"),
        ]
        # What was cut off earlier in the chat is not continued: what followed it was an answer to that much.
        stopped = await visit.ask("more", "half again", "length")
        assert "Continue" in visit.page.labels(stopped)
        await visit.ask("and more", "yes")
        assert "Continue" not in visit.page.labels(stopped)
        await visit.desk.close()


async def test_a_fault_of_our_own_is_said_without_its_text(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    id = await visit.send("hello")
    visit.script.end(KeyError("Bearer sk-0123456789abcdef"))
    await visit.settled()
    assert visit.page.steps[f"{id}:trouble"]["name"] == "The playground itself failed."
    assert "KeyError" in caplog.text
    assert "sk-0123456789abcdef" not in caplog.text + str(visit.page.events)


async def test_thinking_comes_before_the_answer_and_is_named_when_it_ends(visit: Visit) -> None:
    id = await visit.send("hello")
    visit.script.say(ReasoningDelta("hmm"))
    await until(lambda: f"{id}:thinking" in visit.page.steps)
    assert visit.page.steps[f"{id}:thinking"]["name"] == "Thinking"
    visit.script.say(ReasoningDelta(" well"))
    visit.script.answer("yes")
    await visit.settled()
    thinking = visit.page.steps[f"{id}:thinking"]
    assert (thinking["output"], thinking["streaming"]) == ("hmm well", False)
    assert thinking["name"].startswith("Thought for")
    assert visit.page.output(f"{id}:answer") == "yes"


async def test_what_turns_out_to_be_thinking_moves_there_and_the_answer_begins_anew(visit: Visit) -> None:
    id = await visit.send("hello")
    visit.script.say(TextDelta("hm, so\n"))
    await until(lambda: f"{id}:answer" in visit.page.steps)
    drawn = visit.page.names().count("resume_thread")
    visit.script.say(WasThinking(), TextDelta("Four is the answer."))
    await until(lambda: visit.page.output(f"{id}:answer") == "Four is the answer.")
    assert visit.page.output(f"{id}:thinking") == "hm, so\n"
    visit.script.answer(" It is.")
    await visit.settled()
    assert visit.page.output(f"{id}:answer") == "Four is the answer. It is."
    assert visit.page.names().count("resume_thread") == drawn + 1


async def test_the_page_counts_the_wait_and_what_is_waited_for(visit: Visit) -> None:
    await visit.send("hello")
    await until(lambda: bool(visit.script.requests) and visit.page.wait() is not None)
    assert visit.page.wait()["left"] is None
    visit.script.say(Waiting("The model is loading.", 7, 2))
    await until(lambda: visit.page.wait()["why"] == "The model is loading.")
    assert 0 < visit.page.wait()["left"] <= 7
    visit.script.say(Sent(2))
    await until(lambda: visit.page.wait()["why"] == "")
    visit.script.answer("at last")
    await visit.settled()
    assert visit.page.state["wait"] is None
    assert any("attempt 2" in label for label in visit.page.labels(""))


async def test_a_chat_that_is_gone_is_said_and_not_drawn_over_until_the_next_message(visit: Visit) -> None:
    page = Page()
    await visit.desk.hello(visit.browser, Hello(page.id, tab="tab-gone", had_chat=True), None)
    await visit.desk.connected(page, visit.browser)
    assert "no longer has the earlier messages" in page.state["notice"]
    assert "resume_thread" not in page.names()
    # Loaded anew before anything was sent, it is said again; whoever only reconnects keeps what can be read.
    again = Page()
    await visit.desk.hello(visit.browser, Hello(again.id, tab="tab-gone", had_chat=True), None)
    await visit.desk.connected(again, visit.browser)
    await visit.desk.connected(again, visit.browser)
    assert "no longer has the earlier messages" in again.state["notice"]
    assert "resume_thread" not in again.names()
    visit.script.answer("fresh")
    await visit.send("hello", again)
    assert "resume_thread" in again.names()
    await visit.settled()
    await visit.desk.connected(again, visit.browser)
    assert again.state["notice"] == ""


async def test_a_page_nobody_knows_is_asked_who_it_is() -> None:
    visit = Visit()
    await visit.desk.connected(visit.page, visit.browser)
    assert visit.page.state == {"playground": "who"}
    await visit.desk.hello(visit.browser, Hello(visit.page.id, tab="tab-0001"), visit.page)
    assert visit.page.state["endpoint"] == "test"
    await visit.desk.close()


async def test_what_has_been_kept_long_enough_is_forgotten(visit: Visit) -> None:
    await visit.ask("hello", "hi")
    visit.desk.sweep(frozenset())
    assert visit.desk.strips.looked_at() == {"test"}
    visit.desk.settings = Settings(keep_hours=1e-9)
    visit.desk.sweep(frozenset())
    assert visit.desk.strips.looked_at() == frozenset()


async def test_a_button_of_a_message_that_is_gone_draws_what_there_is(visit: Visit) -> None:
    await visit.ask("hello", "hi")
    await visit.act("regenerate", new_id())
    assert "no longer known" in visit.page.state["notice"]
    await visit.act("continue", new_id())
    await visit.act("show", new_id())
    assert len(visit.script.requests) == 1


async def test_nothing_that_is_told_to_a_page_holds_a_key() -> None:
    key = "sk-a-real-looking-key-123"
    visit = Visit(Endpoint("test", "http://127.0.0.1:1/v1", Secret(key), "m"))
    await visit.open()
    await visit.ask("hello", "hi")
    assert key not in str(visit.page.events)
    assert visit.script.requests[0].endpoint.key == Secret(key)
    await visit.desk.close()


@pytest.mark.parametrize(
    ("lock", "name", "taken"), [(False, "test", "test"), (False, "other", None), (True, "test", None)]
)
async def test_a_choice_that_the_browser_kept_counts_for_an_endpoint_that_can_be_chosen(
    lock: bool, name: str, taken: str | None
) -> None:
    visit = Visit(lock=lock)
    await visit.desk.hello(visit.browser, Hello(visit.page.id, tab="tab-0001", choice=(name, "m2")), None)
    tab = visit.desk.registry.tab(visit.page.id, visit.browser)
    assert tab is not None and tab.endpoint == taken and tab.model == ("m2" if taken else None)
    await visit.desk.close()
