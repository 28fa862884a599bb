"""What people paste, whole texts, each as it is met in documentation, consoles and shells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.core.paste import HELP, LONGEST, Pasted, read
from playground.core.secret import Secret

URL = "http://h.example:8000/v1"
KEY = "sk-abcdefgh12345678"
BODY = {
    "model": "org/m",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
    "temperature": 0.2,
    "stream": True,
    "stream_options": {"include_usage": True},
}
ASK = f"{URL}/chat/completions"
AUTH = f"-H 'Authorization: Bearer {KEY}'"
WHOLE = Pasted("curl", URL, Secret(KEY), "org/m", "chat", "Be brief.", "Why?", {"temperature": 0.2})


def same(pasted: Pasted, other: Pasted) -> bool:
    return all(
        getattr(pasted, name) == getattr(other, name)
        for name in ("base_url", "key", "model", "mode", "system", "prompt", "parameters")
    )


JSON = json.dumps(BODY)
ESCAPED = JSON.replace('"', '\\"')
DOUBLED = JSON.replace('"', '""')
WHOLE_FORMS = {
    "bash": f"""curl {ASK} \\
  -H "Content-Type: application/json" \\
  -H "Authorization: Bearer {KEY}" \\
  -d '{JSON}'""",
    "bash, one line": f"curl -sSkLX POST {ASK} -H'Authorization: Bearer {KEY}' --data-raw '{JSON}' | jq .",
    "bash, prompts": f"$ curl '{ASK}' \\\n> {AUTH} \\\n> --json '{JSON}'",
    "bash, spaces behind the backslashes": f"curl {ASK} \\  \n -H 'Authorization: bearer {KEY}' \\ \n -d '{JSON}'",
    "bash, backslashes lost": f"curl {ASK}\n  {AUTH}\n  -d '{JSON}'\n",
    "bash, double quotes": f'curl --url "{ASK}" -H "authorization: Bearer {KEY}" -d "{ESCAPED}"',
    "bash, dollar quotes": f"curl {ASK} --oauth2-bearer {KEY} --data-binary $'{JSON}' > /dev/null 2>&1",
    "bash, variables": f"""export OPENAI_API_KEY="{KEY}"
