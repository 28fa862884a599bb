"""What belongs together stays together: tracebacks, stacks, messages of several lines."""

from __future__ import annotations

import pytest

from playground.core.log.groups import MOST
from playground.core.log.reader import Reader


def entries(text: str) -> list[tuple[str, list[str]]]:
    """Each entry's level (its last line's) and lines."""
    reader = Reader()
    made: list[tuple[str, list[str]]] = []
    for line in reader.feed(text.encode(), 1.0):
        if line.joined:
            made[-1][1].append(line.text)
            made[-1] = (line.level, made[-1][1])
        else:
            made.append((line.level, [line.text]))
    return made


def sizes(text: str) -> list[tuple[str, int]]:
    return [(level, len(lines)) for level, lines in entries(text)]


PYTHON = """Traceback (most recent call last):
  File "x.py", line 1, in <module>
    f()

  File "y.py", line 2
ValueError: two
  lines
"""


def test_a_traceback_of_python_is_one_entry_up_to_its_last_line() -> None:
    assert sizes("INFO ready\n" + PYTHON + "INFO goes on\n") == [("info", 1), ("error", 7), ("info", 1)]


def test_a_chain_of_them_is_one() -> None:
    between = "\nThe above exception was the direct cause of the following exception:\n\n"
    assert sizes(PYTHON + between + PYTHON + "next\n") == [("error", 17), ("unknown", 1)]


def test_it_belongs_to_the_error_in_front_of_it_and_to_nothing_else() -> None:
    assert sizes("ERROR it failed\n" + PYTHON) == [("error", 8)]
    assert sizes("it failed\n" + PYTHON) == [("unknown", 1), ("error", 7)]


def test_with_something_in_front_of_each_line_it_is_one_as_well() -> None:
    front = "(EngineCore pid=12) ERROR 11-25 01:02:03 [core.py:1] "
    text = "".join(front + line + "\n" for line in ("it failed", *PYTHON.splitlines()))
    assert sizes(text + front + "another\n") == [("error", 8), ("error", 1)]


def test_a_group_of_exceptions_is_one() -> None:
    text = (
        "  + Exception Group Traceback (most recent call last):\n  |   File 'x'\n  +-+--- 1 ---\n"
        "    | ValueError\nnext\n"
    )
    assert sizes(text)[0] == ("error", 5)


def test_a_stack_of_java_makes_its_first_line_an_error() -> None:
    text = (
        "java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n"
        "Caused by: x\n\t... 12 more\nnext\n"
    )
    assert sizes(text) == [("error", 5), ("unknown", 1)]


def test_a_panic_of_rust_is_one() -> None:
    text = "thread 'main' panicked at src/main.rs:1:2:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`\nnext\n"
    assert sizes(text) == [("error", 3), ("unknown", 1)]


def test_an_indented_line_goes_on_with_the_one_before_at_its_level() -> None:
    assert sizes("WARNING these:\n  one\n  two\nnext\n") == [("warning", 3), ("unknown", 1)]


@pytest.mark.parametrize("text", ["  indented first\n", "\n  after nothing\n", "INFO a\n  ERROR b\n"])
def test_what_has_nothing_to_go_on_with_is_its_own(text: str) -> None:
    assert all(size == 1 for _, size in sizes(text))


def test_an_entry_has_an_end() -> None:
    found = sizes("first\n" + "  more\n" * (MOST + 50))
    assert found == [("unknown", MOST), ("unknown", 51)]


def test_a_crash_of_sglang_is_one_entry_and_an_error() -> None:
    front = "[2026-11-25 01:02:03 TP0] "
    text = f"{front}ready\n{front}Scheduler hit an exception: {PYTHON.splitlines()[0]}\n"
    text += "\n".join(PYTHON.splitlines()[1:]) + "\n\n[2026-11-25 01:02:04 TP0] goes on\n"
    assert sizes(text) == [("unknown", 1), ("error", 8), ("unknown", 1)]


def test_a_traceback_behind_the_name_of_a_pod_is_one() -> None:
    front = "[pod/vllm-6d5f7-x2x/server] "
    text = "".join(front + line + "\n" for line in PYTHON.splitlines())
    assert sizes(f"{front}INFO ready\n{text}{front}INFO goes on\n") == [("info", 1), ("error", 7), ("info", 1)]


def test_lines_of_another_process_within_a_traceback_make_no_part_of_it_harmless() -> None:
    one, other = ("(Worker_TP0 pid=12) ", "(Worker_TP1 pid=13) ")
    begin, *middle, end = PYTHON.splitlines()[:-1]
    text = f"{one}{begin}\n{other}INFO hears nothing\n" + "".join(f"{one}{line}\n" for line in middle)
    text += f"{other}{begin}\n{one}{end}\n{other}{middle[0]}\n{other}{end}\n{other}INFO goes on\n"
    assert sizes(text) == [
        ("error", 1), ("info", 1), ("error", 4), ("error", 1), ("error", 1), ("error", 2), ("info", 1),
    ]  # fmt: skip


def test_a_traceback_that_has_not_gone_on_for_long_is_over() -> None:
    front = "(Worker_TP0 pid=12) "
    text = f"{front}{PYTHON.splitlines()[0]}\n" + "INFO something else\n" * 60 + f"{front}  File\n"
    assert entries(text)[-1] == ("unknown", [f"{front}  File"])


def test_of_more_processes_than_there_can_be_the_first_is_forgotten() -> None:
    text = "".join(f"(Worker pid={number}) {PYTHON.splitlines()[0]}\n" for number in range(40))
    assert entries(text + "(Worker pid=0)   File\n")[-1][0] == "unknown"
    assert entries(text + "(Worker pid=39)   File\n")[-1][0] == "error"
