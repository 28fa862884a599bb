"""Code, command lines and values in the forms that are rarely met, each reader by itself."""

from __future__ import annotations

from typing import Any

import pytest

from playground.core.paste.cmd import Cmd, arguments
from playground.core.paste.literals import read_code, read_literal
from playground.core.paste.names import meaning
from playground.core.paste.posix import Posix
from playground.core.paste.powershell import PowerShell
from playground.core.paste.python import read_python
from playground.core.paste.values import NotJSON, Unknown, as_json, joined
from playground.core.paste.words import Lines


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("'a' 'b'", "ab"),
        ("b'a\\xff'", "a\ufffd"),
        ("-1.5", -1.5),
        ("-x", Unknown()),
        ("1 + x", "1${x}"),
        ("[1] + [2]", [1, 2]),
        ("[1] + 'a'", Unknown()),
        ("(1, None, True)", [1, None, True]),
        ("{1, 2}", [1, 2]),
        ("{**{'a': 1}, 'b': 2, 3: 4, **x}", {"a": 1, "b": 2}),
        ("dict(a=1, **{'b': 2}, **x)", {"a": 1, "b": 2}),
        ("dict([1])", [1]),
        ("f'a{x.y}b{1}'", "a${y}b1"),
        ("f'{[1]}'", Unknown()),
        ("await f('a')", Unknown("f")),
        ("'a' if x else 'b'", "a"),
        ("x if y else 'b'", "b"),
        ("x or y", Unknown("x")),
        ("os.environ['X'] or 'd'", "d"),
        ("os.environ.get('X', 'd')", "d"),
        ("os.getenv(name)", Unknown("os.getenv")),
        ("a['b']", Unknown("b")),
        ("{'b': 1}['b']", 1),
        ("a[0]", Unknown()),
        ("a[1:2]", Unknown()),
        ("1j", Unknown()),
        ("...", Unknown()),
        ("lambda: 1", Unknown()),
        ("2 ** 3", Unknown()),
        ("(y := 3)", 3),
        ("'a'.encode()", "a"),
        ("'a'.upper()", Unknown("upper")),
        ("f(1)(2)", Unknown()),
        ("json.dumps({'a': 1}).encode('utf-8')", Unknown("json.dumps.encode")),
        ("SecretStr('a')", "a"),
        ("str()", None),
        ("[" * 70 + "]" * 70, None),
    ],
)
def test_a_python_expression_has_the_value_that_is_written(source: str, value: Any) -> None:
    found = read_python(f"z = {source}").variables["z"]
    if source.startswith("[["):
        with pytest.raises(NotJSON):
            as_json(found)
    elif "dumps" in source:
        assert found == {"a": 1}
    else:
        assert found == value


def test_python_binds_what_is_assigned_in_any_way() -> None:
    script = read_python(
        "x: int\ny: str = 'a'\na = b = 'c'\nopenai.api_key = 'k'\nenviron['E'] = 'e'\nos.environ['F'] = 'f'\n"
        "d = {}\nd['g'] = 1\np, q = 1, 2\ns = 'one',\nt[0] = 3\n"
    )
    assert script.variables == {
        "y": "a", "a": "c", "b": "c", "api_key": "k", "E": "e", "F": "f", "d": {"g": 1}, "s": "one"
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a = )", "\x00", "a" * 9 + "\n" * 9_000, "not " * 900 + "x", "  a = 1\n b = 2"])
def test_what_python_does_not_parse_is_read_all_the_same(text: str) -> None:
    assert read_python(text + "\nbase_url = 'u'").variables["base_url"] == "u"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"a\\u{1F600}\\u0041\\x41\\n\\q\\\nb\\U00000041"', "a😀AA\nqbA"),
        ('"\\u{110000}"', "\ufffd"),
        ("'open", "open"),
        ('"open\\', "open\\"),
        ("`a${b}c`", "a${b}c"),
        ("`a$b{c}`", "a$b{c}"),
        ("f'{b}'", "${b}"),
        ("r'\\n'", "\\n"),
        ("'''a'b'''", "a'b"),
        ('"""open', "open"),
        ("1_000", 1000),
        ("-1", -1),
        ("-a", Unknown()),
        ("1" * 50, Unknown()),
        ("-" + "1" * 50, Unknown()),
        ("1e3", 1000.0),
        ("undefined", None),
        ("a ?? b ?? 'c'", "c"),
        ("a || 'c'", "c"),
        ("a or 'c'", "c"),
        ("a.b.c", Unknown("a.b.c")),
        ("a" + ".b" * 300, None),
        ("a?.b", Unknown("a.b")),
        ('a["b"]', Unknown("b")),
        ("a[0]", Unknown()),
        ("'a'.trim()", "a"),
        ("'a'.length", Unknown("length")),
        ("'a'.b(1)", Unknown("b")),
        ("()", Unknown()),
        ("(1, (2))", 1),
        ("[1, [2], {a: 3}, , ]", [1, [2], {"a": 3}]),
        ("{a: 1, 'b': 2, [c]: 3, ...d, e, 4: 5, f() {}, }", None),
        ("{a: http://x/y}", {"a": "http://x/y"}),
        ("/* c */ 1 // d", 1),
        ("new URL('u')", "u"),
        ("f(a=1, 'b')", Unknown("f")),
        ("(a) => b", Unknown("a")),
        ("", Unknown()),
    ],
)
def test_a_value_written_by_hand_is_read_as_it_is_meant(source: str, value: Any) -> None:
    found = read_literal(source)
    if source.startswith("{a: 1, 'b'"):
        assert (found["a"], found["b"], found["4"], found["e"]) == (1, 2, 5, Unknown("e"))
    elif ".b.b" in source:
        assert isinstance(found, Unknown)
        assert len(found.name) < 300
    else:
        assert found == value


