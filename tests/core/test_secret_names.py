"""What a secret is called, through both that ask: lines of foreign data, and texts such as a log's."""

from __future__ import annotations

import pytest

from playground.core.redact import redact
from playground.core.secret import MASK
from playground.core.secret_names import is_secret
from playground.core.withheld import arguments, text_of

VALUE = "qzk71wxvuy"
NAMES = [
    "api_key", "apiKey", "x-api-key", "OPENAI_API_KEY", "access_key", "secret_key", "AWS_SECRET_ACCESS_KEY", "auth_key",
    "signing_key", "encryption_key", "master_key", "account_key", "private_key", "private_key_pem", "client_secret",
    "refresh_token", "id_token", "session_token", "api_token", "bearer_token", "huggingface_token", "HF_TOKEN",
    "access_tokens", "slack_bot_token", "token", "password", "passwd", "pwd", "db_pass", "DB_PASS", "smtpPass",
    "passphrase", "passcode", "credential", "credentials", "connection_string", "connStr", "dsn", "SENTRY_DSN", "jwt",
    "authorization", "cookie", "sessionCookie", "ssl_key_password", "API_KEY_2", "github_pat", "deepl_key",
]  # fmt: skip
OTHERS = [
    "max_tokens", "prompt_tokens", "completion_tokens", "tokens", "total_tokens", "eos_token", "bos_token", "tokenizer",
    "stop_token_ids", "skip_special_tokens", "next_token", "time_per_token", "cache_key", "public_key", "key_value",
    "kv_cache", "monkey", "keyboard", "passed", "bypass", "forward_pass", "compass", "PWD", "OLDPWD", "api_key_name",
    "hf_token_secret_name", "password_file", "token_type", "secret_path", "ssl_keyfile", "path", "connection",
    "patience",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_a_secret_is_masked_in_data_in_texts_and_on_command_lines(name: str) -> None:
    assert is_secret(name)
    assert text_of(VALUE, name) == MASK
    assert arguments(f"{name}={VALUE} serve --fast") == f"{name}={MASK} serve --fast"
    for text in (
        f"{name}={VALUE}",
        f"set {name}: {VALUE}",
        f'{{"{name}": "{VALUE}", "n": 1}}',
        rf"{{\"{name}\": \"{VALUE}\", \"n\": 1}}",
        f"{{'{name}': ['{VALUE}'], 'n': 1}}",
        f"{name} => {VALUE}",
        f"?{name}={VALUE}&n=1",
        f"--{name} {VALUE} --fast",
        f"--{name}={VALUE} --fast",
        f"['serve', '--{name}', '{VALUE}', '--fast']",
    ):
        assert redact(text) == text.replace(VALUE, MASK), text
        assert VALUE not in arguments(text), text


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_sounds_like_a_secret_stays_in_data_and_in_texts(name: str) -> None:
    assert not is_secret(name)
    assert text_of(VALUE, name) == VALUE
    for text in (f"{name}={VALUE}", f"{name}: {VALUE}", f'{{"{name}": "{VALUE}"}}', f"{name} {VALUE}"):
        assert redact(text) == text
        assert VALUE in arguments(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("serve --api-key key1234 key5678 --port 1", f"serve --api-key {MASK} {MASK} --port 1"),
        ("['--api-key', 'key1234', 'key5678', '--port']", f"['--api-key', '{MASK}', '{MASK}', '--port']"),
        ("args: Namespace(api_key=['key1234', 'key5678'], n=1)", f"args: Namespace(api_key=['{MASK}'], n=1)"),
        ("serve --ssl-key-password hunter22 --port 1", f"serve --ssl-key-password {MASK} --port 1"),
        ("run -password hunter22 -v", f"run -password {MASK} -v"),
        ("api_key=SecretStr('hunter22')", f"api_key=SecretStr('{MASK}')"),
        ('password="two words here" ok', f'password="{MASK}" ok'),
        ('password="a \\" quote" ok', f'password="{MASK}" ok'),
        ("password = 12345678", f"password = {MASK}"),
        ("Invalid API key: abcd1234", f"Invalid API key: {MASK}"),
        ("Authorization: Token abcd1234", f"Authorization: Token {MASK}"),
        ("İ password=hunter22", f"İ password={MASK}"),
        ("password=token=hunter22 b", f"password={MASK} b"),
        ("password=[never closed", f"password=[{MASK} closed"),
        ("password=[over\nlines]", f"password=[{MASK}\nlines]"),
        ("password=[ab] hunter22", "password=[ab] hunter22"),
        ("password='never closed", f"password='{MASK} closed"),
        ("--password hunter22. Then more", f"--password {MASK} Then more"),
    ],
)
def test_a_value_is_masked_however_it_is_written(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Using key-value cache: key: fp8_e4m3fn, value: fp8_e4m3fn",
        "all 12 tests passed: nothing more, pass: everything",
        "token: 12, tokens: 12345678, generated 64 tokens in 812 ms",
        '{"token": "<|im_start|>", "id": 1}',
        "api_key=None, hf_token=null, password=false",
        "the secret of it is in the keys of the piano",
        "hf_overrides={}, hf_config_path=None, flex_attention",
        "--api-key is set",
        "--max-num-batched-tokens 8192 --tokenizer org/tokenizer --hf-token-secret my-secret-name",
        "pre-token something, all-keys something",
    ],
)
def test_words_that_are_said_of_other_things_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [
        (12345678, "password", MASK),
        (12345678, "api_key", MASK),
        (123, "api_keys", "123"),
        (True, "password", "yes"),
        (12345678, "token", "12345678"),
        ("", "password", ""),
        ("abc", "key", MASK),
    ],
)
def test_a_number_is_hidden_where_only_a_secret_can_stand(value: object, name: str, shown: str) -> None:
    assert text_of(value, name) == shown


def test_all_keys_behind_one_option_are_masked_and_what_an_option_names_is_not() -> None:
    assert arguments("--api-key a b c --port 1") == f"--api-key {MASK} {MASK} {MASK} --port 1"
    assert arguments("--hf-token-secret my-name x") == "--hf-token-secret my-name x"


@pytest.mark.parametrize(
    "piece", ["token=", "password=", "password=[ab ", "password='ab ", "--api-key ", "--key 'a ", 'secret=\\"', "key "]
)
def test_a_hostile_line_is_masked_in_a_time_that_grows_with_its_length(piece: str) -> None:
    """Were it with the square of it, this would take minutes."""
    redact(piece * (400_000 // len(piece)))
