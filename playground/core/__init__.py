"""The pure part: values and decisions. No I/O, no clock, no environment, no chainlit, openai or httpx."""
