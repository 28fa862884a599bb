"""What is not taken from a paste, and what is said of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.core.params import TABLE
from playground.core.paste import read

URL = "http://h:8000/v1"
KEY = "sk-abcdefgh12345678"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("-k", "Certificates"),
        ("--insecure", "Certificates"),
        ("-u me:hunter22", "user name"),
        ("-u me:hunter22", "Authorization"),
        ("-F file=@a.wav", "form"),
        ("-T a.json", "file"),
        ("-x http://proxy:1", "proxy"),
        ("--proxy=http://proxy:1", "proxy"),
        ("-K file", "settings file"),
        ("--unix-socket /x", "socket"),
        ("--resolve a:1:2", "--resolve"),
        ("-d @body.json", "file"),
        ("-H @headers.txt", "headers"),
        ("-d 'a=b' -d c=d", "no JSON"),
        ("-d 'a", "not closed"),
        ('-d "a', "not closed"),
        ("-d $'a", "not closed"),
        ("-d @- <<E\n{}", "not closed"),
        ("-b a=b", "Cookie"),
        ("-H 'Host: x.example' -H 'X-Org: hunter22' -H 'X-Org: 2'", "Host, X-Org"),
        ("-H 'sk-hunter22hunter: x'", "proper name"),
        ("-H 'hunter22'", "proper name"),
        ("-H 'Authorizationsk-hunter22hunter: x'", "proper name"),
        ("-H 'Authorization: Basic aHVudGVyMjI='", "Bearer"),
        ("-H 'api-key: hunter22hunter'", "api-key"),
        ("-H 'Authorization: Bearer a b'", "cannot be one"),
        ("-H 'Authorization: Bearer clé'", "cannot be one"),
        ("--next http://other", "--next"),
        ("-H '' --unknown", "proper name"),
        ('-d \'{"model": "<model>", "prompt": "$PROMPT"}\'', "model's name"),
        ('-d \'{"prompt": ["a", "b"]}\'', "first"),
        ("-d '{\"prompt\": [1, 2]}'", "not written out"),
        ('-d \'{"inputs": "a", "parameters": {}}\'', "protocol"),
        ('-d \'{"input": "a"}\'', "Responses"),
        ('-d \'{"prompt": "a", "api_key": "hunter22"}\'', "secret"),
        ('-d \'{"prompt": "a", "sk-hunter22hunter": 1e999}\'', "JSON value"),
        ('-d \'{"prompt": "a", "timeout": 3}\'', "`timeout`"),
    ],
)
def test_what_curl_is_told_and_is_not_taken_is_said(options: str, word: str) -> None:
    pasted = read(f"curl {URL}/other {options}")
    assert pasted.base_url == f"{URL}/other"
    assert any(word in note for note in pasted.notes), pasted.notes
    assert "hunter" not in repr(pasted)


def test_headers_that_the_client_sends_itself_are_not_mentioned() -> None:
    pasted = read(f"curl {URL} -H 'Content-Type: application/json' -H 'accept: */*' -H 'sec-fetch-mode: cors' -A me")
    assert (pasted.headers, pasted.notes) == ((), ())


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Authorization: Bearer sk-abcdefgh12345678", KEY),
        ("Authorization:Bearer sk-abcdefgh12345678", KEY),
        ("Authorization: sk-abcdefgh12345678", KEY),
        ("Authorization: Bearer <sk-abcdefgh12345678>", KEY),
        ("x-api-key: sk-abcdefgh12345678", KEY),
        ("Authorization: <your key>", None),
        ("Authorization: Bearer", None),
    ],
)
def test_a_key_is_read_from_its_header(header: str, key: str | None) -> None:
    found = read(f"curl {URL} -H '{header}'").key
    assert (None if found is None else found.reveal()) == key


def test_the_first_key_and_address_are_kept() -> None:
    pasted = read(f"curl {URL} http://other -H 'Authorization: Bearer {KEY}' -H 'api-key: other' --oauth2-bearer {KEY}")
    assert (pasted.base_url, pasted.key and pasted.key.reveal()) == (URL, KEY)


def ask(body: dict[str, Any], route: str = "chat/completions") -> Any:
    return read(f"curl {URL}/{route} -d @- <<E\n{json.dumps(body)}\nE")


def test_earlier_messages_and_pictures_are_counted_and_left_out() -> None:
    parts = [
        {"type": "text", "text": "See:"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        "and",
        {"text": 3},
    ]
    pasted = ask(
        {
            "messages": [
                {"role": "developer", "content": "A"},
                {"role": "system", "content": [{"type": "text", "text": "B"}]},
                {"role": "system"},
                {"role": "user", "content": "old"},
                {"role": "assistant", "content": "old"},
                {"role": "user", "content": parts},
            ]
        }
    )
    assert (pasted.system, pasted.prompt, pasted.images) == ("A\n\nB", "See:\nand", 2)
    assert any("2 other messages were" in note for note in pasted.notes)
    assert any("Pictures" in note for note in pasted.notes)
    assert any("1 other message was" in note for note in ask({"messages": [{"role": "assistant"}]}).notes)


@pytest.mark.parametrize("messages", [None, "x", 3, [], [3], [{"role": "user"}], [{"role": "system", "content": 3}]])
def test_messages_of_a_wrong_form_are_nothing(messages: Any) -> None:
    pasted = ask({"model": "m", "messages": messages})
    assert (pasted.model, pasted.prompt, pasted.system) == ("m", None, None)


def test_a_request_to_the_responses_route_is_asked_as_a_chat() -> None:
    pasted = ask({"model": "m", "input": "Why?", "instructions": "Be brief.", "max_output_tokens": 5}, "responses")
    assert (pasted.mode, pasted.prompt, pasted.system, pasted.parameters) == (
        "chat",
        "Why?",
        "Be brief.",
        {"max_tokens": 5},
    )
    assert ask({"input": [{"role": "user", "content": "Why?"}]}, "responses").prompt == "Why?"


def test_a_request_for_embeddings_is_no_prompt() -> None:
    pasted = ask({"model": "m", "input": "text"}, "embeddings")
    assert (pasted.model, pasted.prompt, pasted.mode) == ("m", None, None)
    assert any("embeddings" in note for note in pasted.notes)


def test_a_prompt_that_is_missing_or_empty_is_none() -> None:
    assert ask({"prompt": []}).prompt is None
    assert ask({"prompt": None}).prompt is None


def test_half_a_character_becomes_a_replacement_and_a_whole_one_stays() -> None:
    pasted = read("curl " + URL + ' -d \'{"prompt": "\\ud83d\\ude00 \\ud83d", "stop": "\\udc00"}\'')
    assert pasted.prompt == "😀 \ufffd"
    assert pasted.parameters == {"stop": "\ufffd"}


def test_what_no_request_can_carry_is_left_out() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    pasted = ask(
        {"prompt": "a", "deep": deep, "seed": 2**64 - 1, "big": 2**64, "wide": [0] * 200_000, "far": float("inf")}
    )
    assert pasted.parameters == {"seed": 2**64 - 1}
    assert len(ask({"prompt": "a", **{f"p{n}": 1 for n in range(300)}}).parameters) == 100


def test_code_says_what_it_does_not_hold() -> None:
    pasted = read(
        "client = OpenAI(base_url=BASE, api_key=key(), default_headers=HEADERS)\n"
        "client.chat.completions.create(model=MODEL, messages=history, tools=tools, n=f(1), extra_body=more)"
    )
    said = " ".join(pasted.notes)
    for word in (
        "address",
        "BASE",
        "key is not",
        "headers are not",
        "MODEL",
        "messages are not",
        "`tools`",
        "`n`",
        "extra_body",
    ):
        assert word in said


def test_code_gives_its_extra_headers_by_name_and_its_extra_body_as_parameters() -> None:
    pasted = read(
        f'c = OpenAI(base_url="{URL}", default_headers={{"X-Org": "hunter22"}})\n'
        'c.completions.create(model="m", prompt="a", extra_headers={"X-Other": "hunter22"}, top_p=1,'
        ' extra_body={"top_k": 3})'
    )
    assert pasted.headers == ("X-Org", "X-Other")
    assert pasted.parameters == {"top_k": 3, "top_p": 1}
    assert "hunter22" not in repr(pasted)


def test_a_client_that_is_given_the_parameters_gives_them() -> None:
    pasted = read(f'llm = ChatOpenAI(base_url="{URL}", model="m", temperature=0.1, max_retries=2)')
    assert (pasted.model, pasted.parameters) == ("m", {"temperature": 0.1})


@pytest.mark.parametrize("name", sorted({name for param in TABLE for name in param.fields} | {"n"}))
def test_every_name_of_a_parameter_is_taken_from_settings(name: str) -> None:
    assert read(f"OPENAI_BASE_URL={URL}\n{name}=1").parameters == {name: 1}
    assert read(f'llm = ChatOpenAI(base_url="{URL}", model="m", {name}=1)').parameters == {name: 1}


def test_of_several_requests_the_first_is_taken_and_said() -> None:
    pasted = read('c.completions.create(model="a", prompt="1")\nc.completions.create(model="b", prompt="2")')
    assert (pasted.model, pasted.prompt) == ("a", "1")
    assert any("2 requests" in note for note in pasted.notes)
    assert any("2 commands" in note for note in read(f"curl {URL}; curl {URL}").notes)


def test_requests_without_a_check_of_certificates_are_said_to_be_checked() -> None:
    assert any("Certificates" in note for note in read(f'requests.get("{URL}/models", verify=False)').notes)


def test_variables_that_no_call_uses_say_what_their_names_say() -> None:
    pasted = read(f'const baseURL = "{URL}", prompt = "x", temperature = 0.5\n"Authorization": "Bearer {KEY}"')
    assert (pasted.base_url, pasted.key and pasted.key.reveal(), pasted.parameters) == (URL, KEY, {"temperature": 0.5})
    assert read(f'base_url = "{URL}"\nprompt = os.environ["P"]').prompt is None


def test_a_prompt_in_parts_of_text_alone_is_whole() -> None:
    pasted = ask(
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}
    )
    assert (pasted.prompt, pasted.images, pasted.notes) == ("a\nb", 0, ())


def test_a_very_long_text_of_nothing_is_read_soon_and_has_few_notes() -> None:
    pasted = read("curl http://h/v1 " + "-H 'a b: c' -k --next-one " * 20_000)
    assert len(pasted.notes) < 15