def test_the_variables_of_code_are_bound_however_they_are_declared() -> None:
    script = read_code("const a: string = 'x'; let b = a + '/y'\nc.d = `${b}!`\ne: 3,\n'f': 4\n1 = 2\nif (x) { g = 5 }")
    assert {name: script.variables[name] for name in "abdefg"} == {
        "a": "x", "b": "x/y", "d": "x/y!", "e": 3, "f": 4, "g": 5
    }  # fmt: skip


def test_powershell_is_read_with_its_quotes_comments_and_options() -> None:
    script = read_code(
        '<# all\nof it #> $a = \'it\'\'s\' # one\n$b = "`$5 `"$a`" $($c) ${a}`n"\n$d = "$a, $env:E and ${env:F}"\n'
        "$g = @{ x =\n 1; y = @(1, 2)\n z = $null }\n$h = @'\n'' $a\n'@\n$i = @\"\n$a\n\"@\n$j = \"open\\\n",
        "powershell",
    )
    assert script.variables["$a"] == "it's"
    assert script.variables["$g"] == {"x": 1, "y": [1, 2], "z": None}
    assert script.variables["$h"] == "'' $a"
    assert script.variables["$b"] == '$5 "$a" $($c) ${a}\n'
    assert script.variables["$i"].startswith("it's") or "$" in script.variables["$i"]


def test_a_powershell_command_is_a_call_with_its_options() -> None:
    [call] = read_code("irm http://x -Method Post -A -B 1 -C -D | more", "powershell").calls
    assert (call.name, call.args) == ("irm", ["http://x"])
    assert call.named == {"method": Unknown("Post"), "a": True, "b": 1, "c": True, "d": True}


def words(lines: Lines) -> list[list[str]]:
    return [command.words for command in lines.commands()]


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("a b\\ c 'd'\"e\"\\f", [["a", "b c", "def"]]),
        ("a # b\nc#d", [["a"], ["c#d"]]),
        ("a #b", [["a"]]),
        ("a && b || c; d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ('a "\\$b \\\\ \\` \\" \\c \\\nd $e $1 $"', [["a", '$b \\ ` " \\c d $e $1 $']]),
        ("a $'\\'\\n\\x41'", [["a", "'\nA"]]),
        ("B=1 a $B ${B} ${C:-d} ${C-e} $C", [["B=1", "a", "$B", "${B}", "d", "e", "$C"]]),
        ("B=1\na $B", [["B=1"], ["a", "1"]]),
        ("a <your key> b<c >d 2>e 2>&1 >> f >", [["a", "<your key>", "b"]]),
        ("a <<< b", [["a", "<<<", "b"]]),
        ("a\n  -b", [["a", "-b"]]),
        ("a \\", [["a", ""]]),
        ('a "\\', [["a", "\\"]]),
    ],
)
def test_a_line_is_split_as_bash_does(text: str, split: list[list[str]]) -> None:
    assert words(Posix(text)) == split


