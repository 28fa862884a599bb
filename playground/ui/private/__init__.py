"""Every reach into Chainlit that its documentation does not promise; each has a contract test."""
