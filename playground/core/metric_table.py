"""The table of what is plotted of an endpoint, with its unit, and under which names the known servers tell it.

Names as of vLLM 0.4 to 0.32, SGLang 0.3 to 0.5, TGI 2 and 3, llama.cpp of 2024 to 2026. A server that says a thing
under another name does not tell it, for all that is known here: absence is no error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Source = Literal["server", "app"]
Unit = Literal["requests", "tokens/s", "%", "s", "per minute"]
How = Literal["sum", "mean"]

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Plot:
    """`lines`: a name each, as it is read in a legend; `named`: those that a server means otherwise, as pairs.
    `quantiles`: the lines are those of a spread. `also` is said of it where the app itself is the source,
    `server_also` where a server is."""

    id: str
    title: str
    unit: Unit
    lines: tuple[str, ...]
    sources: tuple[Source, ...] = ("server", "app")
    quantiles: bool = False
    also: str = ""
    server_also: str = ""
    named: tuple[tuple[str, str], ...] = ()

    def words(self, line: str, source: Source) -> str:
        """How a line is called in a legend."""
        return dict(self.named).get(line, line) if source == "server" else line

    def note(self, source: Source) -> str:
        return self.also if source == "app" else self.server_also

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its lines among those of all plots."""
        return tuple(f"{self.id}.{line}" for line in self.lines)


_SPREAD = tuple(QUANTILES)
PLOTS: tuple[Plot, ...] = (
    Plot(
        "requests",
        "Requests under way",
        "requests",
        ("running", "waiting"),
        also="Waiting: those whose first token has not come.",
    ),
    Plot("tokens", "Tokens", "tokens/s", ("in", "out"), also="Those that go in are counted when the answer has ended."),
    Plot("kv", "KV-cache use", "%", ("used",), ("server",)),
    Plot("prefix", "Prefix-cache hits", "%", ("hits",), ("server",)),
    Plot("ttft", "Time to first token", "s", _SPREAD, quantiles=True),
    Plot(
        "itl",
        "Time between tokens",
        "s",
        _SPREAD,
        quantiles=True,
        also="As they arrive here; tokens that arrive together share their time. Counted when an answer has ended.",
    ),
    Plot("e2e", "Time for the whole answer", "s", _SPREAD, quantiles=True),
    Plot(
        "ended",
        "Answers ended",
        "per minute",
        ("all", "failed"),
        # vLLM and SGLang count both as one: an aborted answer is one whose reader went away, which is no fault.
        server_also="Aborted: whoever asked went away before the end, or pressed Stop.",
        named=(("failed", "failed or aborted"),),
    ),
)


def plots(source: Source) -> tuple[Plot, ...]:
    return tuple(plot for plot in PLOTS if source in plot.sources)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A value as it stands. Several label sets are added up, or their mean is taken."""

    name: str
    how: How = "sum"
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a counter rises, times `scale`, for each second. `where`: of the label sets, only those with one of
    these values of a label."""

    name: str
    scale: float = 1.0
    where: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what some counters counted others did too, in percent."""

    part: tuple[str, ...]
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Its name without `_bucket`."""

    name: str


Reading = Gauge | Rate | Share | Histogram

# By column, or by plot where that is a spread. The first counts of which the page has every name.
READINGS: Mapping[str, tuple[Reading, ...]] = {
    "requests.running": (
        Gauge("vllm:num_requests_running"),
        Gauge("sglang:num_running_reqs"),
        Gauge("tgi_batch_current_size"),
        Gauge("llamacpp:requests_processing"),
    ),
    "requests.waiting": (
        Gauge("vllm:num_requests_waiting"),
        Gauge("sglang:num_queue_reqs"),
        Gauge("tgi_queue_size"),
        Gauge("llamacpp:requests_deferred"),
    ),
    "tokens.in": (
        Rate("vllm:prompt_tokens_total"),
        Rate("sglang:prompt_tokens_total"),
        Rate("tgi_request_input_length_sum"),
        Rate("llamacpp:prompt_tokens_total"),
    ),
    "tokens.out": (
        Rate("vllm:generation_tokens_total"),
        # SGLang's total rises only when an answer has ended; these two while it is written.
        Rate("sglang:realtime_tokens_total", where=("mode", ("decode",))),
        Gauge("sglang:gen_throughput"),
        Rate("sglang:generation_tokens_total"),
        Rate("tgi_request_generated_tokens_sum"),
        Rate("llamacpp:tokens_predicted_total"),
    ),
    "kv.used": (
        Gauge("vllm:kv_cache_usage_perc", "mean", 100),
        Gauge("vllm:gpu_cache_usage_perc", "mean", 100),
        Gauge("sglang:token_usage", "mean", 100),
        Gauge("llamacpp:kv_cache_usage_ratio", "mean", 100),
    ),
    "prefix.hits": (
        Share(("vllm:prefix_cache_hits_total",), ("vllm:prefix_cache_queries_total",)),
        Share(("vllm:gpu_prefix_cache_hits_total",), ("vllm:gpu_prefix_cache_queries_total",)),
        Gauge("vllm:gpu_prefix_cache_hit_rate", "mean", 100),
        Gauge("sglang:cache_hit_rate", "mean", 100),
        # Its count of prompt tokens is without the cached ones.
        Share(
            ("llamacpp:prompt_tokens_cached_total",),
            ("llamacpp:prompt_tokens_total", "llamacpp:prompt_tokens_cached_total"),
        ),
    ),
    "ttft": (Histogram("vllm:time_to_first_token_seconds"), Histogram("sglang:time_to_first_token_seconds")),
    "itl": (
        Histogram("vllm:inter_token_latency_seconds"),
        Histogram("vllm:time_per_output_token_seconds"),
        Histogram("sglang:inter_token_latency_seconds"),
        Histogram("sglang:time_per_output_token_seconds"),
        Histogram("tgi_request_mean_time_per_token_duration"),
    ),
    "e2e": (
        Histogram("vllm:e2e_request_latency_seconds"),
        Histogram("sglang:e2e_request_latency_seconds"),
        Histogram("tgi_request_duration"),
        Histogram("tgi_request_inference_duration"),
    ),
    "ended.all": (
        Rate("vllm:request_success_total", 60),
        Rate("sglang:num_requests_total", 60),
        Rate("tgi_request_count", 60),
    ),
    "ended.failed": (
        Rate("vllm:request_success_total", 60, ("finished_reason", ("abort", "error"))),
        Rate("sglang:num_aborted_requests_total", 60),
        Rate("tgi_request_failure", 60),
    ),
}
# A label that tells processors apart which do the same work: of sets that differ in these alone, one counts.
SAME_WORK = frozenset({"tp_rank", "pp_rank", "moe_ep_rank", "pid"})
# A label of which a server has a set for each value and, with the empty one, a set for all of them.
TOTAL_IF_EMPTY = "priority"


def plain(name: str) -> str:
    """A name in the one spelling in which it is compared: what collects metrics may rewrite the colon, and whether a
    counter ends in `_total` is the library's matter."""
    return name.replace(":", "_").removesuffix("_total")


def _wanted() -> frozenset[str]:
    found: set[str] = set()
    for readings in READINGS.values():
        for reading in readings:
            match reading:
                case Share(part=part, of=of):
                    found |= {*part, *of}
                case Histogram(name=name):
                    found.add(f"{name}_bucket")
                case _:
                    found.add(reading.name)
    return frozenset(map(plain, found))


# Every name that is read, in that spelling.
WANTED = _wanted()
