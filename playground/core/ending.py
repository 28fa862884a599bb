"""How a run of the embedded server ended, as an error in our words. Pure; not here: running it."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from playground.core.errors import BadModelFile, LocalDied, LocalError, LocalUnavailable

# The child's own report: llama.cpp will not load this model, or its library cannot be imported here.
Verdict = Literal["refused", "broken"]

_ANOTHER = "or connect an endpoint of yours with --endpoint-url."


@dataclass(slots=True)
class Ending:
    """`code` is the exit code, minus the signal's number where one ended it, None where it could not even start.

    `ready`: it had come so far as to serve. `said`: its log's line that tells most, secrets masked.
    """

    ready: bool = False
    verdict: Verdict | None = None
    code: int | None = None
    said: str = ""


def explain(ending: Ending, model: str, *, given_up: bool) -> LocalError:
    """What to tell a person; `model` is the file's name. With a verdict, starting it again would change nothing."""
    if ending.verdict == "refused":
        if "alloc" in ending.said:
            hint = "There is too little memory: set a smaller --local-context, give a smaller model with --gguf FILE, "
        else:
            hint = "The file may be incomplete, or of a kind llama.cpp does not know: give another with --gguf FILE, "
        return BadModelFile(f"llama.cpp cannot load {model}.", hint + _ANOTHER, ending.said)
    if ending.verdict == "broken":
        return LocalUnavailable(
            "The built-in model's server is installed, but cannot be loaded on this machine.",
            f"Install xllamacpp again, {_ANOTHER}",
            ending.said,
        )
    what = f"The built-in model's server ended by itself{_how(ending.code)}."
    if not given_up:
        return LocalDied(what, "It is being started again.", ending.said)
    return LocalDied(
        what, f"It has done so several times. Free some memory, use a smaller model, {_ANOTHER}", ending.said
    )


def cause(log: Sequence[str]) -> str:
    """The line of one run's log that tells most: its first error, as those after it follow from it; else its last."""
    return next((line for line in log if _is_error(line)), log[-1] if log else "")


def _is_error(line: str) -> bool:
    """llama.cpp writes `0.00.036.178 E llama_model_load: …`: the time, the level, the function."""
    return line.split(" ", 2)[1:2] == ["E"]


def _how(code: int | None) -> str:
    if code is None:
        return ""
    if code >= 0:
        return f" (exit code {code})"
    if code == -signal.SIGKILL:
        return " (killed from outside, most often because memory had run out)"
    try:
        return f" (signal {signal.Signals(-code).name})"
    except ValueError:
        return f" (signal {-code})"
