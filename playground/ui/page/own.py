"""Our own scripts and style, joined into one file of each kind: a request costs the server more than its bytes do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

# In this order, before the app's own script: the first of them must see every message and request of the app's.
SCRIPTS = (
    "strip.js",
    "clipboard.js",
    "markdown.js",
    "blocks.js",
    "code.js",
    "page.js",
    "drawer.js",
    "picker.js",
    "connect.js",
    "params.js",
    "details.js",
    "metrics_plot.js",
    "metrics.js",
    "logs_times.js",
    "logs.js",
    "answer_timeline.js",
    "answer_parts.js",
    "answer_more.js",
    "answer.js",
)
STYLES = ("playground.css", "details.css", "metrics.css", "logs.css", "answer.css")


def own_files(public: Path) -> Mapping[str, bytes]:
    """By their names, which change with their content, so that a browser can keep them for good: a script and a style.

    Raises OSError where one is missing.
    """
    return dict([_joined(public, SCRIPTS, "js"), _joined(public, STYLES, "css")])


def _joined(public: Path, names: tuple[str, ...], kind: str) -> tuple[str, bytes]:
    content = b"\n".join((public / name).read_bytes() for name in names)
    return f"playground-{hashlib.sha256(content).hexdigest()[:12]}.{kind}", content
