"""Variables and calls of a piece of code → what they say of an endpoint and a request, whatever the language.

By the names of arguments, not of functions: clients differ, `base_url`, `messages` and `headers` are called so by all.
"""

from __future__ import annotations

import re
from typing import Any

from playground.core.paste.addresses import read_address
from playground.core.paste.bodies import is_body, parsed, take_body, take_parameter
from playground.core.paste.found import Found
from playground.core.paste.names import PARAMETERS, Meaning, meaning
from playground.core.paste.values import Call, Script, Unknown

_BODIES = ("json", "body", "data", "content", "payload")
_WEB = re.compile(r"(?:https?://|\$\{)\S+")
_REQUESTS = re.compile(
    r"(?:.*\.)?(?:post|get|request|fetch|axios|Request|stream|curl)|Invoke-\w+|irm|iwr", re.IGNORECASE
)
_SHORT = frozenset(
    (
        "url", "uri", "host", "base", "address", "server", "port", "key", "token", "model", "system", "prompt",
        "headers",
    )
)  # fmt: skip
_SETTINGS = ("address", "key", "headers")
_LONGEST_NAME = 200
_MOST_CALLS = 500


def take_script(found: Found, script: Script) -> None:
    """Calls first, since they say what a variable is for; then what the variables' own names say."""
    bodies: list[Any] = []
    for call in script.calls[:_MOST_CALLS]:
        _take_call(found, call)
        body = _body(call)
        # The same one is met again where it is passed on: fetch(url, {body: JSON.stringify(body)}).
        if body is not None and not any(body is known or body == known for known in bodies):
            bodies.append(body)
    if not bodies:
        bodies = [value for value in script.variables.values() if is_body(value)]
    if bodies:
        take_body(found, bodies[0])
    if len(bodies) > 1:
        found.note(f"Of {len(bodies)} requests the first was taken.")
    _take_variables(found, script.variables)


def _take_call(found: Found, call: Call) -> None:
    named = _arguments(call)
    # What a call that sends the body is given is the body, but for its address and headers.
    said = {} if is_body(call.named) else {name: what for name in named if (what := _setting(name)) is not None}
    addresses = [named[name] for name, what in said.items() if what.concept == "address"]
    if _REQUESTS.fullmatch(call.name):
        addresses += [arg for arg in call.args if isinstance(arg, str) and _WEB.match(arg)]
        addresses += [named[name] for name in ("url", "uri") if name in named]
    if not _same_endpoint(found, addresses):
        found.note("What is said of a second endpoint was left out.")
        return
    for address in addresses:
        found.take_address(address)
    if _REQUESTS.fullmatch(call.name):
        found.take_headers(named.get("headers"))
    if named.get("verify") is False or "skipcertificatecheck" in named:
        found.note(INSECURE)
    for name, what in said.items():
        _take(found, what, named[name])
    if said and (model := named.get("model", named.get("model_name"))) is not None:
        # Clients that are given the request's settings once: ChatOpenAI(model=…, temperature=…).
        found.take_model(model)
        for name in PARAMETERS & named.keys():
            take_parameter(found, name, named[name])


def _setting(name: str) -> Meaning | None:
    """What an argument of a client says. Short names are arguments of anything."""
    what = meaning(name)
    return what if what is not None and what.concept in _SETTINGS and name.lower() not in _SHORT else None


def _same_endpoint(found: Found, addresses: list[Any]) -> bool:
    """Whether what comes with these addresses belongs to the one that was found: a key goes nowhere else."""
    known = [read_address(address).base_url for address in addresses if isinstance(address, str)]
    return found.base_url is None or not known or found.base_url in known


def _arguments(call: Call) -> dict[str, Any]:
    """What a call is given by name: in Python by keywords, in JavaScript by an object."""
    named = dict(call.named)
    for arg in call.args:
        if isinstance(arg, dict) and not is_body(arg):
            named |= arg
    return named


def _body(call: Call) -> Any:
    """The request's body that a call sends, or None."""
    if is_body(call.named):
        return call.named
    named = _arguments(call)
    for name in _BODIES:
        value = named.get(name)
        if isinstance(value, str):
            value = parsed(value)
        if is_body(value):
            return value
    return next((arg for arg in call.args if is_body(arg)), None)


INSECURE = "Certificates are always checked here: the switch that turns it off was not taken."


def _take(found: Found, said: Meaning, value: Any) -> None:
    takers = {
        "address": found.take_address,
        "key": found.take_key,
        "model": found.take_model,
        "headers": found.take_headers,
    }
    if (take := takers.get(said.concept)) is not None:
        take(value)


def _take_variables(found: Found, variables: dict[str, Any]) -> None:
    if found.key is None and isinstance(value := variables.get("Authorization"), str):
        found.take_header("Authorization", value)
    for name, value in variables.items():
        said = meaning(name) if len(name) < _LONGEST_NAME else None
        if said is not None and said.general and isinstance(value, str | dict):
            _take(found, said, value)
        elif name in PARAMETERS and not isinstance(value, Unknown):
            take_parameter(found, name, value)
