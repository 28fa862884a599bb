"""What a server answers while it is checked and tried out: more scenarios of the scripted endpoint."""

from __future__ import annotations

from typing import Any

from tests.scenarios import PAGE, SCENARIOS, Call, completion, delta, error, scenario

# Redirects


@scenario
async def redirects_to_the_list(call: Call) -> None:
    await call.answer(307, "text/plain", b"", {"Location": "/listed/models"})


@scenario
async def redirects_to_the_api(call: Call) -> None:
    await call.answer(308, "text/plain", b"", {"Location": f"/api{call.asked.path}"})


@scenario
async def redirects_in_a_circle(call: Call) -> None:
    await call.answer(307, "text/plain", b"", {"Location": f"{call.asked.path}?{call.number}"})


# Refusals


@scenario
async def no_chat_template(call: Call) -> None:
    said = (
        "As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template if "
        "the tokenizer does not define one."
    )
    await call.json(400, error(said, "BadRequestError", 400))


@scenario
async def no_embeddings(call: Call) -> None:
    """llama.cpp's way of saying that a route is for another kind of model."""
    await call.json(501, error("This server does not support this. Start it otherwise", "not_supported_error", 501))


@scenario
async def no_database(call: Call) -> None:
    """LiteLLM without a database, asked with a key it does not know."""
    await call.json(400, error("No connected db.", "no_db_connection", "400"))


@scenario
async def refuses_max_tokens(call: Call) -> None:
    if "max_tokens" in call.body:
        said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        await call.json(400, error(said, "invalid_request_error", "unsupported_parameter"))
        return
    await call.start()
    await call.text("fine")
    await call.finish()


@scenario
async def login_page(call: Call) -> None:
    await call.answer(403, "text/html", PAGE)


@scenario
async def wants_https(call: Call) -> None:
    """nginx's answer to plain HTTP at its HTTPS port."""
    page = b"<html><body>400 The plain HTTP request was sent to HTTPS port</body></html>"
    await call.answer(400, "text/html", page)


# What a capable server answers to each trial, and what one that ignores them does


@scenario
async def able(call: Call) -> None:
    """Takes and does everything that it is asked for."""
    body = call.body
    if body.get("stream"):
        await call.start()
        await call.data(delta(call.model, reasoning="Hm."))
        await call.text("42")
        await call.finish()
        return
    fields: dict[str, Any] = {}
    if "tools" in body:
        function = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
        fields["tool_calls"] = [{"id": "1", "type": "function", "function": function}]
    answer = completion(call.model, '{"answer": "yes"}' if "response_format" in body else "Hello", **fields)
    if body.get("logprobs"):
        answer["choices"][0]["logprobs"] = {"content": [{"token": "Hello", "logprob": -0.1, "top_logprobs": []}]}
    await call.json(200, answer)


@scenario
async def ignorant(call: Call) -> None:
    """Takes everything, and does nothing with it; gives no counts."""
    if call.body.get("stream"):
        await call.start()
        await call.text("Hello")
        await call.data(delta(call.model, finish="stop"))
        await call.bytes(b"data: [DONE]\n\n")
        await call.end()
        return
    await call.json(200, completion(call.model, "Hello"))


@scenario
async def strict(call: Call) -> None:
    """Refuses each field that it does not know, as transformers' server does."""
    known = {"model", "messages", "prompt", "max_tokens", "stream", "temperature", "top_p", "stop", "seed"}
    other = set(call.body) - known
    parts = [part for m in call.body.get("messages", []) if isinstance(m["content"], list) for part in m["content"]]
    if other:
        await call.json(422, {"detail": f"Unexpected fields in the request: {sorted(other)}"})
    elif parts:
        await call.json(400, error(f"{call.model} is not a multimodal model", "BadRequestError", 400))
    else:
        await ignorant(call)


# Their names: they are tested where endpoints are checked and tried out, not where they are chatted with.
PROBED = frozenset(name for name, play in SCENARIOS.items() if play.__module__ == __name__)
