"""What the panel "Details" of a tab shows: at once what is known; what is new is asked for meanwhile."""

from __future__ import annotations

import time
from typing import Any

from playground.adapters.sources import Sources
from playground.core.sheet_views import view
from playground.ui.desk import Desk
from playground.ui.visitors import Tab

NONE = "No endpoint is connected."


async def told(
    desk: Desk, sources: Sources, tab: Tab, *, opened: bool = False, operator: bool = False
) -> dict[str, Any]:
    """What the panel of a tab shows. Each call has the sources asked again, each no oftener than it should be.

    `opened`: somebody has just opened it, or wants the endpoint to be asked, be it asleep or not. `operator`: whether
    this is one, who sees more of what went wrong.
    """
    name = desk.book.known(tab.endpoint)
    if name is None:
        return {"none": NONE}
    if opened:
        desk.book.resting.use(name)
    await sources.look(name)
    status = desk.book.status(name)
    shown = view(
        sources.sheet(name),
        status,
        desk.book.details(name),
        sources.notes(name, operator=operator),
        model=tab.model or status.model,
        asking=sources.asking(name),
        now=time.time(),
    )
    return shown | {"endpoint": status.name}
