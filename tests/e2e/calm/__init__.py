"""What a reader can do while an answer streams, on both builds of the page."""
