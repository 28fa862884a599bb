"""The same call as the one that was sent, as a program: curl, Python, JavaScript. With a variable in place of a secret.

Each sends the same body to the same address, and prints the answer as it comes. Quoting is in `snippets_literals`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playground.core.parameter import Mode
from playground.core.params import client_arguments
from playground.core.snippets_literals import STEP, as_javascript, as_json, as_python

# The variable that holds the key, by the end of the host's name. Not OPENAI_API_KEY for every endpoint: whoever has an
# OpenAI key in it would send it to somebody else.
KEY_VARIABLES = {
    "api.openai.com": "OPENAI_API_KEY",
    "flex.ai": "FLEXAI_API_KEY",
    "api.mistral.ai": "MISTRAL_API_KEY",
    "api.groq.com": "GROQ_API_KEY",
    "openrouter.ai": "OPENROUTER_API_KEY",
    "router.huggingface.co": "HF_TOKEN",
}
ANY_KEY = "ENDPOINT_API_KEY"
# Bytes that one argument of a command may have on Linux, with some to spare; a longer body goes in by the input.
_LONGEST_ARGUMENT = 100_000


@dataclass(frozen=True, slots=True)
class Call:
    """`base_url` and the route make up `url`. `key`: the variable that holds it, None where none was sent.

    `headers`: the endpoint's own, each with the variable that holds its value. `body` as it was sent.
    """

    url: str
    base_url: str
    mode: Mode
    key: str | None
    headers: tuple[tuple[str, str], ...]
    body: dict[str, Any]

    @property
    def variables(self) -> tuple[str, ...]:
        return (*((self.key,) if self.key else ()), *(variable for _, variable in self.headers))


def call_of(url: str, body: dict[str, Any], *, key: bool, headers: tuple[str, ...]) -> Call:
    """`key`: whether one was sent. `headers`: the names of the endpoint's own."""
    mode: Mode = "chat" if url.endswith("/chat/completions") else "completion"
    base = url.removesuffix("/chat/completions" if mode == "chat" else "/completions")
    own: dict[str, str] = {}
    for name in headers:
        variable = "HEADER_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
        while variable in own.values():
            variable += "_"
        own[name] = variable
    sends_key = key and "authorization" not in {name.lower() for name in headers}
    return Call(url, base, mode, key_variable(url) if sends_key else None, tuple(own.items()), body)


def key_variable(url: str) -> str:
    """The name of the environment variable that stands for an endpoint's key."""
    host = urlsplit(url).hostname or ""
    found = (name for end, name in KEY_VARIABLES.items() if host == end or host.endswith(f".{end}"))
    return next(found, ANY_KEY)


def snippets(call: Call) -> list[dict[str, str]]:
    """`{"id", "label", "file", "text"}` for each way to send it, in the table's order."""
    return [{"id": id, "label": label, "file": file, "text": write(call)} for id, label, file, write in TABLE]


def _curl(call: Call) -> str:
    lines = [f"curl --no-buffer {shlex.quote(call.url)}", "-H 'Content-Type: application/json'"]
    if call.key:
        lines.append(f'-H "Authorization: Bearer ${call.key}"')
    lines += [_curl_header(name, variable) for name, variable in call.headers]
    body = as_json(call.body)
    quoted = shlex.quote(body)
    if len(quoted.encode()) < _LONGEST_ARGUMENT:
        return " \\\n  ".join([*lines, f"--data-raw {quoted}"]) + "\n"
    return " \\\n  ".join([*lines, "--data-binary @- <<'JSON'"]) + f"\n{body}\nJSON\n"


def _curl_header(name: str, variable: str) -> str:
    """A header's name may hold what a shell would act on."""
    if re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        return f'-H "{name}: ${variable}"'
    return f'-H {shlex.quote(f"{name}: ")}"${variable}"'


def _python_openai(call: Call) -> str:
    known = client_arguments(call.mode)
    given = {name: value for name, value in call.body.items() if name in known}
    more = {name: value for name, value in call.body.items() if name not in known}
    made = "import os\n\n" if call.variables else ""
    made += "from openai import OpenAI\n\nclient = OpenAI(\n"
    made += f"{STEP}base_url={as_python(call.base_url)},\n"
    if call.key:
        made += f'{STEP}api_key=os.environ["{call.key}"],\n'
    else:
        made += f'{STEP}api_key="none",  # this endpoint is asked without a key, but the client wants one\n'
    if call.headers:
        made += f"{STEP}default_headers={_python_headers(call, STEP)},\n"
    route = "chat.completions" if call.mode == "chat" else "completions"
    made += f")\nstream = client.{route}.create(\n"
    made += "".join(f"{STEP}{name}={as_python(value, STEP)},\n" for name, value in given.items())
    if more:
        made += f"{STEP}extra_body={as_python(more, STEP)},\n"
    text = "choice.delta.content" if call.mode == "chat" else "choice.text"
    return (
        f"{made})\nfor chunk in stream:\n{STEP}for choice in chunk.choices:\n"
        f'{STEP * 2}print({text} or "", end="", flush=True)\nprint()\n'
    )


