"""The `mushin` command: demo, train, info."""
