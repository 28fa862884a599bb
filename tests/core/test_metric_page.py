"""Pages as the known servers write them, read by the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.adapters.metrics_page import parsed
from playground.core.metric_page import Page, Read, page, read
from playground.core.metric_table import PLOTS, READINGS, WANTED, plain, plots

PAGES = Path(__file__).parents[1] / "metrics_pages"
SECONDS = 10.0


def pages(server: str) -> tuple[Page, Page]:
    """Two of one server, ten seconds apart."""
    first, second = ((PAGES / f"{server}-{number}.txt").read_bytes() for number in (1, 2))
    return parsed(100.0, first), parsed(100.0 + SECONDS, second)


def both(server: str) -> Read:
    first, second = pages(server)
    return read(second, first)


def quantiles(found: Read, plot: str) -> list[float]:
    spread = found.spreads[plot]
    return [round(quantile.value, 5) for part in (0.5, 0.95, 0.99) if (quantile := spread.quantile(part)) is not None]


def test_of_vllm_two_engines_are_added_up_and_of_shares_the_mean_is_taken() -> None:
    found = both("vllm")
    assert found.values == {
        "requests.running": 5,
        "requests.waiting": 2,
        "kv.used": 50,
        # In ten seconds: 2 engines, each 2 × 5000 tokens in and 2 × 600 out, 800 hits of 2000 queries, 22 ended.
        "tokens.in": 2000,
        "tokens.out": 240,
        "prefix.hits": 40,
        "ended.all": pytest.approx(264),
        "ended.failed": pytest.approx(24),
    }
    # Of 40 first tokens, 32 came within 0.08 to 0.1 s and 8 within 0.1 to 0.25 s.
    assert quantiles(found, "ttft") == [0.0925, 0.2125, 0.2425]
    assert quantiles(found, "itl") == [0.01833, 0.0375, 0.0475]
    assert sum(found.spreads["e2e"].counts) == 44
    last = found.spreads["e2e"].quantile(0.99)
    assert last is not None and last.over and last.value == 7680
    assert found.told == frozenset(READINGS)


def test_an_older_vllm_says_the_same_under_other_names() -> None:
    found = both("vllm-old")
    assert (found.values["kv.used"], found.values["prefix.hits"], found.values["tokens.out"]) == (25, 40, 120)
    assert quantiles(found, "itl") == [0.01833, 0.0375, 0.0475]
    assert found.told == frozenset(READINGS)


def test_of_sglang_one_of_the_ranks_that_do_the_same_work_counts_and_the_total_of_priorities() -> None:
    found = both("sglang")
    assert (found.values["requests.running"], found.values["requests.waiting"]) == (4, 2)
    assert [found.values["kv.used"], found.values["prefix.hits"]] == pytest.approx([28, 12.5])
    # Written tokens are counted when an answer has ended; the gauge is as it is now.
    assert (found.values["tokens.in"], found.values["tokens.out"]) == (140, 86.5)
    assert (found.values["ended.all"], found.values["ended.failed"]) == (1200, 36)
    assert quantiles(found, "ttft") == [0.125, 0.35, 0.39]
    assert quantiles(found, "e2e") == [0.75, 0.975, 0.995]


def test_of_tgi_tokens_are_the_sums_of_its_histograms() -> None:
    found = both("tgi")
    assert found.values == {
        "requests.running": 5,
        "requests.waiting": 2,
        "tokens.in": 80,
        "tokens.out": 200,
        "ended.all": pytest.approx(240),
        "ended.failed": pytest.approx(24),
    }
    assert quantiles(found, "itl") == [0.03, 0.039, 0.0398]
    # Its time for a whole answer, with the time in the queue, rather than that of the model alone.
    assert quantiles(found, "e2e") == [1.5, 1.95, 1.99]
    assert found.told == frozenset(READINGS) - {"kv.used", "prefix.hits", "ttft"}


def test_of_llama_cpp_there_are_no_histograms() -> None:
    found = both("llamacpp")
    assert found.values == {
        "requests.running": 2,
        "requests.waiting": 1,
        "tokens.in": 3,
        "tokens.out": 8,
        # Its prompt tokens are without those from the cache: 10 of 40.
        "prefix.hits": 25,
    }
    assert found.spreads == {}
    assert found.told == {*found.values}


def test_what_is_counted_needs_two_looks_and_what_stands_only_one() -> None:
    first, _ = pages("vllm")
    found = read(first, None)
    assert set(found.values) == {"requests.running", "requests.waiting", "kv.used"}
    assert found.spreads == {} and found.told == frozenset(READINGS)
    # Nor does the same page twice say how fast.
    assert set(read(first, first).values) == set(found.values)


def test_where_nothing_was_counted_since_the_last_look_there_is_no_quantile_and_no_share() -> None:
    first, _ = pages("vllm")
    found = read(Page(first.at + 2, first.values), first)
    assert found.spreads == {} and "prefix.hits" not in found.values
    assert (found.values["tokens.out"], found.values["ended.all"]) == (0, 0)


def test_a_server_that_was_started_again_counts_from_nothing() -> None:
    first, second = pages("vllm")
    found = read(Page(second.at + SECONDS, first.values), second)
    # The counters are lower than they were: what they have is what has come since.
    assert (found.values["tokens.in"], found.values["tokens.out"]) == (1000, 120)
    assert found.values["prefix.hits"] == 40
    assert sum(found.spreads["ttft"].counts) == 20


def test_of_a_histogram_that_began_again_no_bucket_is_taken_for_one_that_went_on() -> None:
    def of(at: float, *counts: float) -> Page:
        pairs = zip(("0.1", "1", "+Inf"), counts, strict=True)
        return page(at, [("vllm:time_to_first_token_seconds_bucket", {"le": le}, count) for le, count in pairs])

    found = read(of(10, 3, 4, 4), of(0, 1, 9, 9))
    assert found.spreads["ttft"].counts == (3, 1, 0)


def test_a_label_set_that_is_new_began_at_nothing() -> None:
    name = "vllm:request_success_total"
    before = page(0, [(name, {"finished_reason": "stop"}, 4)])
    now = page(60, [(name, {"finished_reason": "stop"}, 4), (name, {"finished_reason": "error"}, 2)])
    found = read(now, before)
    assert (found.values["ended.all"], found.values["ended.failed"]) == (2, 2)


def test_a_counter_that_is_new_on_the_page_began_at_nothing_too() -> None:
    now = page(60, [("vllm:prompt_tokens_total", {}, 30)])
    assert read(now, page(0, [])).values["tokens.in"] == 0.5


def test_label_sets_with_other_bounds_are_put_together() -> None:
    name = "vllm:time_to_first_token_seconds_bucket"
    one = [(name, {"model_name": "a", "le": le}, n) for le, n in (("1", 1.0), ("+Inf", 2.0))]
    other = [(name, {"model_name": "b", "le": le}, n) for le, n in (("2", 3.0), ("+Inf", 3.0))]
    found = read(page(1, [*one, *other]), page(0, []))
    assert found.spreads["ttft"].bounds[:-1] == (1, 2)
    assert found.spreads["ttft"].counts == (1, 3, 1)


def test_what_is_no_number_and_what_is_no_bound_is_left_out() -> None:
    name = "vllm:time_to_first_token_seconds_bucket"
    sent = [(name, {"le": le}, 1.0) for le in ("x", "nan", "1", "+Inf")]
    found = read(page(1, [*sent, (name, {}, 4.0), ("vllm:num_requests_running", {}, float("nan"))]), page(0, []))
    assert found.spreads["ttft"].counts == (1, 0)
    assert "requests.running" not in found.told
    # A histogram with no end is none.
    assert read(page(1, [(name, {"le": "1"}, 4.0)]), page(0, [])).spreads == {}


def test_numbers_that_add_up_to_none_are_left_out() -> None:
    most = 1.7e308
    counters = ("vllm:prefix_cache_hits_total", "vllm:prefix_cache_queries_total", "vllm:prompt_tokens_total")

    def at(seconds: float, value: float) -> Page:
        names = ("vllm:num_requests_running", *counters)
        return page(seconds, [(name, {"engine": engine}, value) for name in names for engine in "01"])

    found = read(at(0.5, most), at(0.0, 0.0))
    assert found.values == {} and "requests.running" in found.told


def test_names_are_compared_in_one_spelling() -> None:
    assert plain("vllm:prompt_tokens_total") == plain("vllm_prompt_tokens") in WANTED
    found = read(page(1, [("sglang_num_running_reqs", {}, 2.0)]), None)
    assert found.values == {"requests.running": 2}


def test_each_line_of_a_plot_of_the_servers_has_its_readings_and_each_reading_its_plot() -> None:
    lines = {plot.id if plot.quantiles else column for plot in plots("server") for column in plot.columns}
    assert lines == set(READINGS)
    assert {plot.id for plot in plots("app")} == {plot.id for plot in PLOTS} - {"kv", "prefix"}


def test_the_tokens_that_sglang_counts_while_it_writes_go_before_those_it_counts_at_the_end() -> None:
    def of(at: float, decoded: float) -> Page:
        samples = [("sglang:realtime_tokens_total", {"mode": mode}, n) for mode, n in (("decode", decoded), ("x", at))]
        return page(at, [*samples, ("sglang:gen_throughput", {}, 1.0)])

    assert read(of(10, 50), of(0, 30)).values["tokens.out"] == 2


def test_an_answer_that_did_not_end_well_is_called_what_its_source_knows_of_it() -> None:
    ended = next(plot for plot in PLOTS if plot.id == "ended")
    assert (ended.words("failed", "server"), ended.words("failed", "app")) == ("failed or aborted", "failed")
    assert (ended.note("server"), ended.note("app")) == (ended.server_also, ended.also)
