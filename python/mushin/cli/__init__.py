"""The `mushin` command: demo, train, evaluate, predict, summary, info."""
