"""Imports Chainlit without what it imports and a first page never uses: that comes when something first asks for it.

Chainlit brings the clients of tracing services, of tool servers and of sign-in: more than half of the time that its
import takes, and of the memory, for names that it mostly writes into annotations. While it is imported, those packages
are placeholders and their names stand-ins. Afterwards an import statement finds the real packages, and a placeholder
or stand-in that Chainlit has kept loads the real thing as soon as it is used.

Where Chainlit does more with such a name at its import than to write it down, nothing is put off: all is imported once
more, plainly. That nothing in the pinned Chainlit needs what a stand-in cannot be (`except` wants a class) is a test's
to say. Under Chainlit's own command Chainlit is there before this app is, and there is nothing to put off.
"""

from __future__ import annotations

import gc
import importlib
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType, TracebackType
from typing import Any, Union

# Top-level packages, and who imports them for what. Whatever only they import needs no row.
PUT_OFF = (
    "aiohttp",  # engineio: its client
    "jwt",  # chainlit.auth: signing in; with cryptography
    "literalai",  # chainlit: annotations, and a data layer; with opentelemetry's SDK and exporters
    "mcp",  # chainlit: annotations, and connecting to tool servers
    "requests",  # engineio: its client
)

_log = logging.getLogger(__name__)


class TooEarly(Exception):
    """A stand-in is used where it was to be written down only."""


def load(module: str = "chainlit.server", put_off: Sequence[str] = PUT_OFF) -> bool:
    """Imports the module. Returns whether that was done with placeholders: False where it was done plainly, or before.

    Raises what a plain import raises.
    """
    if module in sys.modules:
        return False
    with _Placeholders(module, put_off) as placeholders:
        importlib.import_module(module)
    importlib.import_module(module)
    return not placeholders.failed


@contextmanager
def for_good() -> Iterator[None]:
    """What is imported in here stays until the end. The collector looks for no garbage in it, neither now nor later.

    It would look more often the more is imported; and when all is, one look stops every answer for 70 ms.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


class _Placeholders(MetaPathFinder, Loader):
    """Finds and loads placeholders for the packages that are put off, from `with` to its end."""

    def __init__(self, module: str, put_off: Iterable[str]) -> None:
        self.open = False
        self.failed = False
        self._package = module.partition(".")[0]
        # Parts of a package that is there already have to be the real ones too.
        self._put_off = frozenset(put_off) - sys.modules.keys()

    def __enter__(self) -> _Placeholders:
        self.open = True
        sys.meta_path.insert(0, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Holds back whatever error there is: a plain import comes next, and raises it again if it is a real one."""
        sys.meta_path.remove(self)
        self.open = False
        _forget(name for name, module in list(sys.modules.items()) if type(module) is _Placeholder)
        if not isinstance(error, Exception):
            return False
        self.failed = True
        _forget(name for name in list(sys.modules) if f"{name}.".startswith(f"{self._package}."))
        _log.warning("The start takes longer: all is imported at once. (%s: %s)", type(error).__name__, error)
        return True

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = fullname.partition(".")[0]
        # What is not installed is for the one who imports it to find out.
        if top not in self._put_off or (fullname == top and PathFinder.find_spec(top) is None):
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Placeholder(spec.name, self)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class _Placeholder(ModuleType):
    """A module of stand-ins; once Chainlit is imported, of the real module's attributes."""

    def __init__(self, name: str, placeholders: _Placeholders) -> None:
        super().__init__(name)
        self._placeholders = placeholders

    def __getattr__(self, name: str) -> Any:
        if not self._placeholders.open:
            return getattr(importlib.import_module(self.__name__), name)
        if name.startswith("__"):
            raise AttributeError(name)
        return _StandIn(self.__name__, name, self._placeholders)


class _StandIn:
    """A name from a placeholder, good as a class in annotations. Whatever else is done with it loads the real one."""

    def __init__(self, module: str, name: str, placeholders: _Placeholders) -> None:
        self._module, self._name, self._placeholders = module, name, placeholders

    def _real(self) -> Any:
        if self._placeholders.open:
            raise TooEarly(f"{self._name} of {self._module} is used")
        return getattr(importlib.import_module(self._module), self._name)

    def __getattr__(self, name: str) -> Any:
        # Annotations are asked whether they have this or that special attribute.
        if self._placeholders.open and name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __or__(self, other: Any) -> Any:
        return Union[self, other]  # noqa: UP007 - the operator is what is being defined

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007 - as above

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self._real(),)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self._real())

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._real())

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler.generate_schema(self._real())


def _forget(names: Iterable[str]) -> None:
    for name in names:
        del sys.modules[name]
