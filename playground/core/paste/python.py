"""Python → its variables, calls and values, by Python's own parser. Literals only: nothing is ever run."""

from __future__ import annotations

import ast
import textwrap
import warnings
from typing import Any

from playground.core.paste.literals import read_code
from playground.core.paste.values import DEEPEST, Call, Script, Unknown, either, joined, method

# Past these the parser takes seconds, or more stack than a thread may have; the tolerant reader takes neither.
_MOST_MARKS = 8_000
_MARKS = "=([{,+-.*/:;|&^%<>@\"'\n"
_MOST_WORDS = 800
_WORDS = ("if ", "not", "lambda", "await", "**", "~", "--", "++", "- ", "+ ")


def read_python(text: str) -> Script:
    """Never raises: what does not parse is read as far as it goes."""
    text = _from_shell(text)
    if sum(map(text.count, _MARKS)) > _MOST_MARKS or sum(map(text.count, _WORDS)) > _MOST_WORDS:
        return read_code(text)
    try:
        # An unknown escape in a string is the writer's affair.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(textwrap.dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return read_code(text)
    return _Reader(tree).script


def _from_shell(text: str) -> str:
    """Without the prompts of the interactive Python, and without a notebook's commands."""
    lines = text.replace("\r\n", "\n").split("\n")
    if any(line.startswith(">>> ") for line in lines):
        lines = [line[4:] if line.startswith((">>> ", "... ")) else "" for line in lines]
    return "\n".join("" if line.lstrip().startswith(("!", "%")) else line for line in lines)


class _Reader:
    """Walks what matters in the order in which it is written: assignments, and calls whose value nobody asked for."""

    def __init__(self, tree: ast.AST) -> None:
        self.script = Script()
        self._calls: dict[ast.Call, Any] = {}
        places = [node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AnnAssign | ast.Call)]
        for node in sorted(places, key=lambda node: (node.lineno, node.col_offset)):
            if isinstance(node, ast.Call):
                self._value(node)
            else:
                self._assign(node)

    def _assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        if node.value is None:
            return
        value = self._value(node.value)
        # `base_url="…",` on a line of its own is a keyword that was copied out of its call.
        if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 1:
            value = value[0]
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            match target:
                case ast.Name(name) | ast.Attribute(attr=name):
                    self.script.bind(name, value)
                case ast.Subscript(value=ast.Name(owner), slice=ast.Constant(str(name))):
                    self._put(owner, name, value)
                case ast.Subscript(slice=ast.Constant(str(name))):
                    # os.environ["OPENAI_API_KEY"] = "…"
                    self.script.bind(name, value)
                case _:
                    # Several names at once, or a place that has no name.
                    pass

    def _put(self, owner: str, name: str, value: Any) -> None:
        """payload["temperature"] = 0.2, and environ["OPENAI_API_KEY"] = "…"."""
        whole = self.script.value(owner)
        if isinstance(whole, dict):
            self.script.bind(owner, whole | {name: value})
        else:
            self.script.bind(name, value)

    def _value(self, node: ast.expr, depth: int = 0) -> Any:
        if depth > DEEPEST:
            return Unknown()
        depth += 1
        match node:
            case ast.Constant(bytes(data)):
                return data.decode("utf-8", "replace")
            case ast.Constant(value) if value is None or isinstance(value, str | int | float):
                return value
            case ast.List(elts) | ast.Tuple(elts) | ast.Set(elts):
                return [self._value(part, depth) for part in elts]
            case ast.Dict():
                return self._dict(node, depth)
            case ast.JoinedStr(parts):
                return joined(self._value(part, depth) for part in parts)
            case ast.Call():
                return self._call(node, depth)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return self._named(node, depth)
        return self._made(node, depth)

    def _made(self, node: ast.expr, depth: int) -> Any:
        """The value of an expression that is made of others."""
        match node:
            case ast.FormattedValue(value) | ast.Await(value) | ast.NamedExpr(value=value):
                return self._value(value, depth)
            case ast.UnaryOp(ast.USub(), operand):
                number = self._value(operand, depth)
                return -number if isinstance(number, int | float) else Unknown()
            case ast.BinOp(left, ast.Add(), right):
                return _sum(self._value(left, depth), self._value(right, depth))
            case ast.BoolOp(ast.Or(), values):
                return either(*(self._value(value, depth) for value in values))
            case ast.IfExp(body=body, orelse=other):
                return either(self._value(body, depth), self._value(other, depth))
        return Unknown()

    def _named(self, node: ast.expr, depth: int) -> Any:
        match node:
            case ast.Name(name) | ast.Attribute(attr=name):
                return self.script.value(name)
            case ast.Subscript(value=owner, slice=ast.Constant(key)):
                whole = self._value(owner, depth)
                if isinstance(whole, dict) and key in whole:
                    return whole[key]
                # os.environ["OPENAI_API_KEY"]
                return self.script.value(key) if isinstance(key, str) else Unknown()
        return Unknown()

    def _dict(self, node: ast.Dict, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            read = self._value(value, depth)
            if key is None:
                made |= read if isinstance(read, dict) else {}
            elif isinstance(name := self._value(key, depth), str):
                made[name] = read
        return made

    def _call(self, node: ast.Call, depth: int) -> Any:
        if node in self._calls:
            return self._calls[node]
        args = [self._value(arg, depth) for arg in node.args]
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self._value(keyword.value, depth)
            if keyword.arg is not None:
                named[keyword.arg] = value
            elif isinstance(value, dict):
                named |= value
        name = _dotted(node.func)
        if not name and isinstance(node.func, ast.Attribute):
            # "…".encode(), json.dumps(…).encode()
            value = method(self._value(node.func.value, depth), node.func.attr)
        else:
            value = self.script.called(Call(name, args, named))
        self._calls[node] = value
        return value


def _dotted(node: ast.expr) -> str:
    """`client.chat.completions.create`; "" where it is no chain of names."""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < DEEPEST:
        names.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(names))) if isinstance(node, ast.Name) else ""


def _sum(left: Any, right: Any) -> Any:
    if isinstance(left, list) and isinstance(right, list):
        return left + right if len(left) + len(right) < 10_000 else Unknown()
    return joined((left, right))
