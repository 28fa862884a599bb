"""For any text: reading it ends, soon, with a value; and for any prompt: every form gives it back."""

from __future__ import annotations

import json
import random
import shlex
import time
from collections.abc import Callable
from typing import Any

import pytest

from playground.core.paste import LONGEST, read
from playground.core.paste.posix import Posix
from playground.core.secret import Secret

URL = "https://h.example/v1"
KEY = "sk-abcdefgh12345678"
# What breaks quoting, in every language met here.
PIECES = [
    "'",
    '"',
    "\\",
    "\n",
    "\t",
    "$",
    "${x}",
    "$(x)",
    "`",
    "^",
    "%",
    "%A%",
    "&",
    "|",
    "<",
    ">",
    "{",
    "}",
    "[",
    "]",
    "😀",
    "é",
    "\u2028",
    "''",
    '""',
    "'''",
    '"""',
    "\\n",
    "\\\\",
    "\\'",
    "//",
    "#",
    "/*",
    " ",
    "word",
    "-d",
    "$HOME",
    "@",
    ",",
    ";",
    ":",
    "=",
    "~",
    "!",
    "(",
    ")",
    "”",
    "\x7f",
    "\\u0041",
    "<<EOF",
    "\nEOF",
    "'@",
    '"@',
    "curl ",
]


def prompts(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    # A word on either side: what is all blank, or all a placeholder, is no prompt.
    return ["a" + "".join(chance.choices(PIECES, k=chance.randint(1, 30))) + "z" for _ in range(count)]


def body(prompt: str) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": prompt}], "temperature": 0.5}


def dumped(prompt: str, ascii_: bool = True) -> str:
    return json.dumps(body(prompt), ensure_ascii=ascii_)


def ansi(text: str) -> str:
    return "$'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def doubled(text: str) -> str:
    return '"' + "".join("\\" + sign if sign in '"\\$`' else sign for sign in text) + '"'


def carets(text: str) -> str:
    """As browsers write it for cmd: quoted for the program, and each sign then kept from cmd by a caret."""
    made, slashes = "", 0
    for sign in text:
        made += ("\\" * (slashes + 1) + sign) if sign == '"' else sign
        slashes = slashes + 1 if sign == "\\" else 0
    quoted = '"' + made + "\\" * slashes + '"'
    return "".join(sign if sign.isalnum() and sign.isascii() else "^" + sign for sign in quoted)


def javascript(value: Any) -> str:
    """With keys unquoted and single-quoted strings."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {javascript(held)}" for key, held in value.items()) + ", }"
    if isinstance(value, list):
        return "[" + ", ".join(map(javascript, value)) + "]"
    return (
        "'" + json.dumps(value)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"
        if isinstance(value, str)
        else str(value)
    )


def powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


AUTH = f"Authorization: Bearer {KEY}"
HEAD = f"curl {URL}/chat/completions -H '{AUTH}'"
FORMS: dict[str, Callable[[str], str]] = {
    "curl, single quotes": lambda prompt: f"{HEAD} -d {shlex.quote(dumped(prompt))}",
    "curl, unescaped characters": lambda prompt: f"{HEAD} \\\n --data-raw {shlex.quote(dumped(prompt, False))} | jq",
    "curl, double quotes": lambda prompt: f"{HEAD} -d {doubled(dumped(prompt))}",
    "curl, dollar quotes": lambda prompt: f"{HEAD} -d {ansi(dumped(prompt, False))}",
    "curl, here-document": lambda prompt: f"{HEAD} -d @- <<'EOF'\n{dumped(prompt)}\nEOF\n",
    "curl, a fence": lambda prompt: f"Try:\n```bash\n{HEAD} -d {shlex.quote(dumped(prompt))}\n```\n",
    "cmd": lambda prompt: f'curl {URL}/chat/completions ^\n -H "{AUTH}" ^\n -d {carets(dumped(prompt))}\n',
    "curl.exe": lambda prompt: f'curl.exe {URL}/chat/completions `\n -H "{AUTH}" `\n -d {powershell(dumped(prompt))}\n',
    "Invoke-RestMethod": lambda prompt: (
        f"""Invoke-RestMethod -Uri "{URL}/chat/completions" -Method Post `
 -Headers @{{"Authorization" = "Bearer {KEY}"}} -Body (@{{model="m"; temperature=0.5; messages=@(
   @{{role="user"; content={powershell(prompt)}}})}} | ConvertTo-Json)"""
    ),
    "python": lambda prompt: (
        f"""client = OpenAI(base_url={URL!r}, api_key={KEY!r})
client.chat.completions.create(**{body(prompt)!r})"""
    ),
    "python, cut off": lambda prompt: (
        f"""client = OpenAI(base_url={URL!r}, api_key={KEY!r})
client.chat.completions.create(model="m", temperature=0.5, messages={body(prompt)["messages"]!r},"""
    ),
    "python, requests": lambda prompt: (
        f"""requests.post("{URL}/chat/completions",
    headers={{"Authorization": "Bearer {KEY}"}}, json={body(prompt)!r})"""
    ),
    "javascript": lambda prompt: (
        f"""const client = new OpenAI({{ baseURL: "{URL}", apiKey: "{KEY}" }});
await client.chat.completions.create({javascript(body(prompt))});"""
    ),
    "javascript, fetch": lambda prompt: (
        f"""fetch("{URL}/chat/completions", {{ method: "POST",
  headers: {{ Authorization: "Bearer {KEY}" }}, body: JSON.stringify({dumped(prompt)}) }})"""
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_any_prompt_comes_back_from_every_form(form: Callable[[str], str]) -> None:
    for prompt in prompts(1, 100):
        pasted = read(form(prompt))
        assert (pasted.prompt, pasted.base_url, pasted.key) == (prompt, URL, Secret(KEY)), form(prompt)
        assert (pasted.model, pasted.parameters) == ("m", {"temperature": 0.5})
        assert KEY not in repr(pasted)


def test_words_are_split_as_a_shell_splits_them() -> None:
    for prompt in prompts(2, 200):
        words = [prompt, "x", prompt[::-1], ""]
        lines = Posix("curl " + " ".join(map(shlex.quote, words)))
        assert ([command.words for command in lines.commands()], lines.open) == ([["curl", *words]], False)


MARKS = [
    *PIECES,
    "curl ",
    "curl.exe ",
    " -d ",
    " -H ",
    "@- <<A\n",
    "```\n",
    "import os\n",
    "OpenAI(",
    "base_url=",
    "api_key:",
    "const a = ",
    "fetch(",
    "Invoke-RestMethod -Uri ",
    "@{",
    "@'\n",
    '@"\n',
    "http://",
    "h:8000",
    '{"model":',
    "sk-",
    "Bearer ",
    "^\n",
    "`\n",
    "\\\n",
    "\ud800",
    "\x00",
    "1e9",
    "-",
    "null",
    "f'",
    "new ",
    "=>",
    "[",
    "(",
    "lambda: ",
    "<#",
    "*/",
    "os.environ[",
    "A=1\n",
    "--next",
    "?key=",
    "$'",
    "<<<",
    "\r\n",
    "$env:A",
    "=",
    "if ",
    "0x",
    "x" * 300,
]


