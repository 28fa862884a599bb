"""Two of Chainlit's answers to its page, changed: reaches for the functions behind its routes.

Its settings come with the text of a readme, which makes a button appear; its theme is "light" or "dark", though its
page also knows "system".
"""

from __future__ import annotations

import json
import logging
from typing import Any

from chainlit.auth import get_configuration
from chainlit.logger import logger
from chainlit.server import project_settings


def _of_use(record: logging.LogRecord) -> bool:
    """Chainlit looks for the readme that is not wanted, and would warn at each load of the page that there is none."""
    return not record.getMessage().startswith("Translated markdown file for")


logger.addFilter(_of_use)


async def page_settings() -> dict[str, Any]:
    """What its page is to know, starters included, without a readme."""
    answer = await project_settings(current_user=None, language="en-US", chat_profile=None)
    settings: dict[str, Any] = json.loads(bytes(answer.body))
    return settings | {"markdown": None}


def sign_in_settings() -> dict[str, Any]:
    """Whether to sign in, and which theme to begin with: the system's."""
    answer: dict[str, Any] = get_configuration()  # type: ignore[no-untyped-call]  # Chainlit's is not annotated
    return answer | {"default_theme": "system"}
