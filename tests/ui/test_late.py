"""What is imported later: Chainlit works without it, gets the real thing when it wants it, and can do without this.

Each runs in a process of its own, since a module is imported once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.test_private import run

# What a first page asks for, by the routes of Chainlit's that it uses and by ours.
FIRST_PAGE = """
import asyncio, httpx
async def first_page(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
        for path in ("/healthz", "/", "/project/settings", "/project/translations?language=en-US", "/auth/config"):
            assert (await client.get(path)).status_code == 200, path
        assert (await client.post("/set-session-cookie", json={"session_id": "s" * 32})).status_code == 200
"""
# Every stand-in and placeholder that a module has kept.
KEPT = """
import sys
from playground.ui.private import late
def kept():
    return {
        (name, key): value
        for name, module in list(sys.modules.items()) if name.split(".")[0] not in ("playground", "__main__")
        for key, value in list(vars(module).items()) if type(value) in (late._StandIn, late._Placeholder)
    }
def nothing_remains():
    assert not [name for name, module in sys.modules.items() if type(module) is late._Placeholder]
    assert not [finder for finder in sys.meta_path if type(finder) is late._Placeholders]
"""
# A package that is put off, with a module in it.
HEAVY = {
    "heavy/__init__.py": "loaded = True\nclass Thing(Exception):\n    colour = 'red'\ndef make(): return Thing()\n",
    "heavy/inner.py": "class Part: ...\n",
}


def packages(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def start(needy: str, then: str, folder: Path) -> str:
    """Imports a package that wants "heavy", with that put off; then runs what follows. Both lie in the folder."""
    packages(folder, {**HEAVY, "needy/__init__.py": needy, "needy/other.py": "from heavy import Thing\n"})
    return run(f"import sys\nsys.path.insert(0, {str(folder)!r})\n{KEPT}\n{then}", folder)


# The pinned Chainlit


def test_the_launcher_serves_a_first_page_without_any_of_it(tmp_path: Path) -> None:
    run(
        f"""
{FIRST_PAGE}{KEPT}
import os, socket
from pathlib import Path
from playground import runtime_folder
from playground.adapters.settings import load_settings, put_in_force
from playground.launch import Place, _load_app
runtime_folder.direct_chainlit(runtime_folder.prepare(Path({str(tmp_path)!r}), "127.0.0.1", 8000), os.environ)
put_in_force(load_settings({{"local": "0"}}, {{**os.environ, "XDG_STATE_HOME": {str(tmp_path)!r}}}))
with late.for_good():
    app = _load_app(Place("127.0.0.1", 8000, socket.socket()))
def loaded():
    return {{name.split(".")[0] for name in sys.modules}} & set(late.PUT_OFF)
assert not loaded(), loaded()
nothing_remains()
assert kept()
asyncio.run(first_page(app))
assert not loaded(), loaded()
""",
        tmp_path,
    )


def test_what_chainlit_has_kept_of_them_is_known_and_becomes_the_real_thing(tmp_path: Path) -> None:
    run(
        f"""
{KEPT}
import importlib
assert late.load()
found = kept()
assert {{where: getattr(value, "_module", value.__name__) for where, value in found.items()}} == {{
    ("chainlit", "ChatGeneration"): "literalai",
    ("chainlit", "CompletionGeneration"): "literalai",
    ("chainlit", "GenerationMessage"): "literalai",
    ("chainlit.auth.jwt", "pyjwt"): "jwt",
    ("chainlit.callbacks", "ClientSession"): "mcp",
    ("chainlit.message", "MessageStepType"): "literalai.observability.step",
    ("chainlit.step", "BaseGeneration"): "literalai",
    ("chainlit.step", "StepType"): "literalai.observability.step",
    ("chainlit.step", "TrueStepType"): "literalai.observability.step",
    ("engineio.async_client", "aiohttp"): "aiohttp",
    ("engineio.client", "requests"): "requests",
}}
for value in found.values():
    if type(value) is late._StandIn:
        assert value._real() is getattr(importlib.import_module(value._module), value._name)
    else:
        real = importlib.import_module(value.__name__)
        assert type(real) is not late._Placeholder and real.__file__
        assert value.__version__ is real.__version__
""",
        tmp_path,
    )


def test_chainlit_does_nothing_with_these_names_that_a_stand_in_cannot_do(tmp_path: Path) -> None:
    """In `except` a class is wanted, `==` and `is` compare with the real one: none of that comes to the stand-in."""
    run(
        f"""
{KEPT}
import ast
from pathlib import Path
assert late.load()
used = {{}}
class Uses(ast.NodeVisitor):
    def visit_arg(self, node): pass  # an annotation
    def visit_AnnAssign(self, node): node.value and self.visit(node.value)
    def visit_FunctionDef(self, node):
        for each in (*node.args.defaults, *node.args.kw_defaults, *node.decorator_list, *node.body):
            each and self.visit(each)
    visit_AsyncFunctionDef = visit_FunctionDef
    def visit_Call(self, node):
        for each in ([] if isinstance(node.func, ast.Name) else [node.func]) + node.args + node.keywords:
            self.visit(each)
    def visit_Name(self, node):
        if node.id in self.names: used.setdefault(self.module, []).append((node.id, node.lineno))
for (module, name), value in kept().items():
    if type(value) is late._StandIn:
        uses = Uses()
        uses.module, uses.names = module, {{name}}
        uses.visit(ast.parse(Path(sys.modules[module].__file__).read_text()))
assert used == {{}}, used
""",
        tmp_path,
    )


def test_what_needs_them_works_after_the_start(tmp_path: Path) -> None:
    run(
        f"""
{KEPT}
import asyncio, os
assert late.load()
import chainlit as cl
# Its own annotations
import pydantic, typing
from chainlit.step import StepType
assert pydantic.TypeAdapter(StepType).validate_python("tool") == "tool"
assert typing.get_type_hints(cl.Step)["generation"]
assert typing.get_type_hints(cl.on_mcp_connect)["func"]
# literalai
import literalai
made = cl.ChatGeneration(provider="x", model="m")
assert type(made) is literalai.ChatGeneration and isinstance(made, cl.ChatGeneration)
assert not isinstance(1, cl.ChatGeneration)
class Mine(cl.CompletionGeneration): ...
assert issubclass(Mine, literalai.CompletionGeneration) and issubclass(Mine, cl.CompletionGeneration)
import chainlit.data.literalai
# mcp: a real session over streams, as the route for tool servers makes it
from mcp.server.fastmcp import FastMCP
from mcp.shared.memory import create_connected_server_and_client_session as connected
from chainlit.callbacks import ClientSession
server = FastMCP("tools")
@server.tool()
def add(a: int, b: int) -> int: return a + b
async def ask():
    async with connected(server._mcp_server) as session:
        assert isinstance(session, ClientSession)
        return [tool.name for tool in (await session.list_tools()).tools]
assert asyncio.run(ask()) == ["add"]
import mcp
assert ClientSession._real() is mcp.ClientSession
# jwt
os.environ["CHAINLIT_AUTH_SECRET"] = "s" * 64
from chainlit.auth import create_jwt
from chainlit.auth.jwt import decode_jwt
assert decode_jwt(create_jwt(cl.User(identifier="someone"))).identifier == "someone"
# engineio's client
from engineio import AsyncClient
async def connect():
    try: await AsyncClient().connect("http://127.0.0.1:9/")
    except Exception as error: return type(error).__name__
assert asyncio.run(connect()) == "ConnectionError"
nothing_remains()
""",
        tmp_path,
    )


def test_where_chainlit_needs_one_at_its_import_it_is_imported_plainly_and_works(tmp_path: Path) -> None:
    # Its settings are a subclass of one of pydantic_settings'.
    said = run(
        f"""
{FIRST_PAGE}{KEPT}
import io, contextlib
said = io.StringIO()
with contextlib.redirect_stderr(said):
    assert not late.load(put_off=(*late.PUT_OFF, "pydantic_settings"))
print(said.getvalue(), end="")
nothing_remains()
assert not [where for where in kept() if where[0].startswith("chainlit")]
import mcp, literalai, chainlit as cl
from chainlit.callbacks import ClientSession
from chainlit.server import app
assert ClientSession is mcp.ClientSession and cl.ChatGeneration is literalai.ChatGeneration
async def page():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
        assert (await client.get("/project/settings?language=en-US")).status_code == 200
asyncio.run(page())
""",
        tmp_path,
    )
    lines = [line for line in said.splitlines() if "at once" in line]
    assert len(lines) == 1, said
    assert "The start takes longer" in lines[0] and "BaseSettings of pydantic_settings" in lines[0]


# Any package


def test_names_that_are_written_down_load_nothing_until_they_are_used(tmp_path: Path) -> None:
    start(
        """
import heavy, heavy.inner as inner
from typing import Optional
from heavy import Thing, make
from heavy.inner import Part
from pydantic import BaseModel
class Holder:
    thing: Thing | None
    part: Optional[Part] = None
def take(one: Thing, other: "None | Part", third: None | Thing = None) -> Optional[Thing]: ...
""",
        """
assert late.load("needy", ("heavy",))
assert "heavy" not in sys.modules and "heavy.inner" not in sys.modules
nothing_remains()
import needy, typing, pydantic
hints = typing.get_type_hints(needy.take)
assert needy.make().colour == "red" and needy.Thing.colour == "red"
import heavy, heavy.inner
assert heavy.loaded and needy.heavy.loaded is True and needy.inner.Part is heavy.inner.Part
thing, part = heavy.Thing(), heavy.inner.Part()
assert isinstance(thing, needy.Thing) and not isinstance(part, needy.Thing)
assert isinstance(None, hints["third"]) and isinstance(thing, hints["third"]) and not isinstance(part, hints["third"])
assert issubclass(heavy.Thing, needy.Thing) and not issubclass(int, needy.Thing)
class More(needy.Thing, needy.Part): ...
assert More.__bases__ == (heavy.Thing, heavy.inner.Part)
class Model(pydantic.BaseModel, arbitrary_types_allowed=True):
    thing: needy.Thing
    maybe: needy.Part | None = None
assert Model(thing=thing, maybe=part).thing is thing
try: Model(thing=1)
except pydantic.ValidationError: pass
else: raise AssertionError("anything goes")
try: needy.Thing.nothing
except AttributeError: pass
else: raise AssertionError("it has everything")
""",
        tmp_path,
    )


@pytest.mark.parametrize(
    "use",
    [
        "class Mine(Thing): ...",
        "made = Thing()",
        "colour = Thing.colour",
        "is_one = isinstance(1, Thing)",
        "is_one = issubclass(int, Thing)",
        "try: 1 / 0\nexcept Thing: ...\nexcept ZeroDivisionError: ...",
        "class Model(BaseModel, arbitrary_types_allowed=True):\n    thing: Thing",
        "import heavy\nif heavy.loaded is not True: raise RuntimeError('heavy is not itself')",
    ],
)
def test_a_name_that_is_used_at_import_has_everything_imported_plainly(use: str, tmp_path: Path) -> None:
    said = start(
        f"import needy.other\nfrom heavy import Thing\nfrom pydantic import BaseModel\n{use}\n",
        """
import contextlib, io
said = io.StringIO()
with contextlib.redirect_stderr(said):
    assert not late.load("needy", ("heavy",))
nothing_remains()
assert kept() == {}
import heavy, needy
assert needy.Thing is needy.other.Thing is heavy.Thing
print(said.getvalue(), end="")
""",
        tmp_path,
    )
    assert said.startswith("The start takes longer: all is imported at once. (")
    assert said.count("\n") == 1


def test_an_error_that_is_real_is_raised_by_the_plain_import(tmp_path: Path) -> None:
    start(
        "from heavy import Thing\nraise LookupError('no such thing')\n",
        """
try: late.load("needy", ("heavy",))
except LookupError as error: assert error.__context__ is None and str(error) == "no such thing"
else: raise AssertionError("no error")
nothing_remains()
assert "needy" not in sys.modules
""",
        tmp_path,
    )


def test_ctrl_c_ends_it_and_nothing_is_imported_again(tmp_path: Path) -> None:
    start(
        "import builtins\nfrom heavy import Thing\nbuiltins.times = getattr(builtins, 'times', 0) + 1\n"
        "raise KeyboardInterrupt\n",
        """
import builtins
try: late.load("needy", ("heavy",))
except KeyboardInterrupt: pass
else: raise AssertionError("it went on")
assert builtins.times == 1
nothing_remains()
""",
        tmp_path,
    )


def test_what_is_not_installed_is_not_pretended(tmp_path: Path) -> None:
    start(
        "try: import nowhere.at_all\nexcept ImportError: found = False\n",
        """
assert late.load("needy", ("heavy", "nowhere"))
import needy
assert needy.found is False
""",
        tmp_path,
    )


def test_what_is_imported_already_stays_what_it_is(tmp_path: Path) -> None:
    start(
        "from heavy import Thing\nfrom heavy.inner import Part\n",
        """
import heavy
assert late.load("needy", ("heavy",))
import needy, heavy.inner
assert needy.Thing is heavy.Thing and needy.Part is heavy.inner.Part
assert not late.load("needy", ("heavy",))
assert sys.modules["needy"] is needy
""",
        tmp_path,
    )


def test_the_collector_looks_no_more_at_what_is_imported_for_good(tmp_path: Path) -> None:
    run(
        """
import gc
from playground.ui.private.late import for_good
try:
    with for_good():
        kept = [[]]
        assert not gc.isenabled()
        raise LookupError
except LookupError: pass
assert gc.isenabled() and gc.get_freeze_count()
assert not [each for each in gc.get_objects() if each is kept]
gc.disable()
with for_good(): ...
assert not gc.isenabled()
""",
        tmp_path,
    )
