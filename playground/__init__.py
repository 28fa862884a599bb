"""A chat page for one deployed model, or several, behind OpenAI-compatible endpoints."""

__version__ = "0.1.0"
