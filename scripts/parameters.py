"""Writes docs/parameters.md from the table of parameters."""

from __future__ import annotations

from pathlib import Path

from playground.core.params_views import document

(Path(__file__).parents[1] / "docs" / "parameters.md").write_text(document(), encoding="utf-8")
