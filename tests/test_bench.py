"""That the bench still runs, and that what it says follows from its figures. What it measures is asserted nowhere."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bench.llama_ui import Proxy
from bench.results import table
from bench.rows import FLOOR, LLAMA, OURS, ROWS, TARGETS, Against, Target
from tests.e2e.conftest import ROOT, environment
from tests.fake_endpoint import FakeEndpoint

SECONDS = 120


def asked(question: str) -> dict[str, object]:
    return {"model": "tiny-chat", "stream": True, "messages": [{"role": "user", "content": question}]}


def cells(text: str) -> dict[str, list[str]]:
    """The cells of a table's lines by their first."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {label: rest for label, *rest in lines}


@pytest.mark.slow
def test_the_bench_still_runs_and_fills_its_table(tmp_path: Path) -> None:
    out = tmp_path / "RESULTS.md"
    argv = [
        sys.executable,
        str(ROOT / "bench" / "run.py"),
        "--only",
        "load,burst,opened,beside,sessions",
        "--pages",
        "ours,floor",
    ]
    argv += ["--pages", "ours,floor", "--runs", "1", "--scale", "0.01", "--out", str(out)]
    ran = subprocess.run(
        argv, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS
    )
    assert ran.returncode == 0, ran.stdout.decode()
    written = out.read_text(encoding="utf-8")
    shown = cells(written)
    both = ("cold", "warm", "outside", "request", "burst_first_painted", "burst_last")
    for key in (*both, "sessions_p99"):
        ours, _plain, floor, *_ = shown[next(row.label for row in ROWS if row.key == key)]
        assert ours[0].isdigit() or ours[0] == "-", key
        assert (floor[0].isdigit() or floor[0] == "-") == (key in both), key
    assert "Chromium" in written
    assert "## Notes" in written


async def test_the_log_of_the_endpoint_knows_when_each_token_was_sent_and_nothing_after_the_last() -> None:
    async with FakeEndpoint() as fake, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{fake.url}/chat/completions", json=asked("emit-200-5"))
        assert answer.text.count('"content"') == 5
        assert len(fake.completions[0].sent_at) == 5
        assert fake.completions[0].sent_at == sorted(fake.completions[0].sent_at)


async def test_the_proxy_hands_the_chat_to_the_endpoint_and_everything_else_to_the_page() -> None:
    async with FakeEndpoint() as page, FakeEndpoint() as endpoint:
        page.routes["/props"] = {"model_alias": "tiny-chat"}
        proxy = await asyncio.start_server(Proxy(page.port, endpoint.port).pass_on, "127.0.0.1")
        async with proxy, httpx.AsyncClient(trust_env=False, timeout=10) as client:
            url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
            assert (await client.get(f"{url}/props")).json() == {"model_alias": "tiny-chat"}
            for _ in range(2):
                answer = await client.post(f"{url}/v1/chat/completions", json=asked("emit-0-50"))
                assert "END" in answer.text
                assert answer.text.endswith("data: [DONE]\n\n")
        assert len(endpoint.completions) == 2
        assert page.completions == []
    # What the proxy still does for a connection comes to its end now that both servers are gone.
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=10)


def test_where_a_ratio_and_the_absolute_limit_disagree_the_ratio_counts() -> None:
    target = Target("burst_last", 60, (Against(3.5, FLOOR),))
    assert target.outcome({"burst_last": {OURS: [100, 90, 500], FLOOR: [30]}}) == "reached"
    assert target.outcome({"burst_last": {OURS: [50], FLOOR: [10]}}) == "missed"


def test_without_the_page_it_is_compared_with_the_absolute_limit_counts() -> None:
    target = Target("burst_last", 60, (Against(3.5, FLOOR),))
    assert target.outcome({"burst_last": {OURS: [50]}}) == "reached"
    assert target.outcome({"burst_last": {OURS: [100]}}) == "missed"
    assert Target("start", None, (Against(0.75, FLOOR),)).outcome({"start": {OURS: [1]}}) == "not measured"


def test_a_row_can_be_compared_with_another_row_of_ours() -> None:
    target = Target("after_20_burst_last", None, (Against(1.5, OURS, "burst_last"),))
    assert target.outcome({"after_20_burst_last": {OURS: [90]}, "burst_last": {OURS: [60]}}) == "reached"
    assert target.outcome({"after_20_burst_last": {OURS: [91]}, "burst_last": {OURS: [60]}}) == "missed"


def test_ahead_of_a_page_means_faster_than_it() -> None:
    target = Target("burst_last", None, (Against(1, LLAMA),))
    assert target.outcome({"burst_last": {OURS: [60], LLAMA: [60]}}) == "missed"
    assert target.outcome({"burst_last": {OURS: [59], LLAMA: [60]}}) == "reached"


def test_the_table_counts_the_targets_it_could_tell_of() -> None:
    text = table({"burst_last": {OURS: [90], FLOOR: [30]}, "memory": {OURS: [99]}})
    assert text.endswith("1 of 2 targets reached.\n")
    line = cells(text)["2,000 tokens at once: last token"]
    assert "**reached**: 3× floor, the absolute figure missed" in line


def test_every_target_is_of_a_row_and_compares_with_one() -> None:
    rows = [row.key for row in ROWS]
    assert len(rows) == len(set(rows))
    assert len({row.label for row in ROWS}) == len(ROWS)
    for target in TARGETS:
        assert target.row in rows
        assert all(each.row is None or each.row in rows for each in target.ratios)
        assert target.limit is not None or target.ratios