BASE={URL} MODEL=org/m  # where it is
curl "$BASE/chat/completions" -H "Authorization: Bearer ${{OPENAI_API_KEY}}" \\
  -d '{JSON.replace("org/m", "'$MODEL'")}'""",
    "bash, a default": f"curl ${{BASE:-{URL}}}/chat/completions {AUTH} -d '{JSON}'",
    "bash, here-document": f"curl {ASK} {AUTH} -d @- <<'EOF'\n{JSON}\nEOF\n",
    "bash, here-document with tabs": f"curl {URL}/completions -u a:b --oauth2-bearer {KEY} -d @- <<-E\n\t{JSON}\n\tE\n",
    "bash, here-string": f"curl {ASK} {AUTH} -d @- <<< '{JSON}'",
    "bash, cat in the argument": f"""curl {ASK} {AUTH} -d "$(cat <<EOF
{JSON}
EOF
)" """,
    "bash, cat before": f"cat <<EOF | curl {ASK} {AUTH} -d @-\n{JSON}\nEOF\n",
    "bash, echo before": f"echo '{JSON}' | curl {ASK} {AUTH} -d @-",
    "bash, a file before": f"""cat <<EOF > body.json
{JSON}
EOF
curl {ASK} {AUTH} -d @body.json""",
    "bash, a file by echo": f"echo '{JSON}' > b.json; curl {URL}/models {AUTH} -d @b.json",
    "bash, some words before": f"Here's how, it's easy:\n\ncurl {ASK} --oauth2-bearer {KEY} -d '{JSON}'",
    "two commands": f"curl {URL}/models\ncurl {ASK} --oauth2-bearer {KEY} -d '{JSON}'",
    "a fence": f"Text\n\n```bash\ncurl {ASK} --oauth2-bearer {KEY} -d '{JSON}'\n```\nmore text",
    "a text program's dashes": f"curl {ASK} –H “Authorization: Bearer {KEY}” —data ‘{JSON}’".replace('"', "“"),
    "cmd": f'curl {ASK} ^\r\n  -H "Authorization: Bearer {KEY}" ^\r\n  -d "{ESCAPED}"\r\n',
    "cmd, prompt": f'C:\\Users\\me>curl {ASK} -H "Authorization: Bearer {KEY}" -d "{DOUBLED}" & pause',
    "cmd, variable": f'set KEY={KEY}\ncurl {ASK} -H "Authorization: Bearer %KEY%" -d "{ESCAPED}"',
    "cmd, a browser's": f'curl ^"{ASK}^" ^\n  -H ^"Authorization: Bearer {KEY}^" ^\n  --data-raw ^"'
    + JSON.replace('"', '^\\^"').replace("{", "^{").replace("}", "^}")
    + '^"',
    "powershell": f"""curl.exe -X POST "{ASK}" `
  -H "Authorization: Bearer {KEY}" `
  -d '{ESCAPED}'""",
    "powershell, double quotes": f'curl.exe {ASK} -H "Authorization: Bearer {KEY}" -d "{DOUBLED}" | more',
    "powershell, ticks": 'curl.exe {}/chat/completions -H "Authorization: Bearer {}" -d "{}"'.format(
        URL, KEY, JSON.replace('"', '`"')
    ),
    "powershell, variables": f"""PS C:\\> $env:KEY = '{KEY}'
$body = @'
{JSON}
'@
curl.exe "{ASK}" -H "Authorization: Bearer $env:KEY" -d $body  # go""",
    "Invoke-RestMethod": f"""$headers = @{{
  "Authorization" = "Bearer {KEY}"
  "Content-Type" = "application/json"
}}
$body = @{{
  model = "org/m"
  messages = @(
    @{{ role = "system"; content = "Be brief." }},
    @{{ role = 'user'; content = 'Why?' }}
  )
  temperature = 0.2; stream = $true
}} | ConvertTo-Json -Depth 5
Invoke-RestMethod -Uri "{ASK}" -Method Post -Headers $headers -Body $body""",
    "Invoke-RestMethod, here-string": f"""$key = "{KEY}"
$body = @"
{JSON}
"@
irm -Method Post `
  -Uri {ASK} `
  -Headers @{{Authorization = "Bearer $key"}} -Body ($body) -SkipCertificateCheck""",
    "curl, PowerShell's own": f"curl -Uri '{ASK}' -Headers @{{Authorization='Bearer {KEY}'}} -Body '{JSON}'",
    "python": f"""from openai import OpenAI

client = OpenAI(base_url="{URL}", api_key='{KEY}', timeout=30)
answer = client.chat.completions.create(
    model="org/m",
    messages=[
        {{"role": "system", "content": "Be " "brief."}},
        {{"role": "user", "content": "Why?"}},
    ],
    temperature=0.2,
    stream=True,
)
for part in answer:
    print(part.choices[0].delta.content)
""",
    "python, variables": f"""import os
os.environ["OPENAI_API_KEY"] = "{KEY}"
base: str = "http://h.example:8000"
model = "org/m"
client = OpenAI(base_url=base + "/v1", api_key=os.environ["OPENAI_API_KEY"])
messages = [{{"role": "system", "content": "Be brief."}}]
question = [dict(role="user", content="Why?")]
client.chat.completions.create(model=model, messages=messages + question, temperature=0.2)
""",
    "python, requests": f"""import requests, json
url = "http://h.example:8000"
key = "{KEY}"
payload = {{"model": "org/m", "messages": [{{"role": "user", "content": "Why?"}}]}}
payload["temperature"] = 0.2
payload["messages"] = [{{"role": "system", "content": "Be brief."}}, {{"role": "user", "content": "Why?"}}]
requests.post(f"{{url}}/v1/chat/completions", headers={{"Authorization": f"Bearer {{key}}"}},
    data=json.dumps(payload).encode())
""",
    "python, the old module": f"""import openai
openai.api_base = "{URL}"
openai.api_key = "{KEY}"
openai.ChatCompletion.create(model="org/m", temperature=0.2, messages=[
    {{"role": "system", "content": "Be brief."}}, {{"role": "user", "content": "Why?"}}])
""",
    "python, a shell's": f""">>> client = OpenAI(base_url="{URL}", api_key="{KEY}")
>>> client.chat.completions.create(model="org/m", temperature=0.2,
...     messages={BODY["messages"]!r})
ChatCompletion(id='x', choices=[])
""",
    "python, a notebook's": f"""!pip install openai
client = OpenAI(base_url="{URL}", api_key="{KEY}")
await client.chat.completions.create(model="org/m", temperature=0.2, messages={BODY["messages"]!r})
""",
    "python, cut off": f"""client = OpenAI(
    base_url="{URL}",
    api_key=os.getenv("NOT_SET") or "{KEY}",
)
client.chat.completions.create(
    model="org/m", temperature=0.2,
    messages=[{{'role': 'system', 'content': f'Be brief.'}}, {{'role': 'user', 'content': r'Why?'}}],
""",
    "javascript": f"""import OpenAI from "openai";

const client = new OpenAI({{
  baseURL: "{URL}", // where it is
  apiKey: process.env.KEY ?? "{KEY}",
}});

async function main() {{
  const answer = await client.chat.completions.create({{
    model: 'org/m',
    messages: [{{ role: "system", content: "Be brief." }}, {{ role: "user", content: `Why?` }}],
    temperature: 0.2,
    stream: true,
  }});
}}
main();
""",
    "javascript, fetch": f"""const key: string = "{KEY}";
const model = "org/m", temperature = 0.2;
const messages = {json.dumps(BODY["messages"])};
const response = await fetch("{URL}" + "/chat/completions", {{
  method: "POST",
  headers: {{ "Content-Type": "application/json", Authorization: `Bearer ${{key}}` }},
  body: JSON.stringify({{ model, messages, temperature }}),
}}).then((r) => r.json());
""",
    "javascript, axios": f"""axios.post("{ASK}", {JSON}, {{headers: {{"Authorization": "Bearer {KEY}"}}}})""",
}


