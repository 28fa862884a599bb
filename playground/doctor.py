"""`playground doctor`: checks an endpoint step by step and tries out what it can do, in the terminal.

The steps are those of the connect panel. Imported late: it brings the HTTP client with it. Not here: which words and
codes there are (`core.diagnosis`), and the option's own reading (`cli.py`).
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing

from playground.adapters.checking import check
from playground.adapters.settings import Loaded
from playground.adapters.settings_endpoints import checked_key
from playground.adapters.trying import try_out, with_tried
from playground.core.checks import Checked, Step
from playground.core.diagnosis import EXITS, document, ending
from playground.core.endpoint import Endpoint, parse_base_url
from playground.core.errors import SettingsError
from playground.core.picker import picker
from playground.core.trials import Tried
from playground.core.views import seconds

_WIDTH = 22


def chosen(loaded: Loaded, given: str | None, key_variable: str | None, environ: Mapping[str, str]) -> Endpoint:
    """The endpoint to look at: a configured one by its name or address, another address, or the first configured.

    A key that stands in the settings goes only with its own address. Raises `SettingsError`.
    """
    known = loaded.settings.endpoints
    endpoint = _found(known, given)
    if key_variable is not None:
        value = environ.get(key_variable, "")
        if not value.strip():
            raise SettingsError(f"{key_variable} is not set.", "--key-env names the variable that holds the key.")
        endpoint = dataclasses.replace(endpoint, key=checked_key(value, key_variable))
    return endpoint


def _found(known: Sequence[Endpoint], given: str | None) -> Endpoint:
    if given is None:
        if not known:
            raise SettingsError("No endpoint is set.", "Give one with --endpoint, or in the settings.")
        return known[0]
    for endpoint in known:
        if given == endpoint.name:
            return endpoint
    if not any(sign in given for sign in ".:/") and given != "localhost":
        names = ", ".join(endpoint.name for endpoint in known) or "none is set"
        raise SettingsError(f"There is no endpoint named {given[:80]!r}.", f"The names are: {names}. Or give a URL.")
    base_url = parse_base_url(given)
    same = (endpoint for endpoint in known if endpoint.base_url == base_url)
    return next(same, None) or Endpoint(name=base_url, base_url=base_url)


def run(endpoint: Endpoint, *, as_json: bool, verbose: bool) -> int:
    """Looks at it and says what was found; the exit code."""
    return asyncio.run(_run(endpoint, as_json=as_json, verbose=verbose))


async def _run(endpoint: Endpoint, *, as_json: bool, verbose: bool) -> int:
    steps: list[Step] = []
    tried: list[Tried] = []
    if not as_json:
        _say(f"Endpoint  {endpoint.base_url}  ({'with a key' if endpoint.key else 'without a key'})", "")
    async with aclosing(check(endpoint)) as checking:
        async for step in checking:
            if isinstance(step, Checked):
                checked = step
            elif step.outcome != "running":
                steps.append(step)
                if not as_json:
                    _say(*_step_lines(step))
    if not as_json:
        _say(*_found_lines(checked))
    async with aclosing(try_out(checked)) as trying:
        async for each in trying:
            tried.append(each)
            if not as_json:
                _say(*_tried_lines(each, verbose=verbose))
    checked = with_tried(checked, tried)
    end = ending(checked)
    if as_json:
        found = document(checked, steps, tried, asked=endpoint.base_url, verbose=verbose)
        _say(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _say("", f"Result: {EXITS[end].means} (exit code {EXITS[end].code}).")
    return EXITS[end].code


def _step_lines(step: Step) -> Iterator[str]:
    took = "" if step.seconds is None else f"  {seconds(step.seconds)}"
    where = f" ({', '.join(step.addresses)})" if step.addresses else ""
    yield f"{step.outcome:<8}{step.label:<11}{step.text}{where}{took}"
    if step.hint:
        yield f"{'':<19}→ {step.hint}"
    if step.said:
        yield f"{'':<19}the server says: {' '.join(step.said.split())}"


def _found_lines(checked: Checked) -> Iterator[str]:
    details = checked.details
    if details.state != "running":
        return
    yield ""
    yield f"Server    {details.server or 'unknown'}{f' {details.version}' if details.version else ''}"
    if checked.works:
        yield f"Base URL  {checked.endpoint.base_url}"
    for each in picker(details):
        facts = [
            f"{each['context']:,} tokens" if each["context"] else "context unknown",
            *([f"adapter of {each['parent']}"] if each["parent"] else []),
            *([each["quantization"]] if each["quantization"] else []),
            *([each["only"]] if each["only"] else []),
            *(f"{badge['label'].lower()} ({badge['origin']})" for badge in each["badges"]),
        ]
        yield f"Model     {each['id']}: {', '.join(facts)}"
    if checked.works:
        yield from ("", f"Tried with {checked.model}:")


def _tried_lines(tried: Tried, *, verbose: bool) -> Iterator[str]:
    took = "" if tried.seconds is None else f"  {seconds(tried.seconds)}"
    yield f"{tried.verdict:<9}{tried.name:<{_WIDTH}}{' '.join(tried.text.split())}{took}"
    if verbose:
        yield f"{'':<9}sent: {json.dumps(tried.sent, ensure_ascii=False)}"
        yield f"{'':<9}came: {tried.status or 'no answer'} {' '.join(tried.came.split())}".rstrip()


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
