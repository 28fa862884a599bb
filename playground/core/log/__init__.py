"""Logs: from bytes to lines that can be searched. Pure; where the bytes come from is in `adapters/log_*.py`."""
