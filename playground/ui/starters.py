"""The four questions the welcome screen offers. Each is short enough for a very small model and shows something else:
prose, verse, code, a list."""

from __future__ import annotations

from chainlit.types import Starter

_ICONS = "/public/starters/"
_STARTERS = (
    ("Why do koalas eat eucalyptus leaves?", "Why do koalas eat eucalyptus leaves?", "leaf.svg"),
    ("A short poem about rain", "Write a short poem about rain on a tin roof.", "quill.svg"),
    ("A Python function", "Write a Python function that says whether a word is a palindrome.", "code.svg"),
    ("Tips for a good night's sleep", "Give me three tips for a good night's sleep, as a list.", "moon.svg"),
)


def starters() -> list[Starter]:
    """The same for everybody; new objects at each call."""
    return [Starter(label=label, message=message, icon=_ICONS + icon) for label, message, icon in _STARTERS]
