"""The embedded server's process: llama.cpp's HTTP server, alive for exactly as long as the app that started it.

Run by path, alone: it imports nothing of the playground, so that it needs no PYTHONPATH and starts at once.

Standard input: one line of JSON (the table below), then nothing; its end means that the app is gone, and this process
ends at once. The key comes this way because other people can read a command line, and a process's children its
environment. Standard output: one JSON object a line, `{"state": "loading"}`, `{"state": "ready", "port": 12345}`
(with the version of xllamacpp and the devices it works on),
`{"state": "refused"}` (llama.cpp will not load this model) or `{"state": "broken"}` (the library cannot be imported).
Standard error: everything else, which is to say llama.cpp's log.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, TextIO, TypedDict

FAILED = 3
# MiB of memory for prompts of earlier conversations. llama.cpp's own default, 8 GiB, is more than many machines have.
PROMPT_CACHE = 512


class Config(TypedDict):
    """What the app hands over. `context` is tokens for each slot; `limit` is tokens for an answer whose request names
    no limit of its own, -1 for none."""

    key: str
    path: str
    model: str
    context: int
    slots: int
    threads: int
    limit: int


def main() -> None:
    """Serves until standard input ends. Never returns."""
    report = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    # Whatever llama.cpp prints must not be taken for one of our reports.
    os.dup2(2, 1)
    config: Config = json.loads(sys.stdin.buffer.readline())
    _end_with_the_app()
    _say(report, {"state": "loading"})
    try:
        import xllamacpp  # type: ignore[import-untyped]  # it ships no types
    except ImportError as error:
        sys.stderr.write(f"xllamacpp cannot be imported: {error}\n")
        _say(report, {"state": "broken"})
        os._exit(FAILED)
    try:
        server = xllamacpp.Server(_parameters(xllamacpp.CommonParams(), config))
    except RuntimeError:
        # The log already holds the reason; this exception's text only says to look there.
        _say(report, {"state": "refused"})
        os._exit(FAILED)
    _say(
        report,
        {
            "state": "ready",
            "port": int(server.listening_address.rsplit(":", 1)[1]),
            "version": str(getattr(xllamacpp, "__version__", "")),
            "devices": ", ".join(str(device["name"]) for device in xllamacpp.get_device_info()),
        },
    )
    sys.stdin.buffer.read()
    # No clean-up: a request that is being answered would hold it up, and there's nothing here to save.
    os._exit(0)


def parameters(config: Config) -> list[tuple[str, object, str]]:
    """What the server is started with: the parameter of llama.cpp's, its value, and the option of its command line
    that says the same. "": it has no value to show."""
    threads = config["threads"]
    return [
        ("model.path", config["path"], "--model"),
        ("model_alias", [config["model"]], "--alias"),
        ("api_keys", [config["key"]], ""),
        ("hostnames", ["127.0.0.1"], "--host"),
        ("port", 0, ""),  # the system chooses a free one
        ("n_parallel", config["slots"], "--parallel"),
        ("n_ctx", config["context"] * config["slots"], "--ctx-size"),  # llama.cpp divides it among the slots
        ("n_predict", config["limit"], "--predict"),
        ("cpuparams.n_threads", threads, "--threads"),
        ("cpuparams_batch.n_threads", threads, "--threads-batch"),
        ("cache_ram_mib", PROMPT_CACHE, "--cache-ram"),
        ("use_jinja", True, "--jinja"),
        ("endpoint_metrics", True, "--metrics"),
        ("ui", False, "--no-webui"),
    ]


def arguments(config: Config) -> list[str]:
    """The same as a command line, without the key and the folder of the model's file."""
    told: list[str] = []
    for name, value, option in parameters(config):
        if not option:
            continue
        told.append(option)
        if name == "model.path":
            told.append(os.path.basename(str(value)))  # noqa: PTH119 - pathlib would be imported for this alone
        elif not isinstance(value, bool):
            told.append(str(value[0] if isinstance(value, list) else value))
    return told


def _parameters(params: Any, config: Config) -> Any:
    for name, value, _option in parameters(config):
        holder = params
        *above, last = name.split(".")
        for step in above:
            holder = getattr(holder, step)
        setattr(holder, last, value)
    return params


def _end_with_the_app() -> None:
    """From now on the end of standard input ends this process, also while a model loads.

    Loading holds the interpreter's lock, for minutes with a large model, so no thread of ours could act. On Linux the
    kernel can: it raises SIGIO when the pipe's other end closes, and SIGIO ends a process by default. Elsewhere the
    process ends once the model is loaded.
    """
    if sys.platform != "linux":
        return
    import fcntl
    import select

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    # Nothing more is ever written: if there's something to read, it is the end, and it came before the lines above.
    if select.select([0], [], [], 0)[0]:
        os._exit(0)


def _say(report: TextIO, message: dict[str, str | int]) -> None:
    try:
        report.write(json.dumps(message) + "\n")
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
