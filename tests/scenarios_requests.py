"""Scenarios of servers that refuse part of a request: a parameter, a role, a route. Each answers once it is right.

What is right is told by the body that came, so that a client which does not change it is refused again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.scenarios import Call, Scenario, delta, error, event, scenario

REQUESTS: set[str] = set()
VLLM_TEMPLATE = (
    "As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template if the "
    "tokenizer does not define one."
)


def _of_requests(function: Scenario) -> Scenario:
    REQUESTS.add(getattr(function, "__name__"))  # noqa: B009 - a Callable has no __name__ for the type checker
    return scenario(function)


async def _answers(call: Call, *pieces: str) -> None:
    """By the route that was asked."""
    await call.start()
    for piece in pieces or ("fine ", "now"):
        if "prompt" in call.body:
            choice = {"index": 0, "text": piece, "logprobs": None, "finish_reason": None}
            await call.data({"id": "cmpl-1", "object": "text_completion", "model": call.model, "choices": [choice]})
        else:
            await call.data(delta(call.model, content=piece))
    if "prompt" in call.body:
        await call.bytes(event({"choices": [{"index": 0, "text": "", "finish_reason": "length"}]}))
        await call.bytes(b"data: [DONE]\n\n")
        await call.end()
    else:
        await call.finish()


def _roles(call: Call) -> list[str]:
    return [message["role"] for message in call.body.get("messages", [])]


# Parameters


@_of_requests
async def forbids_extra_fields(call: Call) -> None:
    """Mistral's way: one list of everything it does not know."""
    known = {"model", "messages", "stream", "temperature", "top_p", "max_tokens", "stop", "random_seed"}
    wrong = [
        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted", "input": value}
        for name, value in call.body.items()
        if name not in known
    ]
    if wrong:
        await call.json(422, {"object": "error", "message": {"detail": wrong}, "type": "invalid_request_error"})
    else:
        await _answers(call)


@_of_requests
async def unexpected_fields(call: Call) -> None:
    """transformers serve: a set, in words."""
    wrong = sorted({"frobnicate", "stop"} & call.body.keys())
    if wrong:
        await call.json(422, {"detail": f"Unexpected fields in the request: {{{', '.join(map(repr, wrong))}}}"})
    else:
        await _answers(call)


async def _one_at_a_time(call: Call, words: Callable[[str], str], **more: Any) -> None:
    wrong = next((name for name in ("temperature", "seed", "top_k") if name in call.body), None)
    if wrong is not None:
        await call.json(400, error(words(wrong), "invalid_request_error", "unsupported_parameter", param=wrong, **more))
    else:
        await _answers(call)


@_of_requests
async def unsupported_one_at_a_time(call: Call) -> None:
    """OpenAI's way: the first it meets, with `param`."""
    await _one_at_a_time(call, lambda name: f"Unsupported parameter: '{name}' is not supported with this model.")


@_of_requests
async def only_the_default(call: Call) -> None:
    """OpenAI's reasoning models: the parameter is known, any value of it is not."""
    if "temperature" in call.body:
        said = (
            f"Unsupported value: 'temperature' does not support {call.body['temperature']} with this model. Only the "
            "default (1) value is supported."
        )
        await call.json(400, error(said, "invalid_request_error", "unsupported_value", param="temperature"))
    else:
        await _answers(call)


@_of_requests
async def refuses_for_ever(call: Call) -> None:
    """Names a field whether it was sent or not."""
    await call.json(400, error("Unsupported parameter: 'top_k'", "invalid_request_error", None, param="top_k"))


@_of_requests
async def refuses_thinking(call: Call) -> None:
    if "chat_template_kwargs" in call.body:
        await call.json(400, error("property 'chat_template_kwargs' is unsupported", "invalid_request_error", None))
    else:
        await _answers(call)


@_of_requests
async def echoes_the_key(call: Call) -> None:
    if "top_k" in call.body:
        key = call.asked.headers.get("authorization", "")
        await call.json(400, error(f"Unsupported parameter: 'top_k' ({key})", "invalid_request_error", None))
    else:
        await _answers(call)


@_of_requests
async def temperature_out_of_range(call: Call) -> None:
    """vLLM."""
    asked = call.body.get("temperature", 0)
    if asked > 2:
        said = f"temperature must be in [0, 2], got {asked}."
        await call.json(400, error(said, "BadRequestError", 400, param="temperature"))
    else:
        await _answers(call)


@_of_requests
async def logprobs_out_of_range(call: Call) -> None:
    """vLLM."""
    asked = call.body.get("top_logprobs", 0)
    if asked > 20:
        said = f"Requested sample logprobs of {asked}, which is greater than max allowed: 20"
        await call.json(400, error(said, "BadRequestError", 400, param="logprobs"))
    else:
        await _answers(call)


