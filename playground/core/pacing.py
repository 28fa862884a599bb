"""When the page gets the next frame of a growing text."""

from __future__ import annotations

# Finer frames cost the browser more than they give: 16 ms took 1.7 times the CPU of 50 ms, for no visible gain.
LEAST_SECONDS = 0.050
# A page draws a message anew for each frame, at a cost that grows with its length: about this much a character.
SECONDS_A_CHARACTER = 15e-6


def due(chars: int) -> float:
    """Seconds from one frame to the next, for a text of this length."""
    return max(LEAST_SECONDS, SECONDS_A_CHARACTER * chars)
