"""Foreign values as lines: what is a secret by its key is masked, what only names one stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.core.secret import MASK, Secret
from playground.core.secret_names import is_secret
from playground.core.withheld import DEEPEST, LONGEST, LONGEST_KEY, MOST, MOST_TEXT, arguments, lines, text_of


@pytest.mark.parametrize(
    "key",
    ["apiKey", "api_key", "API_KEY", "api-key", "apikey", "HF_TOKEN", "hfToken", "token", "key", "keys", "password",
     "dbPasswd", "clientSecret", "secret", "Authorization", "ssl_keyfile_password", "accessToken", "hubToken",
     "github_pat", "credential", "sessionCookie"],
)  # fmt: skip
def test_a_key_that_holds_a_secret_is_known_in_every_spelling(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize(
    "key",
    ["apiKeySecretName", "hf_token_secret_name", "bos_token", "eosToken", "token_id", "max_tokens", "tokenizer", "name",
     "keyName", "n_ctx", "monkey", "pat", "", "…", "special_keys", "tokens_per_second"],
)  # fmt: skip
def test_a_key_that_holds_none_stays_readable(key: str) -> None:
    assert not is_secret(key)


def shown(value: Any) -> dict[str, str]:
    return dict(lines(value))


def test_what_is_nested_becomes_dotted_and_what_is_not_said_is_left_out() -> None:
    said = {"config": {"endpointUrl": "https://x", "replicas": 2, "on": True, "none": None}, "list": [{"a": 1}, 2]}
    assert shown(said) == {
        "config.endpointUrl": "https://x",
        "config.replicas": "2",
        "config.on": "yes",
        "list.0.a": "1",
        "list.1": "2",
    }
    assert shown([{"a": 1}]) == {"0.a": "1"}
    assert shown({"empty": [], "off": False}) == {"off": "no"}


def test_a_secret_is_masked_wherever_it_stands_and_its_name_is_not() -> None:
    said = {
        "apiKey": "plain-value",
        "apiKeySecretName": "my-secret",
        "secrets": {"hf": "first", "name": "kept", "deep": {"x": ["second", "third"]}, "count": 3},
        "env": [{"name": "HF_TOKEN", "value": "fourth"}, {"name": "MODE", "value": "fast"}],
        "token": ["fifth", "sixth"],
        "free": "hf_abcdefghijklmnop is in this text",
    }
    told = shown(said)
    assert told["apiKeySecretName"] == "my-secret"
    assert told["secrets.name"] == "kept" and told["secrets.count"] == "3" and told["env.1.value"] == "fast"
    whole = str(told)
    for hidden in ("plain-value", "first", "second", "third", "fourth", "fifth", "sixth", "hf_abcdef"):
        assert hidden not in whole, hidden
    assert told["env.0.value"] == MASK


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("--model X --max-model-len 8", "--model X --max-model-len 8"),
        ("--model 'a b' --api-key abc --port 1", f"--model 'a b' --api-key {MASK} --port 1"),
        ("--api-key=abc", f"--api-key={MASK}"),
        ("--hf-token abc", f"--hf-token {MASK}"),
        ("--hf-token-secret my-name", "--hf-token-secret my-name"),
        ("HF_TOKEN=abc serve --fast", f"HF_TOKEN={MASK} serve --fast"),
        ("--broken 'quote --api-key abc", f"--broken ''\"'\"'quote' --api-key {MASK}"),
        ("no options, key=valuevalue", "no options, key=valuevalue"),
    ],
)
def test_a_command_line_keeps_all_but_its_secrets(written: str, read: str) -> None:
    assert arguments(written) == read


def test_a_list_of_arguments_is_one_line_and_another_list_too() -> None:
    assert text_of(["--model", "a b", "--api-key", "abc"]) == f"--model 'a b' --api-key {MASK}"
    assert text_of(["one", None, "two"]) == "one, two"
    assert text_of({"a": 1}) is None
    assert text_of("value", "password") == MASK


def test_what_is_too_long_too_deep_or_too_much_is_cut_and_said_so() -> None:
    assert text_of("x" * (LONGEST + 5)) == "x" * LONGEST + "… (5 characters more)"
    assert list(lines({str(number): number for number in range(9)}, 2))[-1] == (
        "…",
        "There is more, which is not shown.",
    )
    deep: dict[str, Any] = {"end": 1}
    for _ in range(DEEPEST + 3):
        deep = {"a": deep}
    [(key, text)] = lines(deep)
    assert text == "…" and key.startswith("a.a")


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize(("secret", "known"), [("key-" + "0123456789" * 5, True), ("sk-" + "0123456789" * 5, False)])
def test_no_cut_lets_half_a_secret_through(as_list: bool, secret: str, known: bool) -> None:
    for before in range(LONGEST - 60, 2 * LONGEST + 10, 7):
        words = ["x" * 6] * (before // 7) + [secret] + ["y"] * 3000
        [(_, text)] = lines({"a": words if as_list else " ".join(words)}, secrets=[Secret(secret)] if known else ())
        assert secret[:8] not in text and len(text) < LONGEST + 50


def test_a_secret_that_is_known_is_masked_in_a_key_too_and_what_only_looks_like_one_is_not() -> None:
    told = lines({"about plain-secret": {"hf_config_path": "plain-secret"}}, secrets=[Secret("plain-secret")])
    assert list(told) == [(f"about {MASK}.hf_config_path", MASK)]


def test_of_what_is_very_large_only_the_beginning_is_worked_through() -> None:
    # Each of these took seconds when all of it was masked before it was cut.
    size = 10_000_000
    for value in ("-a b " * (size // 5), "-a " + "'" * size, "token: " * (size // 7)):
        text = text_of(value)
        assert text is not None and text.endswith(" characters more)") and len(text) < LONGEST + 50
    whole = " ".join(["-b"] * 100_000)
    assert text_of(["-b"] * 100_000) == f"{whole[:LONGEST]}… ({len(whole) - LONGEST:,} characters more)"


def test_a_key_that_is_longer_than_any_name_is_cut_and_what_it_holds_is_not_shown() -> None:
    assert shown({"k" * 5000: "value", "n" * LONGEST_KEY: "kept"}) == {
        "k" * LONGEST_KEY + "…": MASK,
        "n" * LONGEST_KEY: "kept",
    }


def test_all_values_of_a_source_together_have_a_limit() -> None:
    told = list(lines({str(number): "v" * LONGEST for number in range(MOST)}))
    assert len(told) == MOST_TEXT // LONGEST + 1 and told[-1] == ("…", "There is more, which is not shown.")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_any_value_is_read_without_a_fault(value: Any) -> None:
    for key, text in lines(value):
        assert isinstance(key, str) and isinstance(text, str)


@given(st.sampled_from(["apiKey", "hf_token", "PASSWORD", "clientSecret"]), st.text(min_size=9), JSON)
def test_no_secret_by_its_key_is_ever_shown(key: str, value: str, beside: Any) -> None:
    value = f"<{value}>"
    told = list(lines({"beside": 1, "inner": [{key: value}, {key: {"deep": [value]}}]}))
    assert all(value not in text for _key, text in told)
