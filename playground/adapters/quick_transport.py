"""The transport for short questions: httpx's own, with our own sockets below it (`streams`).

So a short question is asked at the addresses that an answer may come from, and at no others. Not here: which proxy,
which authorities (`http`).
"""

from __future__ import annotations

import ssl

import httpcore
import httpx

from playground.adapters.streams import Network
from playground.core.addresses import Reach


class QuickTransport(httpx.AsyncHTTPTransport):
    """`reach` says where a connection may be made to; None is everywhere."""

    def __init__(self, verify: ssl.SSLContext, reach: Reach | None) -> None:
        super().__init__(verify=verify, trust_env=False)
        # httpx takes no network for its pool, so the pool is replaced. A version that keeps it elsewhere must not
        # connect past `reach`: it fails here.
        if type(self._pool) is not httpcore.AsyncConnectionPool:
            raise TypeError("httpx keeps its connections in another place")
        pool: httpcore.AsyncConnectionPool = httpcore.AsyncConnectionPool(
            ssl_context=verify,
            network_backend=Network(httpcore, reach),  # type: ignore[arg-type]  # has its methods, and not its name
        )
        self._pool = pool