@pytest.mark.parametrize("text", WHOLE_FORMS.values(), ids=WHOLE_FORMS.keys())
def test_a_whole_request_fills_everything_in_whatever_form_it_comes(text: str) -> None:
    pasted = read(text)
    assert same(pasted, WHOLE), pasted
    assert KEY not in repr(pasted) + str(pasted)


def test_the_deployed_endpoints_documented_command_fills_everything() -> None:
    pasted = read("""curl -X POST \\
https://inference-0a1b2c3d-1234-5678-9abc-def012345678-89abcdef.flex.ai/v1/completions \\
-H "Content-Type: application/json" \\
-H "Authorization: Bearer 6f9619ff-8b86-d011-b42d-00c04fc964ff" \\
-d '{
    "model": "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    "prompt": "What is the capital of France?",
    "max_tokens": 240
}'""")
    assert pasted == Pasted(
        "curl",
        "https://inference-0a1b2c3d-1234-5678-9abc-def012345678-89abcdef.flex.ai/v1",
        Secret("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
        "completion",
        None,
        "What is the capital of France?",
        {"max_tokens": 240},
    )


SETTINGS = {
    ".env": "# where\n"
    f'OPENAI_BASE_URL="{URL}"  # comment\nOPENAI_API_KEY={KEY}\n'
    "HF_TOKEN=hf_abcdefghijklmnop\nOPENAI_MODEL=org/m\n",
    "exports": f"export OPENAI_API_BASE='{URL}/'\nexport VLLM_API_KEY={KEY} # mine\nexport MODEL_NAME=org/m",
    "cmd": f'set OPENAI_BASE_URL={URL}\nset "OPENAI_API_KEY={KEY}"\nset MODEL=org/m',
    "powershell": f'$env:OPENAI_BASE_URL = "{URL}"\n$env:OPENAI_API_KEY = "{KEY}"\n$env:OPENAI_MODEL = "org/m"',
    "yaml": f"a:\n  - name: mine\n    base_url: {ASK}\n    api_key: '{KEY}'\n    model: org/m\n",
    "toml": f'[endpoint]\nbase-url = "{URL}"\napi-key = "{KEY}"\nmodel = "org/m"\n',
    "keywords": f'    base_url="{URL}",\n    api_key="{KEY}",\n    model="org/m",',
    "javascript keywords": f'baseURL: "{URL}",\napiKey: "{KEY}",\nmodel: "org/m",',
    "json": json.dumps({"base_url": URL, "api_key": KEY, "model": "org/m"}),
    "a console's words": f"Endpoint URL: {URL}\nAPI Key: {KEY}\nModel: org/m\nStatus: Running",
    "a maker's own names": f"OPENAI_API_KEY=sk-ofanother\nACME_BASE_URL={URL}\nACME_API_KEY={KEY}\nACME_MODEL=org/m",
    "host and port": f"VLLM_HOST=http://h.example\nVLLM_PORT=8000\nVLLM_API_KEY={KEY}\nVLLM_MODEL=org/m",
    "docker": f"docker run -e OPENAI_API_BASE_URL={URL} -e OPENAI_API_KEY={KEY} -e DEFAULT_MODEL=org/m image:tag",
    "docker compose": f"a:\n  environment:\n    - OPENAI_BASE_URL={URL}\n    - OPENAI_API_KEY={KEY}\n    - MODEL=org/m",
    "nested json": json.dumps({"other": {"key": "b"}, "models": [{"apiBase": URL, "apiKey": KEY, "model": "org/m"}]}),
    "an older client": f'VLLMOpenAI(openai_api_base="{URL}", openai_api_key="{KEY}", model_name="org/m")',
    "langchain": f'ChatOpenAI(openai_api_base="{URL}", openai_api_key=SecretStr("{KEY}"), model="org/m")',
    "two fences": f"```\nOPENAI_API_KEY={KEY}\n```\nthen\n~~~python\nOpenAI(base_url='{URL}')\n~~~\n"
    "```\nmodel=org/m\n```\n",
}


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS.keys())
def test_settings_fill_address_key_and_model(text: str) -> None:
    pasted = read(text)
    assert (pasted.base_url or "").removesuffix("/v1") == URL.removesuffix("/v1")
    assert (pasted.key, pasted.model) == (Secret(KEY), "org/m")