@_of_requests
async def wants_completion_tokens(call: Call) -> None:
    if "max_tokens" in call.body:
        said = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        await call.json(400, error(said, "invalid_request_error", "unsupported_parameter", param="max_tokens"))
    else:
        await _answers(call)


@_of_requests
async def wants_no_limit(call: Call) -> None:
    """Neither name of the limit is taken."""
    wrong = next((name for name in ("max_tokens", "max_completion_tokens") if name in call.body), None)
    if wrong is not None:
        await call.json(400, error(f"Unsupported parameter: '{wrong}'", "invalid_request_error", None, param=wrong))
    else:
        await _answers(call)


# Roles


@_of_requests
async def system_refused(call: Call) -> None:
    """Gemma's template, behind vLLM."""
    if "system" in _roles(call):
        await call.json(400, error("System role not supported", "BadRequestError", 400))
    else:
        await _answers(call)


@_of_requests
async def system_refused_as_500(call: Call) -> None:
    """The same template, behind a server that calls it a failure of its own."""
    if "system" in _roles(call):
        await call.json(500, error("Jinja Exception: System role not supported", "server_error", 500))
    else:
        await _answers(call)


@_of_requests
async def roles_must_alternate(call: Call) -> None:
    """Mistral's older template, which counts the system prompt as a turn."""
    if _roles(call) != [("user", "assistant")[number % 2] for number in range(len(_roles(call)))]:
        said = "Conversation roles must alternate user/assistant/user/assistant/..."
        await call.json(400, error(said, "BadRequestError", 400))
    else:
        await _answers(call)


@_of_requests
async def wants_developer(call: Call) -> None:
    if "system" in _roles(call):
        said = "The role 'system' is not supported by this model. Use 'developer' instead."
        await call.json(400, error(said, "invalid_request_error", None, param="messages[0].role"))
    else:
        await _answers(call)


@_of_requests
async def wants_no_instructions(call: Call) -> None:
    """Names another role, and refuses that as well."""
    wrong = next((role for role in _roles(call) if role in ("system", "developer")), None)
    if wrong is not None:
        said = f"Unsupported value: 'messages[0].role' does not support '{wrong}' with this model (nor 'developer')."
        await call.json(400, error(said, "invalid_request_error", "unsupported_value", param="messages[0].role"))
    else:
        await _answers(call)


# Routes


@_of_requests
async def no_chat_template(call: Call) -> None:
    """vLLM with a base model."""
    if "messages" in call.body:
        await call.json(400, error(VLLM_TEMPLATE, "BadRequestError", 400))
    else:
        await _answers(call, " <think>", "as it\n", "came</think> ")


@_of_requests
async def base_model(call: Call) -> None:
    """The same, and a text in which Markdown would lose most."""
    if "messages" in call.body:
        await call.json(400, error(VLLM_TEMPLATE, "BadRequestError", 400))
    else:
        await _answers(call, "**not bold**,  two ", "spaces\n", "    # and an indent\n\n\n", "- the end")


@_of_requests
async def template_not_found(call: Call) -> None:
    """TGI with a base model."""
    if "messages" in call.body:
        await call.json(422, {"error": "Template error: template not found", "error_type": "template_error"})
    else:
        await _answers(call)


@_of_requests
async def not_a_chat_model(call: Call) -> None:
    """OpenAI with a base model."""
    if "messages" in call.body:
        said = (
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use "
            "v1/completions?"
        )
        await call.json(404, error(said, "invalid_request_error", None, param="model"))
    else:
        await _answers(call)


@_of_requests
async def only_a_chat_model(call: Call) -> None:
    """OpenAI, the other way round."""
    if "prompt" in call.body:
        said = (
            "This is a chat model and not supported in the v1/completions endpoint. Did you mean to use "
            "v1/chat/completions?"
        )
        await call.json(404, error(said, "invalid_request_error", None, param="model"))
    else:
        await _answers(call)


@_of_requests
async def no_chat_route(call: Call) -> None:
    if "messages" in call.body:
        await call.json(404, {"detail": "Not Found"})
    else:
        await _answers(call)


@_of_requests
async def no_completion_route(call: Call) -> None:
    if "prompt" in call.body:
        await call.json(404, {"detail": "Not Found"})
    else:
        await _answers(call)


@_of_requests
async def embeddings_only(call: Call) -> None:
    """vLLM with an embeddings model: each route in its own words."""
    api = "Chat Completions" if "messages" in call.body else "Completions"
    await call.json(400, error(f"The model does not support {api} API", "BadRequestError", 400))


@_of_requests
async def base_model_refuses_top_k(call: Call) -> None:
    """Two things to find out, one after the other."""
    if "messages" in call.body:
        await call.json(400, error(VLLM_TEMPLATE, "BadRequestError", 400))
    elif "top_k" in call.body:
        await call.json(400, error("Unrecognized request argument supplied: top_k", "invalid_request_error", None))
    else:
        await _answers(call, f"{len(re.findall('scenario', str(call.body)))} prompt")
