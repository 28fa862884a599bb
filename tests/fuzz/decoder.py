"""Coverage-guided fuzzing of all that reads a server's bytes: `make fuzz`, or

    python -m tests.fuzz.decoder [--planted] [libFuzzer's options] [a corpus' folder, or inputs to run again]

It starts from what the scripted endpoint's scenarios write. An input that breaks something is written to a file that
can be given to this command again. `--planted` adds a fault that a test wants found.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

# The exit code where there is no fuzzer for this platform.
SKIPPED = 0


def main(arguments: list[str]) -> None:
    try:
        import atheris
    except ImportError:
        print("There is no fuzzer for this platform: nothing was tried.")  # noqa: T201 - a command's output
        sys.exit(SKIPPED)
    planted = "--planted" in arguments
    # What is imported in here tells the fuzzer which way it took.
    with atheris.instrument_imports(include=["playground.core", "tests.fuzz"]):
        from tests.fuzz import checks
    from tests.fuzz.mutations import crossed, mutated

    check: Callable[[bytes], None] = checks.planted if planted else checks.check

    def change(data: bytes, most: int, seed: int) -> bytes:
        return mutated(data, most, seed, atheris.Mutate)

    options = [argument for argument in arguments if argument != "--planted"]
    atheris.Setup([sys.argv[0], *options], check, custom_mutator=change, custom_crossover=crossed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
