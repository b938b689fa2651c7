"""The training loop and the captured step."""
