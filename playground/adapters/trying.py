"""Tries out what a model can do, by the table of trials: one small request after the other, none beside another.

Not here: what is asked and how an answer is judged (`core.trials`).
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator

import httpx

from playground.adapters.exchange import ERRORS, Exchange, exchange
from playground.adapters.http import quick_client
from playground.adapters.streamed import streamed
from playground.adapters.troubles import trouble
from playground.core.checks import ROUTES, Checked
from playground.core.judging import Came
from playground.core.parameter import Mode
from playground.core.redact import redact
from playground.core.refusals import refusal
from playground.core.trials import TRIALS, Trial, Tried, body, claim_of

# Seconds for one trial: a cold model answers slowly.
SECONDS = 60.0
# Characters of an answer that are kept for showing.
SHOWN = 4000


async def try_out(checked: Checked, seconds: float = SECONDS) -> AsyncGenerator[Tried, None]:
    """Each trial as it ends; nothing where no model has answered. Never raises for what an endpoint does."""
    if checked.mode is None or checked.model is None:
        return
    async with quick_client(checked.endpoint.base_url, seconds, checked.endpoint) as client:
        for trial in TRIALS:
            # A model that chats may complete a text as well.
            mode: Mode = checked.mode if checked.mode in trial.modes else trial.modes[0]
            if mode == "chat" and checked.mode == "completion":
                continue
            yield await _try(client, checked, trial, mode, seconds)


async def _try(client: httpx.AsyncClient, checked: Checked, trial: Trial, mode: Mode, seconds: float) -> Tried:
    endpoint = checked.endpoint
    assert checked.model is not None, "a model has answered"
    url, sent = endpoint.base_url + ROUTES[mode], body(trial, mode, checked.model)
    got: Exchange | None = None
    if trial.stream:
        answer = await streamed(client, url, endpoint, sent, seconds=seconds)
        got, came = answer.exchange, Came(None, answer.reply, answer.error)
    else:
        try:
            async with asyncio.timeout(seconds):
                got = await exchange(client, url, endpoint, sent, body_seconds=seconds)
            came = Came(got.json, None, None if got.ok else refusal(got.answer))
        except (TimeoutError, *ERRORS) as broke:
            came = Came(None, None, trouble(broke, url))
    verdict, text = trial.judge(came)
    secrets = endpoint.secrets
    return Tried(
        name=trial.name,
        kind=trial.kind,
        verdict=verdict,
        text=redact(text, secrets),
        seconds=got.seconds if got else None,
        status=got.answer.status if got else None,
        sent=sent,
        came=redact(got.answer.body.decode("utf-8", "replace"), secrets)[:SHOWN] if got else "",
        claim=claim_of(trial, verdict),
    )


def with_tried(checked: Checked, tried: list[Tried]) -> Checked:
    """What was found, with what the trials have proved of its model."""
    claims = [each.claim for each in tried if each.claim is not None]
    models = tuple(
        dataclasses.replace(each, capabilities=each.capabilities.also(claims)) if each.id == checked.model else each
        for each in checked.details.models
    )
    return dataclasses.replace(checked, details=dataclasses.replace(checked.details, models=models))