@pytest.mark.parametrize("form", ["{}", "```json\n{}\n```", "  {}  ", "“{}”"])
def test_a_body_alone_fills_the_request(form: str) -> None:
    pasted = read(form.replace("{}", JSON) if "“" not in form else JSON.replace('"', "”"))
    assert (pasted.kind, pasted.base_url, pasted.key) == ("json", None, None)
    assert (pasted.system, pasted.prompt, dict(pasted.parameters)) == ("Be brief.", "Why?", {"temperature": 0.2})


def test_a_body_written_by_hand_is_read_as_it_is_meant() -> None:
    pasted = read(
        "{model: 'm', prompt: 'x\\ny', /* why */ max_tokens: 5, stop: ['a', \"b\",], min_p: -1.5e-3, n: null,}"
    )
    assert (pasted.model, pasted.prompt, pasted.mode) == ("m", "x\ny", "completion")
    assert pasted.parameters == {"max_tokens": 5, "stop": ["a", "b"], "min_p": -0.0015, "n": None}


def test_messages_alone_are_a_request() -> None:
    assert read(json.dumps(BODY["messages"])).prompt == "Why?"


def test_settings_with_parameters_give_them_too() -> None:
    pasted = read(
        "base_url: http://h:8000\ntemperature: 0.3\nstop: END\nretries: 4\nsystem_prompt: Be kind.\nprompt: Hi"
    )
    assert pasted.parameters == {"temperature": 0.3, "stop": "END"}
    assert (pasted.system, pasted.prompt) == ("Be kind.", "Hi")
    assert read('{"temperature": 0.3, "model": "m"}').parameters == {"temperature": 0.3}


@pytest.mark.parametrize(
    ("text", "kind", "filled"),
    [
        (KEY, "key", Secret(KEY)),
        (f'"{KEY}",', "key", Secret(KEY)),
        ("6f9619ff-8b86-d011-b42d-00c04fc964ff", "key", Secret("6f9619ff-8b86-d011-b42d-00c04fc964ff")),
        ("Qwen/Qwen3-8B", "model", "Qwen/Qwen3-8B"),
        (f"My key is {KEY}.", "key", Secret(KEY)),
    ],
)
def test_a_key_or_a_model_alone_is_known_by_its_shape(text: str, kind: str, filled: Any) -> None:
    pasted = read(text)
    assert pasted.kind == kind
    assert filled in (pasted.key, pasted.model)