def test_no_text_at_all_is_an_error() -> None:
    chance = random.Random(3)
    for _ in range(1_500):
        text = "".join(chance.choices(MARKS, k=chance.randint(0, 40)))
        pasted = read(text)
        assert all(len(note) < 1_000 for note in pasted.notes)
        json.dumps([pasted.prompt, pasted.system, dict(pasted.parameters)]).encode()
        assert pasted.kind != "nothing" or pasted.notes


def test_what_is_cut_off_anywhere_is_no_error() -> None:
    for form in FORMS.values():
        text = form(prompts(4, 1)[0])
        for end in range(0, len(text), 7):
            assert KEY not in repr(read(text[:end]))


NESTED = [
    "[",
    "{",
    "(",
    "{a:[",
    "x(",
    "x[",
    "f(a=",
    "-",
    "not ",
    "a if b else ",
    "lambda:",
    "a+",
    "a.b(",
    "@{a=@(",
    "new ",
]


@pytest.mark.parametrize("piece", NESTED)
@pytest.mark.parametrize("head", ["", "import os\n", "const a = ", "Invoke-RestMethod ", 'curl h -d \'{"a":', "a="])
def test_what_is_nested_without_an_end_is_no_error(head: str, piece: str) -> None:
    for count in (50, 90, 5_000):
        read(head + piece * count)


def test_what_doubles_itself_does_not_grow() -> None:
    read("import os\na = 'x' * 9\n" + "a = 'xxxxxxxxxx' + a\n" + "a = a + a\n" * 100 + "f(prompt=a)")
    read("import os\na = [1]\n" + "a = [a, a]\n" * 100 + "f(prompt='b', stop=a)")
    read("import os\na = [1]\n" + "a = a + a\n" * 100 + "f(prompt='b', stop=a)")
    read("const a = 'x'\n" + "a = a + a\n" * 100 + "f({prompt: a})")
    read("A=xxxxxxxxxx\n" + "A=$A$A\n" * 100 + "curl $A")


HOSTILE = [
    ("", '"\\'), ("curl h -d '", "\\'"), ('curl h -d "', "\\\\"), ("curl h ", "$(cat <<A\n"), ("curl h ", "x|"),
    ("import os\n", "a=a+a\n"), ("import os\n", "x|"), ("const a = ", "["), ("const a = ", "`${"), ("{", "-1 "),
    ("{", "{a:"), ("Invoke-RestMethod ", "-Uri "), ("Invoke-RestMethod ", "@'\n"), ("", "a: "), ("", "base_url:\n"),
    ("", "```\n"), ("", "http://"), ("", "\n "), ("", " "), ("curl ^\n", '^"'), ("", "“"), ("'''", "\\"),
    ("x ", "eyJaaaaaaaa."),
]  # fmt: skip


@pytest.mark.parametrize(("head", "piece"), HOSTILE)
def test_the_time_grows_no_faster_than_the_text(head: str, piece: str) -> None:
    def taken(size: int) -> float:
        text = head + piece * (size // len(piece))
        tries = []
        for _ in range(2):
            begun = time.process_time()
            read(text)
            tries.append(time.process_time() - begun)
        return min(tries)

    small, large = taken(LONGEST // 100), taken(LONGEST // 10)
    # Ten times the text: a time that grows with the square would be a hundred times as long.
    assert large < 30 * small + 0.05
