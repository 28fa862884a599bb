"""Which request a turn becomes: to which endpoint, with which messages, and how a cut-off answer is taken up again."""

from __future__ import annotations

import dataclasses
import logging
import time

from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.core.checks import known_mode, no_chat
from playground.core.continuing import how_to_continue
from playground.core.conversation import Conversation, Turn
from playground.core.endpoint import Endpoint
from playground.core.errors import PlaygroundError
from playground.core.events import Adapted
from playground.core.locked import unnamed
from playground.core.params import NOTHING_SET, Params
from playground.core.redact import redact
from playground.core.run import ContinueBy, Message, Request

# Seconds for which an endpoint is taken to be as it was found.
LATELY = 60.0
logger = logging.getLogger("playground")


class Asking:
    """Makes requests from turns. Sends nothing."""

    def __init__(self, settings: Settings, book: EndpointBook) -> None:
        self._settings = settings
        self._book = book

    def request(
        self,
        conversation: Conversation,
        turn: Turn,
        endpoint_name: str | None,
        chosen: Params = NOTHING_SET,
        model: str | None = None,
    ) -> Request:
        """What asks a turn's question. `endpoint_name` None: the first endpoint's. `chosen` and `model`: what the
        visitor set, over what the endpoint has."""
        endpoint = self._book.endpoint(self._book.known(endpoint_name) or "")
        params = chosen.over(self.params_of(endpoint))
        details = self._book.details(endpoint.name)
        model = model or endpoint.model
        return Request(
            endpoint=endpoint,
            messages=conversation.messages(turn, params.system_prompt),
            model=model,
            params=params,
            mode=known_mode(details, model),
            prompt=turn.said,
            server=details.server if details else None,
        )

    def params_of(self, endpoint: Endpoint) -> Params:
        """What is sent to an endpoint where the visitor sets nothing: its own table, over the settings."""
        settings = Params(system_prompt=self._settings.system_prompt, max_tokens=self._settings.max_tokens)
        return endpoint.params.over(settings)

    def can_continue(self, turn: Turn) -> bool:
        """Whether an answer was cut off and its server knows a way to take it up again."""
        run = turn.run
        if run is None or not run.reply.text or run.status == "running":
            return False
        if run.status == "done" and run.reply.finish != "length":
            return False
        if self._book.known(run.request.endpoint.name) != run.request.endpoint.name:
            # One that was forgotten, with its key.
            return False
        return run.reply.mode == "completion" or self._continue_by(run.request.endpoint) is not None

    def continuation(self, conversation: Conversation, turn: Turn) -> Request | None:
        """What asks for the rest of a turn's answer, of the server that began it; None where there is no way."""
        if turn.run is None or not self.can_continue(turn):
            return None
        asked = turn.run.request
        if turn.run.reply.mode == "completion":
            # A text is continued like any other: by its end.
            return dataclasses.replace(asked, mode="completion", prompt=turn.said + turn.text)
        return dataclasses.replace(
            asked,
            messages=(*conversation.messages(turn, asked.params.system_prompt), Message("assistant", turn.text)),
            continue_by=self._continue_by(asked.endpoint),
        )

    async def ready(self, request: Request) -> Request:
        """The request as it can go out: an embedded server's address is known only once it is up."""
        endpoint = await self._book.ready(request.endpoint)
        details = self._book.details(request.endpoint.name)
        model = details.model(request.model) if details and request.model else details.first if details else None
        sole = model.capabilities.sole if model else None
        if sole is not None and sole.origin != "guessed":
            raise no_chat(sole.ability, sole.source)
        asleep = self._asleep(request.endpoint.name)
        return dataclasses.replace(request, endpoint=endpoint, model=request.model or endpoint.model, asleep=asleep)

    def _asleep(self, name: str) -> bool:
        """Whether it is at zero for all that was said just now: what was said long ago may be over."""
        details, looked = self._book.details(name), self._book.looked(name)
        if details is None or looked is None or time.time() - looked[0] > LATELY:
            return False
        return details.state in ("waking", "stopped")

    def words(self, error: PlaygroundError, request: Request) -> PlaygroundError:
        """An error as this app's visitors may read it; where it is locked, the whole of it goes to the app's log."""
        if not self._settings.lock:
            return error
        logger.warning("%s %s", error.what, redact(error.said, request.endpoint.secrets))
        return unnamed(error, request.endpoint.base_url)

    def note(self, note: Adapted) -> Adapted:
        """A note as this app's visitors may read it: where it is locked, without the server's own words."""
        return dataclasses.replace(note, said="") if self._settings.lock else note

    def _continue_by(self, endpoint: Endpoint) -> ContinueBy | None:
        details = self._book.details(endpoint.name)
        return how_to_continue(details.server if details else None)
