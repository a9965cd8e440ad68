"""The `paceline` command: every sub-command is an entry point that opens one transaction or calls what does."""
