"""The app's own log of requests, and where a log is to be had."""

from __future__ import annotations

from playground.core.endpoint import Endpoint
from playground.core.errors import PlaygroundError
from playground.core.events import Usage
from playground.core.log.own import began, ended
from playground.core.log.sources import CommandLog, FileLog, flexai
from playground.core.reply import Reply
from playground.core.run import Message, Request, Run

ENDPOINT = Endpoint("My server", "http://x/v1", model="m")


def run(**reply: object) -> Run:
    request = Request(ENDPOINT, (Message("user", "the secret question"),), model="org/m")
    return Run(request, Reply("the secret answer", **reply), id="a1b2")  # type: ignore[arg-type]


def test_a_request_that_begins_has_a_line_without_its_text() -> None:
    assert began(run()) == 'run=a1b2 begins endpoint="My server" model=org/m'


def test_one_that_has_ended_has_its_figures() -> None:
    one = run(
        model="served=m",
        finish="stop",
        usage=Usage(12, 34),
        attempts=2,
        sent_at=5.0,
        first_token_at=5.25,
        last_token_at=7.5,
    )
    one.status = "done"
    text, level = ended(one, "req-1")
    assert level == "info"
    assert text == (
        'run=a1b2 done endpoint="My server" model="served=m" finish=stop prompt_tokens=12 completion_tokens=34 '
        "first_token=0.250s last_token=2.500s attempts=2 request_id=req-1"
    )
    assert "secret" not in text


def test_what_is_not_known_is_not_named() -> None:
    one = run(usage=Usage(None, 3))
    one.request = Request(ENDPOINT, ())
    one.status = "stopped"
    assert ended(one) == ('run=a1b2 stopped by=person endpoint="My server" model=unknown completion_tokens=3', "info")


def test_a_failure_is_told_in_our_own_words() -> None:
    one = run()
    one.status, one.error = "failed", PlaygroundError('It "failed".', "Try again.", "what the server said")
    text, level = ended(one)
    assert level == "error"
    assert text.endswith('error="It \\"failed\\"."') and "the server" not in text
    one.status = "running"
    assert ended(one)[1] == "warning"


def test_a_log_has_a_title_that_shows_no_option() -> None:
    assert FileLog("/var/log/vllm.log").title == "vllm.log"
    assert FileLog("C:\\logs\\x.log").title == "x.log"
    assert CommandLog(("/usr/bin/docker", "logs", "-f", "n")).title == "docker logs"
    assert CommandLog(("kubectl", "--token=x", "logs")).title == "kubectl"
    assert CommandLog(("journalctl",)).title == "journalctl"
    assert flexai("n").argv == ("flexai", "inference", "logs", "n")
    assert flexai("n").sets == (("DEBUG", "1"),)


def test_what_a_server_calls_itself_fills_no_log() -> None:
    text, _ = ended(run(model="m" * 100_000, finish="f" * 100_000))
    assert len(text) < 1_000
