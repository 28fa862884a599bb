"""Bytes of a log become lines that are whole, bounded, masked, with their level, time and colours."""

from __future__ import annotations

import json
from calendar import timegm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.core.log.levels import LONGEST_JSON, level_of
from playground.core.log.line import Level, Read, Span
from playground.core.log.reader import LONGEST, Reader
from playground.core.log.terminal import MOST_SPANS, plain
from playground.core.log.times import own_time
from playground.core.redact import redact
from playground.core.secret import MASK, Secret

NOW = float(timegm((2026, 11, 25, 1, 2, 30)))


def read(data: bytes, *, secrets: tuple[Secret, ...] = (), piece: int = 0, old: bool = False) -> list[Read]:
    reader = Reader()
    made: list[Read] = []
    for at in range(0, len(data), piece or len(data) or 1):
        made += reader.feed(data[at : at + (piece or len(data))], NOW, secrets, old=old)
    return [*made, *reader.flush(NOW, secrets)]


def texts(data: bytes, **more: int) -> list[str]:
    return [each.text for each in read(data, **more)]  # type: ignore[arg-type]


# Lines


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_lines_are_the_same_in_whatever_pieces_they_come(piece: int) -> None:
    data = "one\r\ntwo €\n\nlast".encode()
    assert texts(data, piece=piece) == ["one", "two €", "", "last"]


def test_a_carriage_return_shows_both_texts_instead_of_the_second_over_the_first() -> None:
    assert texts(b"10%\r20%\rdone\n") == ["10%", "20%", "done"]


def test_a_carriage_return_at_the_end_of_a_piece_belongs_to_the_break_that_may_follow() -> None:
    assert texts(b"one\r\ntwo\rthree\n", piece=4) == ["one", "two", "three"]
    assert texts(b"end\r") == ["end"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert texts(b"a \xff\xfe b\n") == ["a \ufffd\ufffd b"]


@pytest.mark.parametrize("piece", [1_000, 2_000_000])
def test_a_line_of_a_megabyte_is_cut_and_says_how_much_and_the_next_one_is_whole(piece: int) -> None:
    cut, following = read(b"x" * 1_000_000 + b"\nnext\n", piece=piece)
    assert cut.text == "x" * LONGEST + " … [cut: of 1,000,000 bytes, 992,000 are left out]"
    assert following.text == "next"


def test_a_line_without_end_takes_no_more_memory_than_a_long_one() -> None:
    reader = Reader()
    for _ in range(50):
        assert list(reader.feed(b"x" * 100_000, NOW)) == []
    assert len(reader._rest) < 100_000
    [line] = reader.flush(NOW)
    assert "of 5,000,000 bytes" in line.text
    assert list(reader.flush(NOW)) == []


def test_what_follows_a_loss_does_not_go_on_with_the_line_before() -> None:
    reader = Reader()
    assert list(reader.feed(b"half", NOW)) == []
    reader.skip()
    assert [line.text for line in reader.feed(b"whole\n", NOW)] == ["whole"]


def test_colours_beyond_the_cut_are_cut_with_the_text() -> None:
    [line] = read(b"\x1b[31m" + b"r" * 7_990 + b"\x1b[32m" + b"g" * 100 + b"\x1b[33m" + b"y" * 100 + b"\n")
    assert [(span.end, span.colour) for span in line.spans] == [(7_990, "red"), (LONGEST, "green")]


# Secrets


KEY = Secret("s3cret-of-the-operator")


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_key_is_masked_however_the_output_is_cut(piece: int) -> None:
    [line] = read(b"a key s3cret-of-the-operator and more\n", secrets=(KEY,), piece=piece)
    assert line.text == f"a key {MASK} and more"


def test_a_key_with_colours_in_it_is_masked_and_the_line_loses_its_colours() -> None:
    [line] = read(b"\x1b[31ms3cret-\x1b[0mof-the-operator\n", secrets=(KEY,))
    assert (line.text, line.spans) == (MASK, ())


@pytest.mark.parametrize("before", range(40_900, 41_020, 7))
def test_a_key_across_the_cut_leaves_no_part_of_itself(before: int) -> None:
    [line] = read(b"x" * before + b"s3cret-of-the-operator" + b"\n", secrets=(KEY,))
    assert "s3c" not in line.text
    many = b"sk-abcdefgh" + b"a" * 500 + b" "
    [line] = read(
        many * (before // len(many)) + b" " * (before % len(many)) + b"s3cret-of-the-operator\n", secrets=(KEY,)
    )
    assert "s3c" not in line.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abcdef123", f"Authorization: Bearer {MASK}"),
        ("GET /v1/models?token=abcdefgh1&x=1", f"GET /v1/models?token={MASK}&x=1"),
        ("GET /?api_key=abcdefgh1", f"GET /?api_key={MASK}"),
        ("HF_TOKEN=abcdefgh1", f"HF_TOKEN={MASK}"),
        (
            "non-default args: {'api_key': ['abcdefgh1'], 'port': 8000}",
            f"non-default args: {{'api_key': ['{MASK}'], 'port': 8000}}",
        ),
        ("vllm serve m --api-key abcdefgh1 --port 1", f"vllm serve m --api-key {MASK} --port 1"),
        ("AWS_SECRET_ACCESS_KEY=abc/def", f"AWS_SECRET_ACCESS_KEY={MASK}"),
        ("ASIAABCDEFGHIJKLMNOP", MASK),
        ("Cookie: a=b; c=d", f"Cookie: {MASK}"),
        ("postgres://me:pass@db/x", f"postgres://me:{MASK}@db/x"),
        ('{"token": "abcdefgh1"}', f'{{"token": "{MASK}"}}'),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert texts(f"{text}\n".encode()) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "Avg prompt throughput: 12.3 tokens/s, Avg generation throughput: 4.5 tokens/s",
        "max_tokens: 12345678901, token: 12, eos_token='<|im_end|>'",
        "monkey: banana, the keyboard=qwerty is fine",
    ],
)
def test_what_only_sounds_like_one_stays(text: str) -> None:
    assert texts(f"{text}\n".encode()) == [text]