def test_here_documents_are_read_up_to_a_number_of_them() -> None:
    commands = Posix("a <<A <<-'B' | c\n1\nA\n\t2\n  B\nd").commands()
    assert [(command.words, command.stdin) for command in commands] == [
        (["a"], "\t2\n".lstrip("\t")),
        (["c"], None),
        (["d"], None),
    ]
    assert all(command.stdin is not None for command in Posix("a <<A\nA\n" * 30).commands() if command.words == ["a"])


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("a ^\nb", [["a", "b"]]),
        ('a ^"b c^" ^& "d ^ e" %X% %', [["a", "b c", "&", "d ^ e", "%X%", "%"]]),
        ("set X=1\na %X%", [["set", "X=1"], ["a", "1"]]),
        ("a & b | c", [["a"], ["b"], ["c"]]),
        ('a "b & c" "d\ne"', [["a", "b & c", "d"], ["e"]]),
        ("a\n -b", [["a", "-b"]]),
        ("a ^^^\n\nb", [["a", "^\nb"]]),
        ("\n\n", []),
    ],
)
def test_a_line_is_split_as_cmd_does(text: str, split: list[list[str]]) -> None:
    assert words(Cmd(text)) == split


@pytest.mark.parametrize(
    ("line", "split"),
    [
        ('a\\b "c d" e"f"g', ["a\\b", "c d", "efg"]),
        ('"a\\"b" "a\\\\" "a\\\\\\"b"', ['a"b', "a\\", 'a\\"b']),
        ('"a""b" "" x', ['a"b', "", "x"]),
        ("", []),
    ],
)
def test_a_line_is_split_as_a_windows_program_does(line: str, split: list[str]) -> None:
    assert arguments(line) == (split, False)


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("a `\n b", [["a", "b"]]),
        ('a \'b\'\'c\' "d`"e" "f""g" "h\\"i" `$j "`n"', [["a", "b'c", 'd"e', 'f"g', 'h"i', "$j", "\n"]]),
        ('$x = \'y\'\na $x "${env:X}" $z $ "$"', [["$x", "=", "y"], ["a", "y", "y", "$z", "$", "$"]]),
        ("a # b\nc#d @e", [["a"], ["c#d", "@e"]]),
        ("a # b", [["a"]]),
        ("a; b | c", [["a"], ["b"], ["c"]]),
        ("a @'\nb\n'@ c", [["a", "b", "c"]]),
        ("a 'b", [["a", "b"]]),
        ('a "b\\c', [["a", "b\\c"]]),
    ],
)
def test_a_line_is_split_as_powershell_does(text: str, split: list[list[str]]) -> None:
    assert words(PowerShell(text)) == split


def test_a_text_of_too_many_pieces_is_read_in_part() -> None:
    lines = Posix("a " * 60_000)
    lines.commands()
    assert lines.open


@pytest.mark.parametrize("value", [Unknown(), float("nan"), 1e999, 2**64, -(2**63) - 1, b"", {"a": object()}])
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(NotJSON):
        as_json([value])


def test_texts_are_joined_up_to_a_length() -> None:
    assert joined(["a", 1, Unknown("b")]) == "a1${b}"
    assert joined(["x" * 1_000_000]) == "x" * 1_000_000
    assert joined(["x" * 60_000] * 2) == Unknown()
    assert joined(["a", None]) == Unknown()


@pytest.mark.parametrize(
    ("name", "concept", "general"),
    [
        ("OPENAI_BASE_URL", "address", True),
        ("baseURL", "address", True),
        ("azure_endpoint", "address", False),
        ("ACME_API_KEY", "key", False),
        ("VLLM_PORT", "port", True),
        ("LLM_MODEL", "model", True),
        ("key", "key", True),
    ],
)
def test_a_name_is_known_by_its_end(name: str, concept: str, general: bool) -> None:
    found = meaning(name)
    assert found is not None
    assert (found.concept, found.general) == (concept, general)


@pytest.mark.parametrize("name", ["HF_TOKEN", "GITHUB_TOKEN", "EMBEDDING_MODEL", "monkey", "hostess", "image_url", ""])
def test_a_name_that_says_nothing_of_an_endpoint_is_none(name: str) -> None:
    assert meaning(name) is None
