"""One answer as the panel is told of it, and as a report."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest

from playground.core import report as reports
from playground.core.answer_views import MASKED, answer_view, error_view, events_view, ids, ids_of, sent_body, span
from playground.core.endpoint import Endpoint
from playground.core.errors import BadRequest
from playground.core.events import Adapted, Usage
from playground.core.parameter import Json
from playground.core.params import Params
from playground.core.recording import Attempt, Recording, Waited
from playground.core.reply import Reply, ToolCall
from playground.core.report import SECTIONS, Surroundings, report
from playground.core.run import Message, Request, Run
from playground.core.secret import Secret
from playground.core.wire_events import Answered, Closed, Opened, Received

KEY, TEAM, OTHER = "sk-own-Ab3dEf6hIj9", "team-secret", "another-endpoints-key"
ENDPOINT = Endpoint(
    "e-1", "http://gpu-7.acme.example:8000/v1", Secret(KEY), title="Acme", headers=(("X-Team", Secret(TEAM)),)
)
URL = f"{ENDPOINT.base_url}/chat/completions"
PROMPT, ANSWER = "Marguerite boards the zeppelin", "Zanzibar ```````` lands"
BODY = {
    "model": "acme/Secret-7B",
    "messages": [{"role": "user", "content": PROMPT}],
    "stream": True,
    "temperature": 0.5,
}
AROUND = Surroundings(
    versions={"Inference playground": "1"},
    settings={"lock": False},
    when="on a day",
    lines=(f"INFO Received request prompt: {PROMPT!r}", f"key {OTHER}", "Authorization: Bearer abcdefgh12345678"),
    how="Found by the request's id.",
    secrets=(Secret(OTHER),),
)


def made(*, status: int = 200, data: bytes | None = None, error: BadRequest | None = None) -> Run:
    event = {"id": "chatcmpl-xyz", "model": "acme/Secret-7B", "choices": [{"index": 0, "delta": {"content": ANSWER}}]}
    record = Recording(100.0, 1_000.0)
    record.waits.append(Waited(100.0, 1.0, "The model is loading."))
    sent = (("Authorization", "Bearer ********"), ("X-Request-Id", "id-of-ours"), ("X-Team", "********"))
    record.feed(Opened("POST", URL, sent, json.dumps(BODY).encode()), 101.0)
    record.feed(Answered(status, (("Content-Type", "text/event-stream"), ("X-Request-Id", "id-of-theirs"))), 101.1)
    record.feed(
        Received(data if data is not None else f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode()), 101.2
    )
    for at in (101.2, 101.3):
        record.text(at, 1)
    record.feed(Closed("It was refused." if error else ""), 101.5)
    record.ended_at = 101.6
    reply = Reply(
        text=ANSWER, finish="stop", usage=Usage(3, 2), pieces=2, attempts=1, model="acme/Secret-7B",
        adapted=(Adapted("top_k", "It was left out."),), tool_calls=[ToolCall("1", "fly", '{"to": "Timbuktu"}')],
        sent_at=101.0, first_token_at=101.2, last_token_at=101.3,
    )  # fmt: skip
    request = Request(ENDPOINT, (Message("user", PROMPT),), "acme/Secret-7B", params=Params(temperature=0.5, top_k=3))
    return Run(request, reply, "failed" if error else "done", error, id="r1", record=record)


def test_the_panel_is_told_all_of_it_and_nothing_secret() -> None:
    view = answer_view(made(), 0.0)
    said = json.dumps(view)
    assert KEY not in said and TEAM not in said
    figures = {row["label"]: row["text"] for row in view["figures"]}
    assert figures["Time to first token"] == "0.20 s" and figures["Tokens out"] == "2"
    assert (figures["Model asked for"], figures["Ended"], figures["Server"]) == (
        "acme/Secret-7B", "asked for a tool", "unknown",
    )  # fmt: skip
    assert view["request"]["url"] == URL and json.loads(view["request"]["exact"]) == BODY
    assert json.loads(view["request"]["pretty"]) == BODY
    assert len(view["snippets"]) == 5 and view["variables"] == ["ENDPOINT_API_KEY", "HEADER_X_TEAM"]
    assert {row["name"]: row["fate"] for row in view["fates"]}["temperature"] == "sent"
    assert view["timeline"]["first_token"] == pytest.approx(0.2) and view["timeline"]["bars"]
    assert {"label": "Waited before this request", "text": "1.0 s (in no other figure)"} in view["timeline"]["rows"]
    assert view["ids"] == ["id-of-ours", "id-of-theirs", "chatcmpl-xyz"]
    assert view["span"] == {"from": 1_100.0, "to": 1_101.6}
    [attempt] = view["attempts"]
    assert (attempt["at"], attempt["status"], attempt["said"], attempt["sent_id"]) == (1_101.0, 200, "", "id-of-ours")
    assert view["raw"]["total"] == 2 and view["error"] is None


def test_events_come_in_pages() -> None:
    page = events_view(made(), 1, 5)
    assert (page["total"], page["offset"], page["events"]) == (2, 1, [[pytest.approx(0.2), 12, "data: [DONE]"]])
    assert events_view(Run(made().request, Reply()), 0, 5)["events"] == []


def test_of_an_answer_that_nobody_recorded_is_told_what_is_known() -> None:
    view = answer_view(Run(made().request, Reply()), 0.0)
    assert (view["timeline"], view["span"], view["attempts"], view["snippets"], view["fates"]) == (
        None,
        None,
        [],
        [],
        [],
    )
    assert view["figures"][0]["text"] == "still under way"
    assert {row["text"] for row in view["figures"]} >= {"unknown", "not said", "acme/Secret-7B"}
    assert view["request"]["url"] is None and view["ids"] == []


def test_what_made_room_for_others_is_said_to_be_gone() -> None:
    run = made()
    assert run.record is not None
    run.record.drop_reads()
    run.record.drop_bodies()
    view = answer_view(run, 0.0)
    assert view["raw"]["dropped"] and view["raw"]["total"] == 0
    assert view["request"]["dropped"] and view["request"]["pretty"] is None and view["snippets"] == []
    assert "What was sent is kept no longer." in report(run, 0.0, AROUND, blind=False)


def test_an_error_has_its_body_and_our_words() -> None:
    error = BadRequest("It was refused.", "Change it.", "no temperature for Marguerite")
    run = made(status=400, data=b'{"error": "no temperature"}', error=error)
    view = answer_view(run, 0.0)
    assert view["attempts"][0]["said"] == '{"error": "no temperature"}'
    assert view["attempts"][0]["why"] == "It was refused."
    assert error_view(run) == {"what": "It was refused.", "hint": "Change it.", "said": "no temperature for Marguerite"}
    whole, blind = (report(run, 0.0, AROUND, blind=blind) for blind in (False, True))
    assert "## Error\n\nIt was refused.\n\nChange it.\n" in whole and '{"error": "no temperature"}' in whole
    assert "Marguerite" not in blind and '{"error": "‹text, 14 characters›"}' in blind


def test_an_error_without_a_servers_words_is_told_by_ours() -> None:
    made_of = report(made(error=BadRequest("It broke.", "Try again.")), 0.0, AROUND, blind=False)
    assert "## Error\n\nIt broke.\n\nTry again.\n\n## Timeline" in made_of


def test_a_request_under_way_spans_until_now() -> None:
    record = Recording(5.0, 100.0)
    assert span(record, 7.0) == {"from": 105.0, "to": 107.0}
    assert ids(None, []) == []


def test_an_answer_is_looked_for_by_ids_that_are_no_word_or_number_of_others() -> None:
    run = made()
    assert ids_of(run) == ["id-of-ours", "id-of-theirs", "chatcmpl-xyz"]
    assert run.record is not None and run.record.last is not None
    run.record.last.answered = Answered(200, (("x-request-id", "7"),))
    assert ids_of(run) == ["id-of-ours", "chatcmpl-xyz"]
    assert ids_of(Run(run.request, Reply())) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{ no json", b"[" * 100_000])
def test_what_is_no_body_is_none(body: bytes) -> None:
    assert sent_body(Attempt(Opened("POST", URL, (), body), 0.0)) is None
    assert sent_body(None) is None


def test_of_a_body_that_is_no_json_is_shown_what_it_was() -> None:
    run = made()
    assert run.record is not None and run.record.last is not None
    run.record.last.opened = dataclasses.replace(run.record.last.opened, body=b"{ no json")
    view = answer_view(run, 0.0)
    assert (view["request"]["pretty"], view["request"]["exact"], view["snippets"], view["fates"]) == (
        "{ no json", "{ no json", [], [],
    )  # fmt: skip
    assert "{ no json" in report(run, 0.0, AROUND, blind=False)
    assert "no json" not in report(run, 0.0, AROUND, blind=True)


def test_what_was_masked_in_the_request_is_said() -> None:
    run = made()
    assert not answer_view(run, 0.0)["request"]["masked"]
    assert run.record is not None and run.record.last is not None
    run.record.last.opened = dataclasses.replace(run.record.last.opened, masked=True)
    assert answer_view(run, 0.0)["request"]["masked"]
    for blind in (False, True):
        assert MASKED in report(run, 0.0, AROUND, blind=blind)


def test_a_report_is_read_without_this_app_and_holds_no_key() -> None:
    made_of = report(made(), 0.0, AROUND, blind=False)
    for heading, _ in SECTIONS:
        assert (f"\n## {heading}\n" in made_of) is (heading != "Error"), heading
    for secret in (KEY, TEAM, OTHER, "abcdefgh12345678"):
        assert secret not in made_of
    assert PROMPT in made_of and "Zanzibar" in made_of and "The model is loading." in made_of
    assert '"Authorization: Bearer $ENDPOINT_API_KEY"' in made_of
    # Ticks in what came do not end a block.
    assert "\n`````````text\n" in made_of


def test_without_names_and_text_a_report_has_neither_anywhere() -> None:
    made_of = report(made(), 0.0, dataclasses.replace(AROUND, names=(("model", "Acme-LoRA"),)), blind=True)
    for said in ("Marguerite", "zeppelin", "Zanzibar", "Timbuktu", "acme", "gpu-7", "Secret-7B", KEY, TEAM, OTHER):
        assert said.casefold() not in made_of.casefold(), said
    assert "temperature" in made_of and "‹text, 30 characters›" in made_of
    assert "POST ‹address 1, 33 characters›/chat/completions" in made_of
    assert "INFO Received request prompt: '‹text," in made_of


def test_a_report_of_nothing_sent_says_so() -> None:
    made_of = report(Run(made().request, Reply(), "stopped"), 0.0, Surroundings({}, {}, "now"), blind=False)
    assert "Nothing was sent." in made_of and "No log was looked at." in made_of
    assert "## Timeline" not in made_of and "0 events, 0 bytes." in made_of


def test_a_report_is_cut_in_the_middle_and_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_EVENTS", 400)
    monkeypatch.setattr(reports, "MOST_LINES", 2)
    run = made(data=b"".join(b"data: %03d\n\n" % number for number in range(100)))
    assert run.record is not None
    run.record.attempts[0].left_out = 5
    made_of = report(run, 0.0, dataclasses.replace(AROUND, lines=("a", "b", "c")), blind=False)
    assert "data: 000" in made_of and "data: 099" in made_of and "data: 050" not in made_of
    assert "… 1 left out …" in made_of and "; 5 bytes are not kept." in made_of


def test_a_long_value_is_cut_and_a_gap_that_stands_out_told() -> None:
    run = made()
    run.request = dataclasses.replace(run.request, params=Params(stop=("s" * 200,)))
    assert run.record is not None
    for at in (101.32, 101.34, 101.36, 102.5):
        run.record.text(at, 1)
    made_of = report(run, 0.0, AROUND, blind=False)
    assert "s…" in made_of and "1.1 s at 1.5 s" in made_of


def section(made_of: str, title: str) -> str:
    return made_of.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_a_report_has_the_answer_whole_though_its_events_are_cut_or_gone() -> None:
    run = made()
    assert run.record is not None
    run.reply.text = " ".join(f"word{number}" for number in range(30_000))
    run.reply.reasoning = "first I think"
    run.reply.others[1] = Reply(text="another choice")
    run.record.drop_reads()
    whole = section(report(run, 0.0, AROUND, blind=False), "Answer")
    for said in (run.reply.text, "first I think", "fly", '{"to": "Timbuktu"}', "another choice"):
        assert said in whole
    blind = section(report(run, 0.0, AROUND, blind=True), "Answer")
    assert f"‹text, {len(run.reply.text):,} characters›" in blind and "‹text, 13 characters›" in blind
    assert "word1" not in blind and "Timbuktu" not in blind
    run.reply = Reply()
    assert "Nothing came." in section(report(run, 0.0, AROUND, blind=False), "Answer")


def test_without_names_the_fields_of_ones_own_are_none_either() -> None:
    run = made()
    extra = {"acme_customer_id": 77, "user": "kim", "metadata": {"acme_case": 1}}
    run.request = dataclasses.replace(run.request, params=Params(extra=Json.of(extra)))
    assert run.record is not None and run.record.last is not None
    run.record.last.opened = dataclasses.replace(run.record.last.opened, body=json.dumps(BODY | extra).encode())
    run.error = BadRequest(
        "The endpoint does not take “acme_customer_id”.", "Leave it out.", fields=("acme_customer_id",)
    )
    assert "acme_customer_id: Refused 77" in report(run, 0.0, AROUND, blind=False).replace("`", "")
    blind = report(run, 0.0, AROUND, blind=True)
    for name in ("acme_customer_id", "acme_case", "kim", "metadata"):
        assert name not in blind, name
    assert "- ‹field 1, 16 characters›: Refused 77" in blind.replace("`", "")


def test_lines_that_hold_what_was_asked_in_short_words_lose_it() -> None:
    run = made()
    run.request = dataclasses.replace(run.request, messages=(Message("user", "My PIN is 123, Tom"),))
    around = dataclasses.replace(AROUND, lines=("INFO got prompt: 'My PIN is 123, Tom', n=1",), by="id")
    assert "INFO got prompt: '‹text, 18 characters›', n=1" in report(run, 0.0, around, blind=True)
    told = report(run, 0.0, dataclasses.replace(around, by="time"), blind=True)
    assert "INFO got prompt" not in told and reports.BY_TIME_ONLY in told
    assert reports.CAREFUL in told and reports.CAREFUL not in report(run, 0.0, around, blind=False)


HOSTILE = "x\n\n## Log\n\n<img src=http://evil/a>fake ![a](http://evil) @everyone #1 *b* `c`"


@pytest.mark.parametrize("blind", [False, True])
def test_nothing_foreign_is_more_than_text_wherever_it_stands(blind: bool) -> None:
    run = made(status=400, data=f"{HOSTILE} password:".encode())
    run.error = BadRequest(f"It knows no {HOSTILE}.", HOSTILE, f"{HOSTILE}\npassword:")
    run.reply.model = run.reply.finish = run.reply.text = HOSTILE
    run.request = dataclasses.replace(run.request, params=Params(extra=Json.of({HOSTILE: HOSTILE})))
    assert run.record is not None and run.record.last is not None
    last = run.record.last
    last.opened = dataclasses.replace(last.opened, body=json.dumps(BODY | {HOSTILE: HOSTILE}).encode())
    last.answered = Answered(400, ((HOSTILE, HOSTILE),))
    last.why = HOSTILE
    around = dataclasses.replace(AROUND, versions={"Server": HOSTILE}, lines=(HOSTILE, "key password:"), by="id")
    titles, said = read(report(run, 0.0, around, blind=blind))
    assert titles == [title for title, _ in SECTIONS]
    for mark in ("<", "](", "@", "#1", "*b"):
        assert mark not in said, mark


def read(file: str) -> tuple[list[str], str]:
    """The headings of a Markdown file, and its text without what stands as code."""
    titles, said, fence = [], [], ""
    for line in file.split("\n"):
        ticks = re.match("`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif ticks:
            fence = ticks[0]
        elif line.startswith("## "):
            titles.append(line[3:])
        else:
            said.append(re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", line))
    assert not fence
    return titles, "\n".join(said)


def test_what_somebody_else_sends_is_not_taken_for_the_variable_of_the_key() -> None:
    run = made(status=400, data=b"a \0 b Authorization: Bearer abcdefgh1234")
    made_of = report(run, 0.0, AROUND, blind=False)
    assert "a \0 b Authorization: Bearer ********" in made_of
    assert made_of.count("Bearer $") == 1 and '"Authorization: Bearer $ENDPOINT_API_KEY"' in made_of


def test_the_command_of_a_report_goes_to_a_host_that_looks_like_a_key_and_has_no_other_key() -> None:
    run = made()
    assert run.record is not None and run.record.last is not None
    body = BODY | {"messages": [{"role": "user", "content": 'cookie: a="b" and sk-somebody-elses-key'}], "seed": 12345}
    url = "https://hf-inference-7b.internal/v1/chat/completions"
    run.record.last.opened = dataclasses.replace(run.record.last.opened, url=url, body=json.dumps(body).encode())
    made_of = section(report(run, 0.0, AROUND, blind=False), "Request")
    assert f"curl --no-buffer {url}" in made_of
    assert "sk-somebody" not in made_of and MASKED in made_of
    shown = json.loads(made_of.partition("```json\n")[2].partition("\n```")[0])
    assert shown["seed"] == 12345 and shown["messages"][0]["content"].startswith("cookie: ")


def test_a_key_that_is_a_word_garbles_no_report() -> None:
    run = made()
    endpoint = dataclasses.replace(ENDPOINT, key=Secret("true"))
    run.request = dataclasses.replace(run.request, endpoint=endpoint)
    assert '"stream": true' in report(run, 0.0, dataclasses.replace(AROUND, secrets=(Secret("test"),)), blind=False)
