"""A value that must not be shown: masked wherever it is printed, refused wherever it is serialised."""

from __future__ import annotations

from typing import NoReturn

MASK = "********"


class Secret:
    """Holds one secret string. `str`, `repr` and format give the mask; pickling and JSON fail.

    Equality compares the values, so that settings can be compared; the hash is the value's. A secret can be forgotten,
    at once wherever it is held; then it equals another forgotten one.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself: for the adapter that sends it to its own endpoint, and for nothing else."""
        return self._value

    def forget(self) -> None:
        """From now on it reveals nothing: ""."""
        self._value = ""

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied into another process")