def test_an_address_and_a_key_are_found_among_words() -> None:
    pasted = read(f"The endpoint is at ({URL}/models), and the key is {KEY}!")
    assert (pasted.kind, pasted.base_url, pasted.key) == ("address", URL, Secret(KEY))


@pytest.mark.parametrize(
    "text", ["", "hello", "What is this?", "model.gguf", "gpt-4.1-mini", "[1, 2]", "{}", "[x]", "import os"]
)
def test_what_is_nothing_gives_a_note_of_what_can_be_pasted(text: str) -> None:
    assert read(text) == Pasted("nothing", notes=(HELP,))


@pytest.mark.parametrize(
    "text",
    [
        'curl http://h:8000/v1/models -H "Authorization: Bearer {}"',
        "OPENAI_BASE_URL=http://h:8000/v1\nOPENAI_API_KEY={}",
        'from openai import OpenAI\nOpenAI(base_url="http://h:8000/v1", api_key="{}")',
        'new OpenAI({ baseURL: "http://h:8000/v1", apiKey: "{}" })',
    ],
)
@pytest.mark.parametrize(
    "name",
    ["$OPENAI_API_KEY", "${OPENAI_API_KEY}", "%OPENAI_API_KEY%", "<YOUR_KEY>", "YOUR_API_KEY", "your-api-key", "sk-...",
     "sk-xxxxxxxx", "{{ api_key }}", "<your key here>", "EMPTY", "sk-proj-YOUR_KEY"],
)  # fmt: skip
def test_what_stands_for_a_key_is_none_and_is_said(text: str, name: str) -> None:
    pasted = read(text.replace("{}", name, 1))
    assert pasted.base_url == "http://h:8000/v1"
    assert pasted.key is None
    assert any("key" in note for note in pasted.notes)


@pytest.mark.parametrize(
    "text",
    [
        'OpenAI(base_url="http://h:8000/v1", api_key=os.environ["MY_KEY"])',
        'OpenAI(base_url="http://h:8000/v1", api_key=os.getenv("MY_KEY"))',
        'OpenAI(base_url="http://h:8000/v1", api_key=settings.MY_KEY)',
        'new OpenAI({baseURL: "http://h:8000/v1", apiKey: process.env.MY_KEY})',
        'new OpenAI({baseURL: "http://h:8000/v1", apiKey: process.env["MY_KEY"]})',
        'base_url = "http://h:8000/v1"\napi_key = os.environ["MY_KEY"]',
        'Invoke-RestMethod http://h:8000/v1/models -Headers @{Authorization = "Bearer $env:MY_KEY"}',
        "curl http://h:8000/v1/models --oauth2-bearer $MY_KEY",
        'fetch("http://h:8000/v1/models", {headers: {Authorization: `Bearer ${process.env.MY_KEY}`}})',
    ],
)
def test_a_key_that_is_elsewhere_is_named(text: str) -> None:
    pasted = read(text)
    assert (pasted.base_url, pasted.key) == ("http://h:8000/v1", None)
    assert any("my_key" in note.lower() for note in pasted.notes), pasted.notes


def test_a_text_that_is_too_long_is_read_in_part_and_said_so() -> None:
    pasted = read(f"OPENAI_BASE_URL={URL}\n" + "x" * LONGEST)
    assert pasted.base_url == URL
    assert any("beginning" in note for note in pasted.notes)


def test_the_key_of_one_endpoint_is_not_given_to_another() -> None:
    two = f"a = OpenAI(base_url='http://a.example/v1')\nb = OpenAI(base_url='http://b.example/v1', api_key='{KEY}')"
    fences = (
        f"```\nOPENAI_BASE_URL=http://a.example\n```\n```\nOPENAI_BASE_URL=http://b.example\nOPENAI_API_KEY={KEY}\n```"
    )
    lines = f"OPENAI_BASE_URL=http://a.example\nACME_API_KEY={KEY}"
    for text in (two, fences, lines):
        pasted = read(text)
        assert (pasted.base_url or "").startswith("http://a.example")
        assert pasted.key is None
