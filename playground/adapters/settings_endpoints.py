"""From raw values to endpoints: addresses, keys and the files they lie in, and which key belongs to which address.

A key never goes to another address than the one it was given for: not OPENAI_API_KEY without OPENAI_BASE_URL, and not
a key that stands beside one URL when a source that counts for more gives another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from playground.adapters.settings_headers import checked_headers
from playground.adapters.settings_layers import Layer, unknown_name
from playground.adapters.settings_logs import checked_logs
from playground.adapters.settings_table import Given
from playground.adapters.settings_types import FLEXAI_NAME_TAKES, Count, File, FlexaiName, Text
from playground.core.endpoint import Endpoint, may_sleep, parse_base_url, parse_url
from playground.core.errors import SettingsError
from playground.core.params import BY_NAME, Params
from playground.core.params_reading import parse
from playground.core.secret import Secret
from playground.core.withheld import lines

OPENAI_URL, OPENAI_KEY = "OPENAI_BASE_URL", "OPENAI_API_KEY"
# Bytes; a key file that is longer was given by mistake.
MAX_KEY_FILE = 16384
# What an endpoint's line takes that is no text.
_TAKES = {
    "max_tokens": "a whole number from 1 up",
    "params": "a table of parameters, as docs/parameters.md lists them",
    "headers": 'names with texts, such as { "X-Team" = "ml" }',
    "details": 'a table, such as { device_architecture = "nvidia" }',
    "flexai": FLEXAI_NAME_TAKES,
    "scales_to_zero": "true or false",
}


@dataclass(frozen=True, slots=True)
class Found:
    """An endpoint, and in words where its address and its key were given."""

    endpoint: Endpoint
    where: str
    key_where: str = ""


class _Row(BaseModel):
    """One [[endpoints]] of the settings file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    url: Text
    name: Text | None = None
    api_key: SecretStr | None = None
    api_key_file: File | None = None
    model: Text | None = None
    system_prompt: Text | None = None
    max_tokens: Count | None = None
    params: dict[str, Any] = {}
    headers: dict[str, SecretStr] = {}
    logs: Any = None
    details: dict[str, Any] = {}
    flexai: FlexaiName | None = None
    scales_to_zero: bool | None = None
    metrics: Text | None = None