@given(st.text(alphabet="abckeytoknsrp_-=:/@\"' []{}BearBASIC*;,&12345678.\t", max_size=80))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert redact(redact(text, [KEY]), [KEY]) == redact(text, [KEY])


# Colours


@pytest.mark.parametrize(
    ("raw", "shown", "colours"),
    [
        ("\x1b[31mred\x1b[0m plain", "red plain", [(0, 3, "red")]),
        ("\x1b[1;92mok\x1b[m", "ok", [(0, 2, "green")]),
        ("\x1b[1mbold\x1b[2mdim\x1b[39mnone", "bolddimnone", [(0, 4, "bold"), (4, 7, "grey")]),
        ("\x1b[34m\x1b[1mstays blue", "stays blue", [(0, 10, "blue")]),
        ("\x1b[38;5;196ma\x1b[48;2;1;2;31mb\x1b[35mc", "abc", [(2, 3, "magenta")]),
        ("\x1b[36mcyan\x1b[4munder", "cyanunder", [(0, 4, "cyan"), (4, 9, "cyan")]),
        ("a\x1b[2K\x1b[1Gb\x1b[5Ac", "abc", []),
        ("\x1b]0;title\x07text\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "textlink", []),
        ("\x1bPq#0\x1b\\after \x1bcreset", "after reset", []),
        ("\x9b31mred\x9b0m", "red", [(0, 3, "red")]),
        ("a\x08\x08b\x00\x7f", "ab", []),
        ("tab\tstays", "tab\tstays", []),
        ("\u202eevil\u2066\u200f", "evil", []),
        ("bell\x07 only", "bell only", []),
        ("open \x1b[31", "open ", []),
        ("open \x1b]0;never ends", "open ", []),
        ("\x1b", "", []),
        ("\x1b[;mx", "x", []),
    ],
)
def test_colours_are_read_and_what_else_a_terminal_acts_on_is_left_out(
    raw: str, shown: str, colours: list[tuple[int, int, str]]
) -> None:
    text, spans = plain(raw)
    assert text == shown
    assert [(span.start, span.end, span.colour) for span in spans] == colours


def test_a_line_of_colours_has_so_many_and_no_more() -> None:
    _, spans = plain("\x1b[31ma\x1b[32mb" * 500)
    assert len(spans) == MOST_SPANS


@given(st.text(alphabet="\x1b[]0123456789;mKHJ\\\x07\x9b\x9d\r\t ab<>&\u202e", max_size=200))
def test_nothing_that_a_terminal_acts_on_is_left(raw: str) -> None:
    text, spans = plain(raw)
    assert text.replace("\t", "").isprintable()
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


# Levels


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("INFO 11-25 01:02:03 [loggers.py:123] Engine 000: running", "info"),
        ("(EngineCore pid=12) ERROR 11-25 01:02:03 [core.py:1] it failed", "error"),
        ('INFO:     127.0.0.1:1 - "POST /v1/chat/completions HTTP/1.1" 200 OK', "info"),
        ('INFO:     127.0.0.1:1 - "POST /v1/chat/completions HTTP/1.1" 500 Internal Server Error', "error"),
        ('10.0.0.1 - - [25/Nov/2026:01:02:03 +0000] "GET / HTTP/1.1" 404 12', "warning"),
        ("2026-11-25 01:02:03,456 - root - WARNING - low memory", "warning"),
        ("[2026-11-25 01:02:03] CRITICAL: gone", "error"),
        ("0.00.036.178 E load: no such file", "error"),
        ("0.01.036.178 I srv  log_server_r: done", "info"),
        ("srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 200", "unknown"),
        ("E1125 01:02:03.456789       1 main.go:12] failed", "error"),
        ("vllm-1  | W1125 01:02:03.456789       1 main.go:12] odd", "warning"),
        ('{"level":"warn","msg":"x"}', "warning"),
        ('{"level":50,"msg":"x"}', "error"),
        ('{"severity":40}', "warning"),
        ('{"lvl":30}', "info"),
        ('{"lvl":20}', "debug"),
        ('{"level":true,"msg":"INFO x"}', "info"),
        ('{"msg":"nothing said"}', "unknown"),
        ('{"level":"strange"} ', "unknown"),
        ("{no json} DEBUG x", "debug"),
        ("2026/11/25 01:02:03 [error] 12#12: *1 connect() failed", "error"),
        ('time="2026-11-25T01:02:03Z" level=debug msg=x', "debug"),
        ("level=odd", "unknown"),
        ("error: cannot open", "error"),
        ("error[E0308]: mismatched types", "error"),
        ("vllm-1  | 2026-11-25T01:02:03.000000001Z INFO 11-25 01:02:03 [x.py:1] up", "info"),
        ("Nov 25 01:02:03 host vllm[12]: WARNING 11-25 01:02:03 [x.py:1] y", "warning"),
        ("2026-11-25T01:02:03Z  TRACE router: x", "debug"),
        ("thread 'main' panicked at src/main.rs:1:2:", "error"),
        ("an ERROR_CODE of none, no WARN-INGS", "warning"),
        ("Hello, information for you", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_level_is_read_as_each_server_writes_it(text: str, level: Level) -> None:
    assert level_of(text) == level


def test_json_that_is_deep_or_long_is_looked_at_as_text() -> None:
    assert level_of('{"a":' * 3_000) == "unknown"
    assert level_of(json.dumps({"msg": "ERROR " + "x" * LONGEST_JSON, "level": "info"})) == "error"


# Times


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-25 01:02:03,456 x", NOW - 27 + 0.456),
        ("2026-11-25T01:02:03.5Z x", NOW - 27 + 0.5),
        ("2026-11-25T03:02:03+02:00 x", NOW - 27),
        ("2026-11-24T23:02:03 -0200 x", NOW - 27),
        ("2026/11/25 01:02:03 [error]", NOW - 27),
        ("INFO 11-25 01:02:03 [x.py:1]", NOW - 27),
        ("E1125 01:02:03.25  1 x.go:1]", NOW - 27 + 0.25),
        ('1.1.1.1 - - [25/Nov/2026:01:02:03 +0000] "GET', NOW - 27),
        ("Nov 25 01:02:03 host x: y", NOW - 27),
        ("Nov  5 01:02:03 host x: y", NOW - 27 - 20 * 86_400),
        ('{"ts":1764032523.25,"m":1}', 1764032523.25),
        ('{"time": 1764032523250}', 1764032523.25),
        ("INFO 13-45 01:02:03 x", None),
        ("Foo 25 01:02:03 x", None),
        ("2026-11-25 25:02:03 x", None),
        ("at 01:02:03 something", None),
        ("10.0.0.1:8000 up", None),
    ],
)
def test_the_time_is_read_as_each_server_writes_it(text: str, at: float | None) -> None:
    found = own_time(text, NOW, 0.0)
    assert (found[0] if found else None) == (pytest.approx(at) if at is not None else None)


