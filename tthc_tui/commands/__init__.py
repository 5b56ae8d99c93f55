"""The subcommands of `tthc`, thin over `Desk`: words in, one use case, words or JSON out. They begin in `tree`."""
