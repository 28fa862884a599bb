"""Imports go one way: core ← adapters ← ui ← app.py; and each foreign library has its one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "playground"
LAYERS = ("core", "adapters", "ui")
# What may import a foreign library, as the beginning of a module's path. Whatever is not named here and does not come
# with Python is nobody's.
FOREIGN: dict[str, tuple[str, ...]] = {
    "openai": ("playground/adapters/chat.py",),
    "httpx2": (
        "playground/adapters/headers.py",
        "playground/adapters/http.py",
        "playground/adapters/transport.py",
        "playground/adapters/chat.py",
        "playground/adapters/telling.py",
    ),
    "httpcore2": ("playground/adapters/transport.py",),
    "httpcore": ("playground/adapters/quick_transport.py",),
    "aiohappyeyeballs": ("playground/adapters/network.py",),
    "re2": ("playground/core/log/matching.py",),
    "prometheus_client": ("playground/adapters/metrics_page.py",),
    "certifi": ("playground/adapters/http.py",),
    "httpx": ("playground/adapters/",),
    "xllamacpp": ("playground/adapters/llama_child.py",),
    "pydantic": ("playground/adapters/settings",),
    "chainlit": ("playground/ui/", "playground/launch.py", "app.py"),
    "socketio": ("playground/ui/private/",),
    "fastapi": ("playground/ui/", "playground/launch.py"),
    "starlette": ("playground/ui/",),
    "uvicorn": ("playground/launch.py",),
    "click": ("playground/cli.py",),
}
MODULES = sorted([*PACKAGE.rglob("*.py"), ROOT / "app.py"])
# Chainlit brings too much to be imported before a wrong option is said.
SLOW = ("chainlit", "fastapi", "starlette", "uvicorn", "openai", "httpx")
FIRST = ("cli.py", "__main__.py", "launch.py", "runtime_folder.py", "address.py", "resources.py")


def path_of(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names a module imports, wherever in it the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def imports(module: Path) -> list[str]:
    return list(imported(ast.parse(module.read_text(encoding="utf-8"))))


def layer_of(name: str) -> str | None:
    parts = name.replace("/", ".").split(".")
    return parts[1] if parts[0] == "playground" and len(parts) > 1 and parts[1] in LAYERS else None


@pytest.mark.parametrize("module", MODULES, ids=path_of)
def test_a_module_imports_only_its_own_layer_and_those_below(module: Path) -> None:
    own = layer_of(path_of(module))
    if own is None:
        return
    allowed = LAYERS[: LAYERS.index(own) + 1]
    for name in imports(module):
        if name.split(".")[0] == "playground":
            assert layer_of(name) in allowed or name == "playground.__version__", f"{path_of(module)} imports {name}"


@pytest.mark.parametrize("module", MODULES, ids=path_of)
def test_a_foreign_library_is_imported_only_where_it_belongs(module: Path, stdlib: frozenset[str]) -> None:
    for name in imports(module):
        library = name.split(".")[0]
        if library not in stdlib and library != "playground":
            assert path_of(module).startswith(FOREIGN.get(library, ())), f"{path_of(module)} imports {name}"


def test_the_core_knows_nothing_of_files_clocks_sockets_or_the_environment() -> None:
    barred = {
        "os",
        "time",
        "datetime",
        "pathlib",
        "socket",
        "asyncio",
        "subprocess",
        "random",
        "threading",
        "io",
        "sys",
    }
    for module in (PACKAGE / "core").rglob("*.py"):
        assert not barred & {name.split(".")[0] for name in imports(module)}, path_of(module)


def test_what_is_read_before_a_wrong_option_is_said_imports_nothing_slow_at_its_top() -> None:
    for name in FIRST:
        tree = ast.parse((PACKAGE / name).read_text(encoding="utf-8"))
        top = [found for node in tree.body for found in imported(node) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not [found for found in top if found.split(".")[0] in SLOW], name


def test_app_py_is_wiring_only() -> None:
    tree = ast.parse((ROOT / "app.py").read_text(encoding="utf-8"))
    assert not [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]


@pytest.fixture
def stdlib() -> frozenset[str]:
    import sys

    return sys.stdlib_module_names
