"""The parts that do I/O. They import the core, never Chainlit."""
