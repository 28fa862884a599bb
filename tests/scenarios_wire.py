"""More of what the scripted endpoint plays: how servers write their answers and their errors, byte by byte."""

from __future__ import annotations

import json
import zlib
from typing import Any

from tests.scenarios import SCENARIOS, Call, completion, delta, error, event, scenario

_BEFORE = set(SCENARIOS)


def text(piece: str, *, finish: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """An object of a text completion's stream."""
    choice = {"index": index, "text": piece, "logprobs": None, "finish_reason": finish} | more
    return {"id": "cmpl-1", "object": "text_completion", "created": 0, "model": "tiny-chat", "choices": [choice]}


def call(arguments: Any = None, *, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A piece of a tool call."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"type": "function", "function": function} | more


def likely(token: str, logprob: float | None = -0.5) -> dict[str, Any]:
    """A token's likelihood as chat completions have it."""
    return {"token": token, "logprob": logprob, "bytes": list(token.encode()),
            "top_logprobs": [{"token": token, "logprob": logprob}, {"token": "other", "logprob": -3.0}]}  # fmt: skip


async def calls(call_: Call, *pieces: list[dict[str, Any]], finish: str = "tool_calls") -> None:
    """A stream of tool calls, each piece with the empty content that servers send beside it."""
    await call_.start()
    for piece in pieces:
        await call_.data(delta(call_.model, content=None, tool_calls=piece))
    await call_.finish(finish)


# Deltas


@scenario
async def first_deltas(call: Call) -> None:
    """Every way to begin before there is any text."""
    await call.start()
    for fields in ({"role": "assistant"}, {"role": "assistant", "content": ""}, {"content": None}, {}):
        await call.data(delta(call.model, **fields))
    await call.text("Hi")
    await call.finish()


@scenario
async def emoji_in_pieces(call: Call) -> None:
    """vLLM: empty deltas for the tokens that do not end a character."""
    await call.start()
    await call.text("a ", "", "", "🌍", "", "!")
    await call.finish(completion=6)


@scenario
async def finish_with_text(call: Call) -> None:
    """vLLM: the last text and the finish reason in one object."""
    await call.start()
    await call.text("to the ")
    await call.bytes(event(delta(call.model, finish="length", content="limit")))
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


@scenario
async def finish_error(call: Call) -> None:
    """A finish reason that tells of an error which nothing else tells of; and a reason to stop beside it."""
    await call.start()
    await call.text("Half")
    last = delta(call.model, finish="error")
    last["choices"][0]["stop_reason"] = 128009
    await call.data(last)
    await call.end()


@scenario
async def usage_in_finish(call: Call) -> None:
    """llama.cpp's text completions: the counts in the object that finishes, unasked."""
    await call.start()
    await call.data(text("one "))
    await call.data(text("two"))
    await call.data(text("", finish="stop") | {"usage": {"prompt_tokens": 5, "completion_tokens": 2}})
    await call.end()


@scenario
async def usage_on_every_chunk(call: Call) -> None:
    """vLLM's continuous usage: the counts grow."""
    await call.start()
    for number, piece in enumerate(("one ", "two ", "three"), 1):
        counts = {"prompt_tokens": 38, "completion_tokens": number, "total_tokens": 38 + number}
        await call.data(delta(call.model, content=piece) | {"usage": counts})
    await call.data(delta(call.model, finish="stop"))
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


@scenario
async def usage_in_choice(call: Call) -> None:
    """Moonshot's way."""
    await call.start()
    await call.text("one")
    last = delta(call.model, finish="stop")
    last["choices"][0]["usage"] = {"prompt_tokens": 5, "completion_tokens": 1}
    await call.data(last)
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


# Thinking


@scenario
async def reasoning_parts(call: Call) -> None:
    """Mistral's way: the content is a list of parts, thinking among them."""
    await call.start()
    for piece in ("The user ", "wants Paris."):
        await call.data(
            delta(call.model, content=[{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}])
        )
    await call.data(delta(call.model, content=[{"type": "text", "text": "Pa"}, {"type": "text", "text": "ris"}]))
    await call.text(".")
    await call.finish()


@scenario
async def reasoning_details(call: Call) -> None:
    """OpenRouter's way, where the simpler field beside it is empty."""
    await call.start()
    await call.data(
        delta(call.model, content="", reasoning=None, reasoning_details=[{"type": "reasoning.text", "text": "Easy."}])
    )
    await call.text("Paris.")
    await call.finish()


@scenario
async def think_opened_by_template(call: Call) -> None:
    """The template has written the opening tag, so that only the closing one comes."""
    await call.start()
    await call.text("The capital", " of France.", "\n", "</", "think", ">", "\n\n", "It is Paris", ".")
    await call.finish()


@scenario
async def hidden_reasoning(call: Call) -> None:
    """vLLM's include_reasoning false: tokens are made, none of which is sent."""
    await call.start()
    await call.data(delta(call.model, content=None, reasoning=None))
    await call.finish(completion=20)


# Tools


@scenario
async def tool_call_vllm(call_: Call) -> None:
    """The first piece has no arguments, the others neither id nor name."""
    await calls(
        call_,
        [{"index": 0, "id": "call-1", "type": "function", "function": {"name": "look"}}],
        [{"index": 0, "function": {"arguments": '{"at"'}}],
        [{"index": 0, "function": {"arguments": ': "Paris"}'}}],
    )


@scenario
async def tool_named_stops(call_: Call) -> None:
    """vLLM with a named tool: the finish reason is not that of a tool; the arguments are no object."""
    await calls(call_, [call('"Paris"', name="look", index=0, id="call-1")], finish="stop")


@scenario
async def tool_call_no_index(call_: Call) -> None:
    """Gemini's way: an id begins a call, and what has none goes on with the last."""
    await calls(
        call_,
        [call('{"at"', name="look", id="call-1")],
        [call(": 1}")],
        [call("{}", name="go", id="call-2")],
    )


@scenario
async def tool_calls_index_zero(call_: Call) -> None:
    """Ollama's way: every call is the first."""
    await calls(
        call_,
        [call('{"at": 1}', name="look", index=0, id="call-1")],
        [call("{}", name="go", index=0, id="call-2")],
    )


@scenario
async def tool_calls_odd(call_: Call) -> None:
    """Whole in one object; arguments that are null, or JSON instead of text; ids that are empty or come again."""
    await calls(
        call_,
        [call({"at": 1}, name="look", index=0, id="call-1")],
        [{"index": 1, "id": "", "type": "function", "function": {"name": "go", "arguments": None}}],
        [call("{", name="wait", index=2, id="call-3")],
        [call("}", name="wait", index=2, id="call-3")],
    )


@scenario
async def tool_call_whole_json(call_: Call) -> None:
    """A completion at once, with text and two calls that nothing counts."""
    wanted = [call("{}", name="look", id="call-1"), call({"to": 2}, name="go", id="call-2")]
    await call_.json(200, completion("tiny-chat", "Let me look.", tool_calls=wanted))


@scenario
async def tools_refused(call: Call) -> None:
    said = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    await call.json(400, error(said, "BadRequestError", 400))


# Likelihoods, and several answers


@scenario
async def logprobs_chat(call: Call) -> None:
    """Also of text completions, with llama.cpp. Null where SGLang has none, beside thinking."""
    await call.start()
    await call.data(delta(call.model, reasoning_content="Easy."))
    for piece in ("Pa", "ris"):
        each = delta(call.model, content=piece)
        each["choices"][0]["logprobs"] = {"content": [likely(piece)]}
        await call.data(each)
    await call.finish()


@scenario
async def logprobs_text(call: Call) -> None:
    """vLLM's text completions, with the prompt repeated: it comes with the first token, and begins with null."""
    await call.start()
    first = {"tokens": ["The", " capital"], "token_logprobs": [None, -2.5], "top_logprobs": [None, {" capital": -2.5}],
             "text_offset": [0, 3]}  # fmt: skip
    await call.data(text("The capital", logprobs=first))
    await call.data(
        text(" is", logprobs={"tokens": [" is"], "token_logprobs": [-0.1], "top_logprobs": [{" is": -0.1}]})
    )
    await call.data(text("", finish="length"))
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


@scenario
async def logprobs_refused(call: Call) -> None:
    said = "Requested sample logprobs of 30, which is greater than max allowed: 20"
    await call.json(400, error(said, "BadRequestError", 400))


@scenario
async def prompt_logprobs(call: Call) -> None:
    """vLLM sends these with whole completions only: by the token's number, null for the first."""
    likely = {"9690": {"logprob": -1.5, "rank": 1, "decoded_token": "Paris"}}
    await call.json(200, completion("tiny-chat", "Paris.") | {"prompt_logprobs": [None, likely]})


@scenario
async def two_answers(call: Call) -> None:
    """vLLM with n=2: mixed, told apart by the index, and the second comes first."""
    await call.start()

    async def piece(index: int, content: str, finish: str | None = None) -> None:
        each = delta(call.model, content=content, finish=finish)
        each["choices"][0]["index"] = index
        await call.data(each)

    await piece(1, "<think>")
    await piece(0, "It is ")
    await piece(1, "Hm.</think>")
    await piece(1, "Rome", "length")
    await piece(0, "Paris", "stop")
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


@scenario
async def bad_schema(call: Call) -> None:
    await call.json(400, error("Grammar error: Unimplemented keys: ['foo']", "BadRequestError", 400))


@scenario
async def whitespace_runaway(call: Call) -> None:
    """A model that is held to JSON and can write none: white space up to the limit."""
    await call.start()
    await call.text(*["\n", "  "] * 150)
    await call.finish("length")


# Refusals


@scenario
async def unauthorized_in_a_word(call: Call) -> None:
    await call.json(401, {"error": "Unauthorized"})


@scenario
async def key_refused_as_400(call: Call) -> None:
    """LiteLLM without a database."""
    await call.json(400, error("No connected db.", "no_db_connection", "400"))


@scenario
async def key_missing_as_500(call: Call) -> None:
    await call.answer(500, "text/plain; charset=utf-8", b"Internal Server Error")


@scenario
async def detail_object(call: Call) -> None:
    await call.json(400, {"detail": {"error": {"message": "the audio is too short", "type": "invalid_request"}}})


@scenario
async def error_old_vllm(call: Call) -> None:
    await call.json(400, {"object": "error", "message": "top_k must be -1", "type": "BadRequestError", "code": 400})


@scenario
async def context_too_long_litellm(call: Call) -> None:
    said = "litellm.ContextWindowExceededError: this model has 2048 tokens, the prompt has 2300"
    await call.json(400, error(said, "invalid_request_error", "400"))


@scenario
async def no_images_400(call: Call) -> None:
    await call.json(400, error("tiny-chat is not a multimodal model", "BadRequestError", 400))


@scenario
async def no_images_500(call: Call) -> None:
    said = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
    await call.json(500, error(said, "server_error", 500))


@scenario
async def starts_without_chat(call: Call) -> None:
    """llama.cpp that serves embeddings, asked for an answer; the other way round it says the same."""
    said = "This server does not support completions. Start it without `--embeddings`"
    await call.json(501, error(said, "not_supported_error", 501))


# Errors within a stream


@scenario
async def error_old_vllm_in_stream(call: Call) -> None:
    await call.start()
    await call.text("This much ", "came")
    await call.data({"object": "error", "message": "the engine died", "type": "InternalServerError", "code": 500})
    await call.end()


@scenario
async def error_event(call: Call) -> None:
    """An event that is named an error, with words instead of an object."""
    await call.start()
    await call.text("This much ", "came")
    await call.bytes(b"event: error\ndata: the worker went away\n\n")
    await call.end()


@scenario
async def error_field(call: Call) -> None:
    """llama.cpp of some years: a field of its own."""
    await call.start()
    await call.text("This much ", "came")
    await call.bytes(b'error: {"code":500,"message":"slot unavailable","type":"server_error"}\n\n')
    await call.end()


@scenario
async def error_in_choice(call: Call) -> None:
    """OpenRouter's other way."""
    await call.start()
    await call.text("This much ")
    last = delta(call.model, content="came", finish="error")
    last["choices"][0]["error"] = {"code": 502, "message": "the provider timed out"}
    await call.data(last)
    await call.bytes(b"data: [DONE]\n\n")
    await call.end()


# Framing


@scenario
async def multi_line_data(call: Call) -> None:
    """Lone carriage returns, and an object over several lines of data."""
    await call.start()
    lines = json.dumps(delta(call.model, content="in lines"), indent=1).split("\n")
    await call.bytes("".join(f"data: {line}\r" for line in lines).encode() + b"\r")
    await call.finish()


@scenario
async def utf8_cut_apart(call: Call) -> None:
    """Each packet ends within a character."""
    await call.start()
    for piece in ("日本語", "Grüße 🌍"):
        sent = b"data: " + json.dumps(delta(call.model, content=piece), ensure_ascii=False).encode() + b"\n\n"
        begun = sent.index(piece.encode()) + 1
        await call.bytes(sent[:begun])
        await call.bytes(sent[begun:])
    await call.finish()


async def _deflated(call: Call, bits: int) -> None:
    await call.start(headers={"Content-Encoding": "deflate"})
    packer = zlib.compressobj(wbits=bits)
    for value in (delta(call.model, content="packed "), delta(call.model, content="otherwise", finish="stop")):
        await call.bytes(packer.compress(event(value)) + packer.flush(zlib.Z_SYNC_FLUSH))
    await call.bytes(packer.flush())
    await call.end()


@scenario
async def deflate_stream(call: Call) -> None:
    """Though it was asked not to pack anything."""
    await _deflated(call, 15)


@scenario
async def raw_deflate_stream(call: Call) -> None:
    """What some servers understand by deflate."""
    await _deflated(call, -15)


@scenario
async def gzip_json(call: Call) -> None:
    """A whole completion, packed."""
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(json.dumps(completion("tiny-chat", "All packed.")).encode()) + packer.flush()
    await call.answer(200, "application/json", packed, {"Content-Encoding": "gzip"})


WIRE = frozenset(SCENARIOS) - _BEFORE
