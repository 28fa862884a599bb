"""The table as a panel draws it and as the documentation has it."""

from __future__ import annotations

import json
from pathlib import Path

from playground.core.events import Adapted
from playground.core.parameter import Json
from playground.core.params import NOTHING_SET, TABLE, Params
from playground.core.params_reading import parse
from playground.core.params_views import document, notes, panel
from playground.core.reply import Reply


def test_a_panel_has_a_plain_dict_for_each_parameter_with_its_state() -> None:
    read = parse({"temperature": 5, "seed": None, "top_k": "many", "stop": ["a", "\n"]})
    below = Params(seed=1, top_p=0.9, temperature=0.1, extra=Json('{"a": 1}'))
    rows = {row["name"]: row for row in panel(read, below, server="vllm", refused={"min_p"})}
    assert list(rows) == [param.name for param in TABLE]
    assert json.loads(json.dumps(rows)) == rows
    states = {name: row["state"] for name, row in rows.items() if row["state"] != "unset"}
    assert states == {"temperature": "set", "seed": "off", "top_p": "endpoint", "stop": "set", "extra": "endpoint"}
    assert (rows["temperature"]["value"], rows["temperature"]["below"]) == (5, 0.1)
    assert "Unusual" in rows["temperature"]["note"]
    assert "no whole number" in rows["top_k"]["error"]
    assert rows["stop"]["value"] == "a\n\\n"
    assert rows["extra"]["below"] == '{"a": 1}'
    assert [row["name"] for row in rows.values() if row["refused"]] == ["min_p"]
    assert (rows["top_k"]["takes"], rows["top_k"]["field"]) == (True, "top_k")
    assert rows["mode"]["choices"][0] == {"value": "chat", "label": "Chat"}


def test_who_takes_a_parameter_is_unknown_where_it_is_not_known() -> None:
    def of(server: object) -> dict[str, object]:
        return {row["name"]: row["takes"] for row in panel(parse({}), NOTHING_SET, server=server)}  # type: ignore[arg-type]

    assert of("mistral")["top_k"] is False
    assert of("tgi")["top_k"] is None
    assert of(None)["temperature"] is None
    (penalty,) = (
        row for row in panel(parse({}), NOTHING_SET, server="llama.cpp") if row["name"] == "repetition_penalty"
    )
    assert penalty["field"] == "repeat_penalty"


def test_a_note_names_what_was_sent_otherwise() -> None:
    reply = Reply(adapted=(Adapted("top_k", "not taken", "Unsupported"), Adapted("mode", "no chat")))
    assert notes(reply) == [
        {"label": "Top-k", "why": "not taken", "said": "Unsupported"},
        {"label": "Mode", "why": "no chat", "said": ""},
    ]


def test_the_documentation_is_what_the_table_says() -> None:
    written = (Path(__file__).parents[2] / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert written == document(), "write it anew: make parameters"
    for param in TABLE:
        assert f"## {param.label}\n\n{param.help}\n" in written
