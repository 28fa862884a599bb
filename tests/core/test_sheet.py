"""The sheet: fields from several sources, each with its origin; what fills none is kept."""

from __future__ import annotations

from typing import get_args

import pytest

from playground.core.details import Fact
from playground.core.sheet import TABLE, Field, Stated, field_of, merged


def test_the_fields_of_the_original_are_there_in_their_groups() -> None:
    assert [row.label for row in TABLE if row.group == "Summary"] == [
        "ID", "Name", "Status", "URL", "Playground URL", "Dashboard URL",
    ]  # fmt: skip
    assert [row.label for row in TABLE if row.group == "Configuration"] == [
        "Device Architecture", "Runtime Args", "HF Token Secret Name", "API Key Secret Name",
    ]  # fmt: skip
    assert [row.field for row in TABLE] == list(get_args(Field))


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("config.endpointUrl", "url"),
        ("url", "url"),
        ("other.url", None),
        ("id", "id"),
        ("metadata.id", "id"),
        ("owner.id", None),
        ("metadata.name", "name"),
        ("spec.runtimeArgs", "runtime_args"),
        ("runtime_args", "runtime_args"),
        ("Dashboard URL", "dashboard_url"),
        ("links.playgroundUrl", "playground_url"),
        ("deviceArch", "device"),
        ("device", "device"),
        ("spec.apiKeySecretName", "api_key_secret_name"),
        ("hf-token-secret-name", "hf_token_secret_name"),
        ("status", None),
        ("server", None),
    ],
)
def test_a_key_fills_the_field_that_it_names(key: str, field: Field | None) -> None:
    assert field_of(key) == field


def test_an_earlier_source_counts_more_field_by_field_and_what_the_others_say_is_kept() -> None:
    sheet = merged(
        [
            Stated("the settings", (("dashboard_url", "https://ours"), ("team", "ml"))),
            Stated("the CLI", (("links.dashboardUrl", "https://theirs"), ("deviceArch", "nvidia"))),
            Stated("/info", (("device", "NVIDIA"), ("dashboardUrl", "https://ours/"))),
        ]
    )
    dashboard = sheet.of("dashboard_url")
    assert dashboard.fact == Fact("https://ours", "said", "the settings")
    assert dashboard.others == (Fact("https://theirs", "said", "the CLI"),)
    # Said twice in other letters, it is one word.
    assert sheet.of("device").fact == Fact("nvidia", "said", "the CLI") and sheet.of("device").others == ()
    assert sheet.of("runtime_args").fact is None
    assert sheet.more == (("the settings", (("team", "ml"),)),)


def test_a_second_key_for_the_same_field_and_an_empty_one_are_more() -> None:
    sheet = merged([Stated("x", (("endpointUrl", "a"), ("config.endpointUrl", "b"), ("dashboardUrl", "")))])
    # The whole path is the surer one.
    assert sheet.of("url").fact == Fact("b", "said", "x")
    assert sheet.more == (("x", (("endpointUrl", "a"), ("dashboardUrl", ""))),)


def test_what_a_source_says_beyond_doubt_counts_before_its_lines() -> None:
    fact = Fact("Running", "tried", "this app")
    sheet = merged([Stated("this app", (("name", "other"),), (("status", fact), ("name", Fact("n", "said", "s"))))])
    assert sheet.of("status").fact == fact
    assert sheet.more == (("this app", (("name", "other"),)),)
