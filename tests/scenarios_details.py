"""How endpoints answer that are away: scaled to zero, waking, stopped, ill. More scenarios of the scripted endpoint."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

from tests.scenarios import PAGE, SCENARIOS, Call, error, plain_text, scenario


@scenario
async def wakes_with_a_date(call: Call) -> None:
    """Says by a date when to come back, by its own clock, which is not ours."""
    if call.number == 1:
        now = 1_700_000_000
        headers = {"Date": formatdate(now, usegmt=True), "Retry-After": formatdate(now + 1, usegmt=True)}
        await call.answer(502, "text/plain", b"Bad Gateway", headers)
    else:
        await plain_text(call)


@scenario
async def wakes_roughly(call: Call) -> None:
    """From zero to up as gateways really go: no upstream, a page, no answer at all, a time-out, loading, the answer."""
    match call.number:
        case 1:
            await call.answer(503, "text/plain", b"no healthy upstream")
        case 2:
            await call.answer(502, "text/html", PAGE)
        case 3 | 4:
            # Nothing comes, and the connection ends.
            call.reusable = False
        case 5:
            await call.answer(504, "text/plain", b"upstream request timeout")
        case 6:
            await call.json(503, error("Loading model", "unavailable_error", 503))
        case _:
            await plain_text(call)


@scenario
async def wakes_soon(call: Call) -> None:
    if call.number < 4:
        await call.answer(503, "text/plain", b"scaling up from zero", {"Retry-After": "1"})
    else:
        await plain_text(call)


@scenario
async def held_until_up(call: Call) -> None:
    """A gateway that answers nothing until the model is up, and then passes its answer on."""
    await asyncio.sleep(1.2)
    await plain_text(call)


@scenario
async def asleep(call: Call) -> None:
    await call.answer(503, "text/plain", b"no healthy upstream", {"Retry-After": "1"})


@scenario
async def bare_503_twice(call: Call) -> None:
    if call.number < 3:
        await call.answer(503, "text/plain", b"Service Unavailable")
    else:
        await plain_text(call)


@scenario
async def stopped(call: Call) -> None:
    await call.json(404, error("The endpoint is stopped", "not_found", 404))


@scenario
async def engine_dead(call: Call) -> None:
    """vLLM's /health when its engine has ended."""
    await call.answer(503, "text/plain", b"")


@scenario
async def health_loading(call: Call) -> None:
    await call.json(503, error("Loading model", "unavailable_error", 503))


AWAY = frozenset(name for name, play in SCENARIOS.items() if play.__module__ == __name__)
