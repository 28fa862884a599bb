"""An HTTP answer that is no completion → the error a person is shown. Pure; one table, the first row that fits counts.

Not here: how long a "later" is waited for (`tries`), and where the numbers of a context stand (`context`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from playground.core.context import context_numbers
from playground.core.endpoint import parse_base_url
from playground.core.errors import (
    BadRequest,
    ContextTooLong,
    EndpointError,
    Loading,
    NotAnEndpoint,
    PathNotFound,
    RateLimited,
    ServerFailed,
    SettingsError,
    Stopped,
    TLSFailed,
    Unauthorized,
    UnknownModel,
    Waking,
)
from playground.core.reasons import fields_of, is_page, marks_of, reason_of
from playground.core.waking import Absence, absence


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` by lower-case name; `body` as far as it was read; `now` is the wall clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_key: bool
    model: str
    now: float

    @property
    def reason(self) -> str:
        return reason_of(self.body, self.headers.get("content-type", ""))

    @property
    def page(self) -> bool:
        return is_page(self.body, self.headers.get("content-type", ""))

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether the reason, or a code beside it, holds that."""
        return bool(pattern.search(self.reason) or pattern.search(marks_of(self.body)))


_MODEL = re.compile(
    r"\bmodels?\b[^\n]{0,200}?(does not exist|do not exist|not found|not exist|no such|is not a valid model)|"
    r"\b(unknown|invalid|no such) model|model_not_found|is not a valid model|model .{1,200} is (not available|unknown)",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"maximum context length|context[_ ](length|size|window)|contextwindowexceeded|exceed_context_size|"
    r"too many tokens|(prompt|input) is too long|longer than the model|max_model_len|`inputs` tokens",
    re.IGNORECASE,
)
# llama.cpp refuses a picture with a 500, as if the fault were its own.
_NO_MEDIA = re.compile(r"(image|audio|video) input is not supported|not a multimodal model", re.IGNORECASE)
_NO_CREDIT = re.compile(r"insufficient_quota|insufficient (funds|balance|credit)|exceeded your current quota", re.I)
_WANTS_TLS = re.compile(rb"plain http request was sent to https|http request to an https server", re.IGNORECASE)
# What a 503's plain text or page is searched for: a gateway's few words.
_SEARCHED = 4096


def refusal(answer: Answer) -> EndpointError:
    """The error for an answer with a status that is none of success."""
    for fits, make in _TABLE:
        if fits(answer):
            return make(answer)
    return _failed(answer)


def absent(answer: Answer) -> Absence | None:
    """Whether the model is on its way up, which an overloaded or broken server is not, or was stopped."""
    # A gateway may put its words into a page, which is searched but never shown.
    begun = answer.body[:_SEARCHED].decode("utf-8", "replace")
    return absence(answer.status, begun, later=retry_after(answer) is not None)


