"""Where an endpoint's log is to be had, as the operator's settings name it. Not here: reading it."""

from __future__ import annotations

from dataclasses import dataclass

from playground.core.child_env import FLEXAI
from playground.core.redact import redact


@dataclass(frozen=True, slots=True)
class FileLog:
    """A file that is followed."""

    path: str

    @property
    def title(self) -> str:
        return redact(self.path.replace("\\", "/").rsplit("/", 1)[-1])


@dataclass(frozen=True, slots=True)
class CommandLog:
    """A command whose output is the log. `env` names variables of the app's environment that it gets besides the few
    that every program needs; `sets` are given to it with these values."""

    argv: tuple[str, ...]
    env: tuple[str, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """Its name and what else is in front of the first option: options may hold what nobody is to read."""
        words = [self.argv[0].replace("\\", "/").rsplit("/", 1)[-1]]
        for word in self.argv[1:3]:
            if word.startswith("-"):
                break
            words.append(word)
        return redact(" ".join(words))


LogSource = FileLog | CommandLog


def flexai(name: str) -> CommandLog:
    """An endpoint's log by FlexAI's own command line. Without DEBUG it says less of what goes wrong."""
    return CommandLog(("flexai", "inference", "logs", name), FLEXAI, (("DEBUG", "1"),))
