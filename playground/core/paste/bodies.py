"""The body of a request, as it goes over the wire → model, prompt, system prompt, parameters."""

from __future__ import annotations

import json
from typing import Any

from playground.core.paste.found import Found
from playground.core.paste.keys import placeholder, repeatable
from playground.core.paste.literals import read_literal
from playground.core.paste.names import meaning
from playground.core.paste.values import NotJSON, Unknown, as_json, text_of

_MOST_PARAMETERS = 100
# What the app says itself, and what belongs to a client and not to the wire.
_OURS = frozenset(("stream", "stream_options"))
_CLIENTS = frozenset(
    (
        "extra_headers", "extra_query", "extra_body", "timeout", "max_retries", "api_version",
    )
)  # fmt: skip
_ASKS = frozenset(("messages", "prompt", "input", "inputs"))


def parsed(text: str) -> Any:
    """The value of a JSON text, also of one that is not quite JSON. `Unknown` where it is none."""
    for tried in (text, text.replace('\\"', '"')):
        try:
            return json.loads(tried, strict=False)
        except (ValueError, RecursionError):
            continue
    text = text.strip()
    return read_literal(text) if text.startswith(("{", "[")) else Unknown()


def is_body(value: Any) -> bool:
    return isinstance(value, dict) and bool(_ASKS & value.keys())


def take_body(found: Found, body: dict[str, Any] | list[Any]) -> None:
    """Fills what a body says: its fields, or a list of messages alone. Some of their values may be `Unknown`."""
    body = {"messages": body} if isinstance(body, list) else dict(body)
    found.take_model(body.pop("model", None))
    _take_question(found, body)
    found.take_headers(body.pop("extra_headers", None))
    more = body.pop("extra_body", None)
    if isinstance(more, Unknown):
        found.note("extra_body is not in what was pasted.")
    for name, value in (*body.items(), *(more.items() if isinstance(more, dict) else ())):
        _take_parameter(found, name, value)


def take_parameter(found: Found, name: str, value: Any) -> None:
    """One setting of a request by its wire name."""
    _take_parameter(found, name, value)


def _take_question(found: Found, body: dict[str, Any]) -> None:
    if "messages" in body:
        found.mode = "chat"
        _take_messages(found, body.pop("messages"))
    elif "prompt" in body:
        found.mode = "completion"
        _take_prompt(found, body.pop("prompt"))
    elif "input" in body:
        asked = body.pop("input")
        if found.route == "embeddings":
            found.note("This is a request for embeddings: there is nothing to chat about. Its input was left out.")
            return
        found.note("This is a request to the Responses route; here it is asked as a chat.")
        found.mode = "chat"
        _take_system(found, body.pop("instructions", None))
        if "max_output_tokens" in body:
            body["max_tokens"] = body.pop("max_output_tokens")
        if isinstance(asked, list):
            _take_messages(found, asked)
        else:
            _take_prompt(found, asked)
    elif "inputs" in body:
        body.pop("inputs")
        body.pop("parameters", None)
        found.note("`inputs` belongs to another protocol than OpenAI's and was left out.")


def _take_prompt(found: Found, value: Any) -> None:
    if isinstance(value, list):
        if len(value) > 1:
            found.note(f"Of {len(value)} prompts the first was taken.")
        value = value[0] if value else None
    if isinstance(value, str) and placeholder(value) is None:
        found.prompt = text_of(value)
    elif value is not None:
        found.note("The prompt is not written out in what was pasted.")


def _take_messages(found: Found, messages: Any) -> None:
    if not isinstance(messages, list):
        found.note("The messages are not written out in what was pasted.")
        return
    turns = [message for message in messages if isinstance(message, dict)]
    last = next((turn for turn in reversed(turns) if turn.get("role", "user") == "user"), None)
    systems = [turn for turn in turns if turn.get("role") in ("system", "developer")]
    if last is not None:
        _take_prompt(found, _text(found, last.get("content")))
    if systems:
        texts = [_text(found, turn.get("content")) for turn in systems]
        _take_system(found, "\n\n".join(text for text in texts if isinstance(text, str) and text))
    if left := len(messages) - len(systems) - (last is not None):
        found.note(
            f"{left} other message{'s were' if left > 1 else ' was'} left out: the system prompt and the last question "
            "are taken."
        )


def _take_system(found: Found, text: Any) -> None:
    if isinstance(text, str) and text:
        found.system = text_of(text)


def _text(found: Found, content: Any) -> Any:
    """A message's text: a string, or the text of its parts; the others are counted."""
    if not isinstance(content, list):
        return content
    texts: list[str] = []
    for part in content:
        text = part.get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            texts.append(text)
        else:
            found.images += 1
    if found.images:
        found.note("Pictures and other parts that are no text were left out: attach them to the message.")
    return "\n".join(texts)


def _take_parameter(found: Found, name: str, value: Any) -> None:
    if name in _OURS or name in found.parameters:
        return
    shown = f"`{name}`" if repeatable(name.replace("_", " ")) else "A parameter"
    named = meaning(name)
    if named is not None and named.concept == "key":
        found.note(f"{shown} may be a secret and was left out of the parameters.")
        return
    if name in _CLIENTS or len(found.parameters) >= _MOST_PARAMETERS:
        found.note(f"{shown} was left out.")
        return
    try:
        found.parameters[text_of(name)] = as_json(value)
    except NotJSON:
        found.note(f"{shown} is not written out in what was pasted, or is no JSON value: it was left out.")