def test_a_line_of_december_that_comes_in_january_is_last_years() -> None:
    arrived = float(timegm((2027, 1, 1, 0, 0, 5)))
    found = own_time("INFO 12-31 23:59:59 x", arrived, 0.0)
    assert found == (float(timegm((2026, 12, 31, 23, 59, 59))), False)


def test_a_time_without_a_zone_is_of_the_zone_that_is_assumed() -> None:
    assert own_time("2026-11-25 01:02:03 x", NOW, 3600.0) == (NOW - 27 - 3600, False)


def test_a_clock_in_another_zone_is_learned_from_lines_that_have_just_been_written() -> None:
    reader = Reader()
    data = b"2026-11-25 03:02:29 x\n" * 6
    times = [line.own for line in reader.feed(data, NOW)]
    assert times[0] == NOW - 1 + 7200
    assert times[-1] == NOW - 1
    [other] = reader.feed(b"2026-11-25T01:02:29Z x\n", NOW)
    assert other.own == NOW - 1


def test_lines_that_were_written_earlier_teach_nothing_of_a_clock() -> None:
    data = b"2026-11-24 20:02:29 x\n" * 6
    assert {line.own for line in read(data, old=True)} == {NOW - 1 - 5 * 3600}
    # Neither does a time that no zone's clock can be off by.
    assert {line.own for line in read(b"2020-01-01 00:00:00 x\n" * 6)} == {float(timegm((2020, 1, 1, 0, 0, 0)))}


# Anything


@given(st.lists(st.binary(max_size=400), max_size=8))
def test_any_bytes_are_read_masked_and_bounded(pieces: list[bytes]) -> None:
    reader = Reader()
    made: list[Read] = []
    for piece in pieces:
        made += reader.feed(piece.replace(b"\x00", b"s3cret-of-the-operator"), NOW, (KEY,))
    made += reader.flush(NOW, (KEY,))
    for line in made:
        assert KEY.reveal() not in line.text
        assert "\n" not in line.text and "\x1b" not in line.text
        assert len(line.text) <= LONGEST + 100
        assert all(isinstance(span, Span) for span in line.spans)


@pytest.mark.parametrize("code", ["9" * 5_000, "1" * 4, "0" * 5_000 + "31"])
def test_a_colour_that_is_no_number_of_a_colour_is_none(code: str) -> None:
    (line,) = read(f"\x1b[{code}mred\n".encode())
    assert (line.text, line.spans) == ("red", ())


def test_a_last_line_without_a_break_is_known_to_be_unfinished() -> None:
    reader = Reader()
    list(reader.feed(b"whole\nnot who", 1.0))
    assert reader.unfinished
    list(reader.flush(1.0))
    assert not reader.unfinished