def _python_headers(call: Call, indent: str, key: bool = False) -> str:
    lines = [f'"{name}": os.environ["{variable}"]' for name, variable in call.headers]
    if key:
        lines.insert(0, f'"Authorization": f"Bearer {{os.environ[\'{call.key}\']}}"')
    return "{\n" + "".join(f"{indent}{STEP}{line},\n" for line in lines) + indent + "}"


def _python_httpx(call: Call) -> str:
    made = "import json\n" + ("import os\n" if call.variables else "") + "\nimport httpx\n\n"
    made += f'with httpx.stream(\n{STEP}"POST",\n{STEP}{as_python(call.url)},\n'
    if call.variables:
        made += f"{STEP}headers={_python_headers(call, STEP, key=bool(call.key))},\n"
    made += f"{STEP}json={as_python(call.body, STEP)},\n{STEP}timeout=None,\n) as response:\n"
    text = 'choice["delta"].get("content")' if call.mode == "chat" else 'choice.get("text")'
    return made + (
        f"{STEP}if response.is_error:\n{STEP * 2}raise SystemExit(response.read().decode())\n"
        f"{STEP}for line in response.iter_lines():\n"
        f'{STEP * 2}data = line.removeprefix("data:").strip()\n'
        f'{STEP * 2}if not line.startswith("data:") or data == "[DONE]":\n{STEP * 3}continue\n'
        f'{STEP * 2}for choice in json.loads(data)["choices"]:\n'
        f'{STEP * 3}print({text} or "", end="", flush=True)\nprint()\n'
    )


def _javascript_openai(call: Call) -> str:
    made = 'import OpenAI from "openai";\n\nconst client = new OpenAI({\n'
    made += f"  baseURL: {as_javascript(call.base_url)},\n"
    if call.key:
        made += f"  apiKey: process.env.{call.key},\n"
    else:
        made += '  apiKey: "none", // this endpoint is asked without a key, but the client wants one\n'
    if call.headers:
        made += f"  defaultHeaders: {_javascript_headers(call.headers)},\n"
    route = "chat.completions" if call.mode == "chat" else "completions"
    text = "choice.delta?.content" if call.mode == "chat" else "choice.text"
    return made + (
        f"}});\nconst stream = await client.{route}.create({as_javascript(call.body)});\n"
        f"for await (const chunk of stream) {{\n  for (const choice of chunk.choices) {{\n"
        f'    process.stdout.write({text} ?? "");\n  }}\n}}\nconsole.log();\n'
    )


def _javascript_headers(headers: tuple[tuple[str, str], ...], first: tuple[str, ...] = ()) -> str:
    lines = [*first, *(f'"{name}": process.env.{variable}' for name, variable in headers)]
    return "{\n" + "".join(f"    {line},\n" for line in lines) + "  }"


def _javascript_fetch(call: Call) -> str:
    first = ['"Content-Type": "application/json"']
    if call.key:
        first.append(f"Authorization: `Bearer ${{process.env.{call.key}}}`")
    text = "choice.delta?.content" if call.mode == "chat" else "choice.text"
    return (
        f'const response = await fetch({as_javascript(call.url)}, {{\n  method: "POST",\n'
        f"  headers: {_javascript_headers(call.headers, tuple(first))},\n"
        f"  body: JSON.stringify({as_javascript(call.body, '  ')}),\n}});\n"
        "if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);\n"
        'let rest = "";\n'
        "for await (const text of response.body.pipeThrough(new TextDecoderStream())) {\n"
        '  const lines = (rest + text).split("\\n");\n  rest = lines.pop();\n'
        '  for (const line of lines.filter((each) => each.startsWith("data:"))) {\n'
        '    const data = line.slice(5).trim();\n    if (data === "[DONE]") continue;\n'
        f'    for (const choice of JSON.parse(data).choices) process.stdout.write({text} ?? "");\n'
        "  }\n}\nconsole.log();\n"
    )


TABLE: tuple[tuple[str, str, str, Callable[[Call], str]], ...] = (
    ("curl", "curl", "call.sh", _curl),
    ("python-openai", "Python (openai)", "call.py", _python_openai),
    ("python-httpx", "Python (httpx)", "call.py", _python_httpx),
    ("javascript-openai", "JavaScript (openai)", "call.mjs", _javascript_openai),
    ("javascript-fetch", "JavaScript (fetch)", "call.mjs", _javascript_fetch),
)
