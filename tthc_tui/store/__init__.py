"""Where data lives: the local SQLite file, search, catalogue import."""