def find_endpoints(
    given: Given, layers: Sequence[Layer], environ: Mapping[str, str]
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The endpoints, the first being the one to start with, and what has to be said about keys that are not used.

    `layers` come in the order in which they count. Raises `SettingsError`.
    """
    notices: list[str] = []
    found = [*_single(given, layers, notices), *_listed(layers)]
    if not found:
        found = _openai(given, environ)
    notices += _unused_openai(found, environ)
    names = [each.endpoint.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"Two endpoints have the name {name!r}.", "Give each a name of its own.")
    return tuple(found), tuple(notices)


def checked_key(value: str, where: str) -> Secret:
    """A key that can stand in a header. Raises `SettingsError`, which does not show it."""
    key = value.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(
            f"{where} holds no usable key.", "A key is one line of letters, digits and signs, with no space in it."
        )
    return Secret(key)


def key_from_file(file: Path, where: str) -> Secret:
    """The key that a file holds. Raises `SettingsError`, which shows nothing of what the file holds."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_KEY_FILE + 1)
        text = content.decode("ascii") if len(content) <= MAX_KEY_FILE else ""
    except OSError as error:
        raise SettingsError(
            f"{where} is {str(file)!r}, which cannot be read: {error.strerror or 'no reason given'}.",
            "Give a file that holds the key and nothing else.",
        ) from None
    except UnicodeDecodeError:
        text = ""
    return checked_key(text, f"The file {file} ({where})")


def _single(given: Given, layers: Sequence[Layer], notices: list[str]) -> list[Found]:
    """The endpoint of --endpoint-url, PLAYGROUND_ENDPOINT_URL or endpoint_url."""
    at, key, key_where = _key(given, layers)
    url_at = next((n for n, layer in enumerate(layers) if "endpoint_url" in layer.values), None)
    if url_at is None or given.endpoint_url is None:
        if key is not None:
            notices.append(f"{key_where} is not used: it goes with an endpoint's URL, and none is set beside it.")
        return []
    where = layers[url_at].where["endpoint_url"]
    base_url = _base_url(given.endpoint_url, where)
    if at is not None and at != url_at:
        beside = layers[at].values.get("endpoint_url")
        if isinstance(beside, str) and at > url_at and _base_url(beside, key_where) != base_url:
            notices.append(f"{key_where} is not used: it was given for another address than {where}.")
            key, key_where = None, ""
    endpoint = Endpoint(given.name or _host(base_url), base_url, key, given.model, sleeps=may_sleep(base_url))
    return [Found(endpoint, where, key_where)]


def _key(given: Given, layers: Sequence[Layer]) -> tuple[int | None, Secret | None, str]:
    """The key of the first layer that has one: that layer's number, the key, and where it was given."""
    for at, layer in enumerate(layers):
        typed, file = ("api_key" in layer.values), ("api_key_file" in layer.values)
        if typed and file:
            raise SettingsError(
                f"{layer.where['api_key']} and {layer.where['api_key_file']} are both given.", "Give one of them."
            )
        if typed and given.api_key is not None:
            where = layer.where["api_key"]
            return at, checked_key(given.api_key.get_secret_value(), where), where
        if file and given.api_key_file is not None:
            where = layer.where["api_key_file"]
            return at, key_from_file(given.api_key_file, where), where
    return None, None, ""


def _listed(layers: Sequence[Layer]) -> list[Found]:
    return [
        _of_row(row, f"[[endpoints]] {number} in {layer.file}", layer.file)
        for layer in layers
        for number, row in enumerate(layer.endpoints, start=1)
    ]


def _of_row(raw: Mapping[str, Any], where: str, file: Path | None) -> Found:
    for name in raw:
        if name not in _Row.model_fields:
            raise unknown_name(name, _Row.model_fields, where)
    try:
        row = _Row.model_validate(dict(raw))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = str(problem["loc"][0])
        if problem["type"] == "missing":
            raise SettingsError(f"{name} is missing from {where}.", "Give the endpoint's address.") from None
        takes = _TAKES.get(name, "text")
        raise SettingsError(f"{name} of {where} cannot be used.", f"It takes {takes}.") from None
    if row.api_key is not None and row.api_key_file is not None:
        raise SettingsError(f"{where} has both api_key and api_key_file.", "Give one of them.")
    key, key_where = None, ""
    if row.api_key is not None:
        key_where = f"api_key of {where}"
        key = checked_key(row.api_key.get_secret_value(), key_where)
    elif row.api_key_file is not None:
        key_where = f"api_key_file of {where}"
        key = key_from_file(row.api_key_file, key_where)
    base_url = _base_url(row.url, f"url of {where}")
    endpoint = Endpoint(
        name=row.name or _host(base_url),
        base_url=base_url,
        key=key,
        model=row.model,
        params=_params(row, where),
        headers=checked_headers(row.headers, f"headers of {where}", key),
        logs=() if row.logs is None else checked_logs(row.logs, f"logs of {where}", file.parent if file else None),
        stated=tuple(lines(row.details)),
        flexai=row.flexai,
        sleeps=may_sleep(base_url) if row.scales_to_zero is None else row.scales_to_zero,
        metrics=_metrics(row, f"metrics of {where}"),
    )
    return Found(endpoint, where, key_where)


def _metrics(row: _Row, where: str) -> str | None:
    """The address of its Prometheus page, as it is: no path is taken off or put on."""
    if row.metrics is None:
        return None
    try:
        return parse_url(row.metrics)._replace(fragment="").geturl()
    except SettingsError as error:
        raise SettingsError(f"{where}: {error.what}", "It looks like http://gpu-host:9090/metrics.") from None


def _params(row: _Row, where: str) -> Params:
    """What is set for every request: the table `params` below the endpoint, and the two that also stand beside it."""
    raw = dict(row.params)
    for name, value in (("system_prompt", row.system_prompt), ("max_tokens", row.max_tokens)):
        if value is not None and name in raw:
            raise SettingsError(f"{name} of {where} is given twice.", "Give it beside the url, or in its params.")
        if value is not None:
            raw[name] = value
    read = parse(raw)
    for name, wrong in read.errors.items():
        if name not in BY_NAME:
            raise unknown_name(name, BY_NAME, f"the params of {where}")
        raise SettingsError(f"{name} in the params of {where} cannot be used.", wrong)
    return read.params


def _openai(given: Given, environ: Mapping[str, str]) -> list[Found]:
    """The pair that other tools use, where this app's own settings name no endpoint."""
    url, key = environ.get(OPENAI_URL, "").strip(), environ.get(OPENAI_KEY, "").strip()
    if not url or not key:
        return []
    base_url = _base_url(url, OPENAI_URL)
    endpoint = Endpoint(given.name or _host(base_url), base_url, checked_key(key, OPENAI_KEY), given.model)
    return [Found(endpoint, OPENAI_URL, OPENAI_KEY)]


def _unused_openai(found: Sequence[Found], environ: Mapping[str, str]) -> list[str]:
    url, key = environ.get(OPENAI_URL, "").strip(), environ.get(OPENAI_KEY, "").strip()
    if any(each.where == OPENAI_URL for each in found):
        return []
    if key and not url:
        return [f"{OPENAI_KEY} is not used: without {OPENAI_URL} it is not known which address it is for."]
    if url and not key and not found:
        return [
            f"{OPENAI_URL} is not used without {OPENAI_KEY}. For an endpoint without a key: PLAYGROUND_ENDPOINT_URL."
        ]
    return []


def _base_url(pasted: str, where: str) -> str:
    try:
        return parse_base_url(pasted)
    except SettingsError as error:
        raise SettingsError(f"{where}: {error.what}", error.hint) from None


def _host(base_url: str) -> str:
    return urlsplit(base_url).netloc
