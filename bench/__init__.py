"""Measurements of the app beside plain Chainlit and a bare page. Nothing here is part of the app or of its tests."""