def retry_after(answer: Answer) -> float | None:
    """Seconds until the server wants to be asked again: RFC 9110, 10.2.3 (seconds or a date), or in milliseconds."""
    milliseconds = answer.headers.get("retry-after-ms", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    said = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", said):
        return float(said)
    until = _date(said)
    if until is None:
        return None
    # By the server's own clock where it tells it: ours may differ by more than the wait.
    now = _date(answer.headers.get("date", ""))
    return max(0.0, until - (answer.now if now is None else now))


def page_instead(status: int) -> NotAnEndpoint:
    """A web page came, which is never shown."""
    return NotAnEndpoint(
        "A web page came back instead of an answer.",
        "The URL most likely leads to a web site, a login page or a proxy. Check it: an endpoint's base URL often ends "
        "in /v1.",
        status=status,
    )


def _date(said: str) -> float | None:
    """A date of HTTP in epoch seconds; None for anything else."""
    try:
        return parsedate_to_datetime(said).timestamp()
    except (ValueError, OverflowError):
        return None


def _page(answer: Answer) -> EndpointError:
    return page_instead(answer.status)


def _redirect(answer: Answer) -> EndpointError:
    """The place is named without its query, which may hold what is nobody's business."""
    try:
        place = parse_base_url(answer.headers.get("location", "").partition("?")[0])
    except SettingsError:
        place = ""
    there = f" It points to {place[:200]}: if that is the endpoint, give that as its URL." if "://" in place else ""
    return NotAnEndpoint(
        "The endpoint's URL leads somewhere else.",
        f"A redirect is not followed, since the key must not go to another address.{there}",
        status=answer.status,
    )


def _tls(answer: Answer) -> EndpointError:
    return TLSFailed(
        "The endpoint speaks HTTPS only.", "Begin its URL with https:// instead of http://.", status=answer.status
    )


def _unauthorized(answer: Answer) -> EndpointError:
    if not answer.sent_key:
        return Unauthorized(
            "The endpoint wants an API key.",
            "None is set. Set one with PLAYGROUND_API_KEY.",
            answer.reason,
            status=answer.status,
        )
    if answer.status == 403:
        hint = "The key may not do this, or is not known. Check the key and what it is allowed to use."
    else:
        hint = "Check the key: it may be mistyped, expired, or another endpoint's."
    return Unauthorized("The endpoint refuses the API key.", hint, answer.reason, status=answer.status)


def _no_credit(answer: Answer) -> EndpointError:
    return ServerFailed(
        "The endpoint says that the account has no credit left.",
        "Add credit with the provider, or use another key.",
        answer.reason,
        status=answer.status,
    )


def _path(answer: Answer) -> EndpointError:
    return PathNotFound(
        "The endpoint has nothing at this address.",
        "The base URL is probably wrong: most end in /v1. Check it in the settings.",
        answer.reason,
        status=answer.status,
    )


def _model(answer: Answer) -> EndpointError:
    return UnknownModel(
        f"The endpoint has no model named “{answer.model[:200]}”.",
        "Choose one that it lists, or leave the model out of the settings to use its first.",
        answer.reason,
        status=answer.status,
    )


def _context(answer: Answer) -> EndpointError:
    asked, limit = context_numbers(answer.body, answer.reason)
    return ContextTooLong(
        "The conversation is too long for this model.",
        "Start a new chat, or edit an earlier message to make it shorter. The limit set for the answer counts too.",
        answer.reason,
        status=answer.status,
        asked=asked,
        limit=limit,
    )


def _bad(answer: Answer) -> EndpointError:
    hint = (
        "Its reason stands below. If it names a setting, change that one and try again."
        if answer.reason
        else "It gives no reason that can be shown; its own log may have one."
    )
    return BadRequest(
        "The endpoint refused the request.",
        hint + _keyless(answer),
        answer.reason,
        status=answer.status,
        fields=fields_of(answer.body),
    )


def _limited(answer: Answer) -> EndpointError:
    return RateLimited(
        "The endpoint is asked too often.",
        "Wait a little, then try again.",
        answer.reason,
        status=answer.status,
        retry_after=retry_after(answer),
    )


def _loading(answer: Answer) -> EndpointError:
    return Loading(
        "The model is still loading.",
        "It took longer than the playground waits. Try again in a while.",
        answer.reason,
        status=answer.status,
        retry_after=retry_after(answer),
    )


def _waking(answer: Answer) -> EndpointError:
    return waking(answer.reason, status=answer.status, later=retry_after(answer))


def waking(said: str = "", *, status: int | None = None, later: float | None = None) -> Waking:
    """An endpoint that was scaled to zero. `later`: seconds until it wants to be asked again."""
    return Waking(
        "The model has not woken up yet.",
        "It took longer than the playground waits. Your message is kept: try again in a while.",
        said,
        status=status,
        retry_after=later,
    )


def _stopped(answer: Answer) -> EndpointError:
    return Stopped(
        "The endpoint is stopped.",
        "It does not start by itself: whoever runs it has to start it again. Then try again.",
        answer.reason,
        status=answer.status,
    )


def _failed(answer: Answer) -> EndpointError:
    if answer.status < 500:
        what = f"The endpoint answered with status {answer.status}."
        hint = "Check the base URL and the key, then try again."
    elif answer.page:
        what = f"A proxy in front of the endpoint failed (status {answer.status})."
        hint = "The server behind it may be down or starting. Try again in a while, or look into the server's log."
    else:
        what = f"The endpoint failed (status {answer.status})."
        hint = "Try again. If it happens again, look into the server's log: the fault is on its side."
    return ServerFailed(what, hint + _keyless(answer), answer.reason, status=answer.status)


def _keyless(answer: Answer) -> str:
    """Some gateways say neither 401 nor 403 where a key is missing."""
    return "" if answer.sent_key else " No API key is set; if the endpoint wants one, that may be why."


_TABLE: tuple[tuple[Callable[[Answer], bool], Callable[[Answer], EndpointError]], ...] = (
    (lambda a: 300 <= a.status < 400, _redirect),
    (lambda a: a.status == 401, _unauthorized),
    (lambda a: a.status == 400 and bool(_WANTS_TLS.search(a.body[:_SEARCHED])), _tls),
    (lambda a: absent(a) == "stopped", _stopped),
    (lambda a: a.page and a.status < 500 and a.status != 429, _page),
    (lambda a: a.status == 403, _unauthorized),
    (lambda a: a.status == 402 or (a.status in (403, 429) and a.says(_NO_CREDIT)), _no_credit),
    (lambda a: a.status == 429, _limited),
    (lambda a: a.status in (400, 404, 413, 422, 500) and a.says(_CONTEXT), _context),
    (lambda a: a.status in (400, 404, 422) and a.says(_MODEL), _model),
    (lambda a: a.status in (404, 405), _path),
    (lambda a: a.status in (400, 413, 415, 422) or (a.status == 500 and a.says(_NO_MEDIA)), _bad),
    (lambda a: absent(a) == "loading", _loading),
    (lambda a: absent(a) == "waking", _waking),
)
