"""What is told of an answer to whoever may see it, on a desk of its own; what was chosen for it is put back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from playground.adapters import chat
from playground.core.endpoint import Endpoint
from playground.core.reply import Reply
from playground.core.report import BY_TIME_ONLY, CAREFUL
from playground.core.run import Run
from playground.core.secret import Secret
from playground.core.timeline import timeline
from playground.core.views import first_token_seconds, stats_line
from playground.core.wire_events import Answered, Closed, Opened, Received
from playground.ui.answers import HOW, NO_LINES, NOT_SENT, Answers
from playground.ui.visitors import Tab, new_browser
from tests.fake_endpoint import FakeEndpoint
from tests.ui.test_desk import Page, Visit, until

pytestmark = pytest.mark.asyncio
KEY = "sk-answers-Ab3dEf6hIj9"
OTHER = "another-endpoints-key-1"
BODY = b'{"model":"m","messages":[{"role":"user","content":"hello"}],"stream":true,"temperature":0.5}'
EVENT = b'data: {"id": "chatcmpl-12345", "choices": [{"index": 0, "delta": {"content": "hi"}}]}\n\n'


@dataclass(frozen=True)
class Line:
    """A line of a log."""

    at: float
    text: str


@dataclass(frozen=True)
class Found:
    """What a log found."""

    how: Literal["id", "time"]
    lines: tuple[Line, ...]


class Log:
    """A log that knows some ids."""

    def __init__(self, **known: str) -> None:
        self.known = known
        self.asked: list[tuple[str, str | None, float, float]] = []
        self.near: tuple[Line, ...] = (Line(1.0, "something near"),)

    async def find(self, endpoint_name: str, request_id: str | None, from_: float, to: float) -> Found:
        self.asked.append((endpoint_name, request_id, from_, to))
        if request_id in self.known:
            return Found("id", (Line(2.0, self.known[request_id]),))
        return Found("time", self.near)


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    made = Visit(Endpoint("test", "http://127.0.0.1:1/v1", key=Secret(KEY), model="m"))
    await made.open()
    yield made
    await made.desk.close()


def tab_of(made: Visit, page: Page | None = None) -> Tab:
    tab = made.desk.registry.tab((page or made.page).id, made.browser)
    assert tab is not None
    return tab


def answers_of(made: Visit) -> Answers:
    return Answers(made.desk, made.desk.logs.find)


async def answered(made: Visit, said: str = "hello") -> tuple[str, Run]:
    """An answer, with what went over the wire for it."""
    turn = await made.send(said)
    await until(lambda: hasattr(made.script, "tell"))
    made.script.tell(Opened("POST", "http://127.0.0.1:1/v1/chat/completions", (("x-request-id", "id-of-ours"),), BODY))
    made.script.tell(Answered(200, (("x-request-id", "id-of-theirs"),)))
    made.script.tell(Received(EVENT))
    made.script.tell(Closed())
    made.script.answer("hi")
    await made.settled()
    run = answers_of(made).own(tab_of(made), made.browser, turn, "")
    assert run is not None
    return turn, run


async def test_a_run_knows_when_it_was_by_the_clock_on_the_wall(visit: Visit) -> None:
    import time

    before = time.time()
    _, run = await answered(visit)
    view = await answers_of(visit).view(run, tab_of(visit), own=True)
    assert before - 0.1 <= view["span"]["from"] <= view["span"]["to"] <= time.time() + 0.1
    assert view["here"] and view["own"] and view["again"]
    assert KEY not in json.dumps(view)
    assert {"label": "Arrivals of text", "text": "1, of about 1 token in all"} in view["timeline"]["rows"]


async def test_an_answer_is_its_browsers_and_an_older_chats_is_still_there(visit: Visit) -> None:
    answers = answers_of(visit)
    turn, run = await answered(visit)
    assert answers.own(tab_of(visit), visit.browser, "", run.id) is run
    assert answers.own(tab_of(visit), new_browser(), "", run.id) is None
    assert answers.own(tab_of(visit), visit.browser, "nobodys", "") is None
    assert answers.others(run.id) is run
    assert answers.others("nothing") is None
    await visit.open(Page(), new_chat=True)
    tab = next(visit.desk.registry.tabs_of(visit.browser))
    assert tab.conversation.find(turn) is None
    assert answers.own(tab, visit.browser, turn, "") is run
    stranger = Visit()
    await stranger.open()
    assert answers.own(tab_of(stranger), stranger.browser, turn, "") is None
    await stranger.desk.close()


async def test_an_answer_that_nobody_keeps_is_not_found(visit: Visit) -> None:
    _, run = await answered(visit)
    id = run.id
    del run
    visit.desk.registry.sweep(before=float("inf"), live=frozenset())
    visit.desk.screens.forget(visit.desk.screens.connected[0].conversation)

    def gone() -> bool:
        import gc

        gc.collect()
        return answers_of(visit).others(id) is None

    await until(gone)


async def test_events_come_in_pages_of_a_size_that_is_bounded(visit: Visit) -> None:
    _, run = await answered(visit)
    answers = answers_of(visit)
    assert len((await answers.events(run, -5, 10**9))["events"]) == 1
    assert (await answers.events(run, 1, 0))["events"] == []


async def test_lines_are_found_by_any_id_that_the_answer_has_or_by_their_time(visit: Visit) -> None:
    _, run = await answered(visit)
    for id in ("id-of-ours", "id-of-theirs", "chatcmpl-12345"):
        log = Log(**{id: "its line"})
        said = await Answers(visit.desk, log.find).lines(run)
        assert (said["how"], said["said"], said["find"]) == ("id", HOW["id"], id)
        assert said["lines"] == [{"at": 2.0, "text": "its line"}]
    log = Log()
    said = await Answers(visit.desk, log.find).lines(run)
    assert (said["how"], said["said"], said["find"]) == ("time", HOW["time"], "id-of-ours")
    assert {asked[0] for asked in log.asked} == {"test"} and log.asked[0][2] < log.asked[0][3]
    log.near = ()
    assert (await Answers(visit.desk, log.find).lines(run))["said"] == NO_LINES
    # Nothing is known of one that was not sent.
    nothing = Run(run.request, Reply())
    assert (await answers_of(visit).lines(nothing))["said"] == NOT_SENT


async def test_what_was_set_for_an_answer_is_put_back_and_what_cannot_be_is_said(visit: Visit) -> None:
    tab = tab_of(visit)
    tab.raw, tab.model = {"temperature": "0.5", "seed": "nonsense"}, "other"
    _, run = await answered(visit)
    tab.raw, tab.model = {"top_p": "0.1"}, None
    said = answers_of(visit).again(run, tab)
    assert tab.raw == {"temperature": "0.5", "seed": "nonsense"} and [tab.endpoint, tab.model] == ["test", "other"]
    assert said == ["Seed: this value was wrong then too, and is not sent."]
    # The tab's own from now on: the answer keeps what it had.
    tab.raw["temperature"] = "1"
    assert run.chosen.raw["temperature"] == "0.5"


async def test_an_endpoint_that_is_gone_is_said_and_the_rest_put_back(visit: Visit) -> None:
    tab = tab_of(visit)
    tab.raw = {"temperature": "0.5"}
    _, run = await answered(visit)
    visit.desk.book._endpoints["second"] = visit.desk.book._endpoints.pop("test")
    tab.raw = {}
    [said] = answers_of(visit).again(run, tab)
    assert "not known here any more" in said
    assert tab.raw == {"temperature": "0.5"} and tab.endpoint is None


async def test_where_it_is_locked_the_endpoint_stays(visit: Visit) -> None:
    _, run = await answered(visit)
    visit.desk.settings = visit.desk.settings.model_copy(update={"lock": True})
    tab = tab_of(visit)
    assert answers_of(visit).again(run, tab) == [] and tab.endpoint is None
    visit.desk.book._endpoints["second"] = visit.desk.book._endpoints.pop("test")
    [said] = answers_of(visit).again(run, tab)
    assert "operator" in said


async def test_a_continued_answer_keeps_what_was_chosen_for_it(visit: Visit) -> None:
    tab = tab_of(visit)
    tab.raw = {"mode": "completion"}
    turn = await visit.send("hello")
    visit.script.answer("part", "length")
    await visit.settled()
    before = answers_of(visit).own(tab, visit.browser, turn, "")
    assert before is not None
    before.reply.mode = "completion"
    tab.raw = {}
    await visit.act("continue", turn)
    visit.script.answer(" more")
    await visit.settled()
    after = answers_of(visit).own(tab, visit.browser, turn, "")
    assert after is not None and after is not before
    assert after.chosen.raw == {"mode": "completion"} and after.id != before.id


async def test_each_part_of_a_continued_answer_keeps_its_request_and_can_be_opened(visit: Visit) -> None:
    tab, answers = tab_of(visit), answers_of(visit)
    turn = await visit.send("hello")
    parts = []
    for number, text in enumerate(("one", " two", " three"), 1):
        await until(lambda asked=number: len(visit.script.requests) == asked)  # type: ignore[misc]  # of this round
        visit.script.tell(Opened("POST", "http://127.0.0.1:1/v1/chat/completions", (), BODY))
        visit.script.answer(text, "length")
        await visit.settled()
        run = answers.own(tab, visit.browser, turn, "")
        assert run is not None
        run.reply.mode = "completion"
        parts.append(run)
        if len(parts) < 3:
            await visit.act("continue", turn)
    ids = [part.id for part in parts]
    assert len(set(ids)) == 3
    for number, part in enumerate(parts, 1):
        assert answers.own(tab, visit.browser, "", part.id) is part
        assert answers.own(tab, new_browser(), "", part.id) is None
        view = await answers.view(part, tab, own=True)
        assert (view["run"], view["parts"], view["tries"]) == (part.id, ids, 1)
        said = await answers.report(part, blind=True, with_log=False)
        assert f"Part {number} of 3 of an answer" in said
    assert parts[0].reply.text == "one" and parts[2].reply.text == "one two three"
    _, alone = await answered(visit)
    assert "of an answer that was continued" not in await answers.report(alone, blind=False, with_log=False)


async def test_an_answer_under_way_tells_its_figures_without_its_events(visit: Visit) -> None:
    await visit.send("hello")
    await until(lambda: hasattr(visit.script, "tell"))
    visit.script.tell(Opened("POST", "http://127.0.0.1:1/v1/chat/completions", (), BODY))
    run = next(iter(visit.desk.runs._known.values()))
    said = await answers_of(visit).live(run)
    assert (said["status"], said["tries"], said["answered"]) == ("running", 1, False)
    visit.script.tell(Answered(200, ()))
    visit.script.tell(Received(EVENT))
    said = await answers_of(visit).live(run)
    assert said["answered"] and not {"raw", "request", "snippets", "attempts"} & set(said)
    visit.script.answer("hi")
    await visit.settled()
    assert (await answers_of(visit).live(run))["status"] == "done"


async def test_without_names_no_line_is_given_that_was_found_by_its_time(visit: Visit) -> None:
    _, run = await answered(visit)
    log = Log()
    log.near = (Line(1.0, "prompt: 'Patient Smith' client 10.1.2.3"),)
    answers = Answers(visit.desk, log.find)
    assert "Patient Smith" in await answers.report(run, blind=False, with_log=True)
    blind = await answers.report(run, blind=True, with_log=True)
    assert "Smith" not in blind and "10.1.2.3" not in blind and BY_TIME_ONLY in blind and CAREFUL in blind
    log.known["id-of-ours"] = "INFO its own line"
    assert "INFO its own line" in await answers.report(run, blind=True, with_log=True)


async def test_a_report_holds_no_key_of_any_endpoint_and_the_log_only_where_it_may_be_seen() -> None:
    other = Endpoint("other", "http://127.0.0.1:2/v1", key=Secret(OTHER), model="n")
    own = Endpoint("test", "http://127.0.0.1:1/v1", key=Secret(KEY), model="m")
    made = Visit(own, endpoints=(own, other))
    await made.open()
    _, run = await answered(made, f"Marguerite {KEY}")
    log = Log(**{"id-of-ours": f"INFO Marguerite {KEY} {OTHER} Authorization: Bearer {KEY}"})
    answers = Answers(made.desk, log.find)
    whole = await answers.report(run, blind=False, with_log=True)
    assert "INFO Marguerite ********" in whole and "- Chainlit: " in whole and HOW["id"] in whole
    blind = await answers.report(run, blind=True, with_log=True)
    without = await answers.report(run, blind=False, with_log=False)
    assert "INFO" not in without and "not shown" in without
    for text in (whole, blind, without):
        assert KEY not in text and OTHER not in text
    assert "Marguerite" not in blind and "127.0.0.1" not in blind
    await made.desk.close()


async def test_of_an_answer_without_a_record_there_is_a_report_too(visit: Visit) -> None:
    _, run = await answered(visit)
    run.record = None
    assert "Nothing was sent." in await answers_of(visit).report(run, blind=True, with_log=True)


async def test_frames_are_painted_when_the_page_says_so_and_not_before(visit: Visit) -> None:
    _, run = await answered(visit)
    assert run.record is not None
    assert len(run.record.frames) == len(visit.page.asked_frames) >= 1
    assert all(frame.painted_at is None for frame in run.record.frames)
    for number in (visit.page.asked_frames[-1], 99_999):
        visit.desk.painted(visit.page, visit.browser, number)
        visit.desk.painted(visit.page, visit.browser, number)
    visit.desk.painted(visit.page, new_browser(), visit.page.asked_frames[0])
    last = run.record.frames[-1]
    assert last.painted_at is not None and last.painted_at >= last.sent_at >= last.arrived_at
    line: Any = timeline(run.record, run.reply)
    assert line.behind is not None


async def test_a_page_that_says_nothing_is_not_waited_for_for_ever(visit: Visit) -> None:
    for number in range(40):
        await answered(visit, f"hello {number}")
    [screen] = visit.desk.screens.connected
    assert len(screen._unpainted) <= 64


@pytest.mark.parametrize("models", ["asleep", None])
async def test_what_a_gateway_holds_until_the_model_is_up_is_told_apart(models: str | None) -> None:
    async with FakeEndpoint(models_scenario=models) as fake:
        made = Visit(Endpoint("real", fake.url, model="tiny-chat"))
        made.desk.runs._stream = lambda request, tell: chat.stream(request, tell=tell)
        await made.open()
        await made.desk.book.check("real")
        turn = await made.send("scenario:held_until_up")
        await made.settled()
        run = answers_of(made).own(tab_of(made), made.browser, turn, "")
        assert run is not None and run.status == "done"
        waited = first_token_seconds(run.reply)
        assert waited is not None
        if models is None:
            # It was up, for all that was known: nobody can say why it took so long.
            assert run.reply.woke is None and waited >= 1.2
        else:
            assert run.reply.woke is not None and run.reply.woke >= 1.2 > waited
            assert "of waiting for the model" in stats_line(run)
            view = await answers_of(made).view(run, tab_of(made), own=True)
            assert "Held by a gateway until the model was up" in [row["label"] for row in view["timeline"]["rows"]]
        await made.desk.close()
        await chat.close()
        chat.forget()


async def test_half_of_a_character_as_a_browser_sends_it_goes_out_as_a_mark_for_one() -> None:
    # A page's JSON has it as an escape, whole ones as two of them.
    typed = json.loads('"emit-0-2 half \\ud83d whole \\ud83d\\udc4b"')
    async with FakeEndpoint() as fake:
        made = Visit(Endpoint("real", fake.url, model="tiny-chat"))
        made.desk.runs._stream = lambda request, tell: chat.stream(request, tell=tell)
        await made.open()
        turn = await made.send(typed)
        await made.settled()
        await made.desk.edit(made.page, made.browser, turn, f"{typed} again")
        await made.settled()
        sent = [each.body["messages"][-1]["content"] for each in fake.completions]
        assert sent == ["emit-0-2 half \ufffd whole 👋", "emit-0-2 half \ufffd whole 👋 again"]
        await made.desk.close()
        await chat.close()


async def test_over_a_real_socket_an_answer_has_its_request_its_events_and_its_times() -> None:
    async with FakeEndpoint() as fake:
        made = Visit(Endpoint("real", fake.url, key=Secret(KEY), model="tiny-chat"))
        made.desk.runs._stream = lambda request, tell: chat.stream(request, tell=tell)
        await made.open()
        turn = await made.send("emit-200-20")
        await made.settled()
        answers = answers_of(made)
        run = answers.own(tab_of(made), made.browser, turn, "")
        assert run is not None
        view = await answers.view(run, tab_of(made), own=True)
        assert json.loads(view["request"]["exact"]) == fake.completions[0].body
        assert view["ids"][0] == fake.completions[0].headers["x-request-id"]
        assert run.record is not None
        line: Any = timeline(run.record, run.reply)
        times = [getattr(line, name) for name in ("left", "head", "first_byte", "first_token", "last_token", "end")]
        assert times == sorted(times)
        assert view["raw"]["total"] == 23 and line.pieces == 20
        await made.desk.close()
        await chat.close()
    await asyncio.sleep(0)
