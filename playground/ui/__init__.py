"""The part that speaks Chainlit. It imports core and adapters, never openai or httpx."""
