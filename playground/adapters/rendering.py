"""A conversation as the one text that the server's own chat template makes of it, for the completion route.

llama.cpp gives it at `/apply-template`, beside its API and not below `/v1`.
"""

from __future__ import annotations

import re

import httpx

from playground.adapters.http import bearer, quick_client
from playground.adapters.troubles import trouble
from playground.core.continuing import joined
from playground.core.errors import BadRequest
from playground.core.run import Request

SECONDS = 10.0
_VERSION = re.compile(r"/v\d+\w*$")


async def rendered(request: Request, base_url: str) -> str:
    """The conversation, and the answer as far as it came, which is its last message. Raises `EndpointError`."""
    *lead, begun = request.messages
    sent = {"messages": [{"role": message.role, "content": message.content} for message in lead]}
    authorization = bearer(request.endpoint.key)
    headers = {} if authorization is None else {"authorization": authorization}
    try:
        async with quick_client(base_url, SECONDS, request.endpoint) as client:
            response = await client.post(f"{_VERSION.sub('', base_url)}/apply-template", json=sent, headers=headers)
            prompt = response.json().get("prompt") if response.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise trouble(error, base_url) from error
    except (ValueError, AttributeError):
        prompt = None
    if not isinstance(prompt, str):
        raise BadRequest(
            "This server knows no way to continue an answer.", "Send a message that asks the model to go on instead."
        )
    return joined(prompt, begun.content)
