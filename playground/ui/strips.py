"""Tells each page what its strip shows, and again where that has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from playground.adapters.endpoints import EndpointBook
from playground.adapters.settings import Settings
from playground.core.conversation import Conversation
from playground.ui import header
from playground.ui.runs import Wait
from playground.ui.screens import Screens


class Strips:
    """`wait` is what the answer under way waits for; None where none is under way."""

    def __init__(
        self, settings: Settings, book: EndpointBook, screens: Screens, wait: Callable[[Conversation], Wait | None]
    ) -> None:
        self._settings = settings
        self._book = book
        self._screens = screens
        self._wait = wait

    async def tell(self, conversation: Conversation, notice: str = "", draft: str = "") -> None:
        """Tells the page that shows this conversation, if one does."""
        screen = self._screens.of(conversation)
        if screen is None:
            return
        await screen.tell(
            header.state(
                self._book.status(screen.endpoint),
                self._wait(conversation),
                asyncio.get_running_loop().time(),
                model=screen.tab.model if screen.tab else None,
                locked=self._settings.lock,
                changed=len(screen.tab.raw) if screen.tab else 0,
                busy=conversation.running is not None,
                empty=conversation.last is None and not screen.behind,
                limit=self._settings.max_message_chars,
                notice=notice,
                draft=draft,
                wall=time.time(),
            )
        )

    async def endpoint_changed(self, name: str, news: str) -> None:
        """What is known of an endpoint is another; `news` is what its visitors are told, "" for nothing."""
        for screen in self._screens.connected:
            if self._book.known(screen.endpoint) == name:
                await self.tell(screen.conversation, notice=news)

    def looked_at(self) -> frozenset[str]:
        """The endpoints that somebody has on a page."""
        names = (self._book.known(screen.endpoint) for screen in self._screens.connected)
        return frozenset(name for name in names if name is not None)
