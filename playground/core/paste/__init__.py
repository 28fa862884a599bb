"""What an engineer pastes into the connect panel → what fills it. Nothing is run, nobody is asked."""

from __future__ import annotations

from playground.core.paste.found import Kind, Pasted
from playground.core.paste.reading import HELP, LONGEST, read

__all__ = ["HELP", "LONGEST", "Kind", "Pasted", "read"]
