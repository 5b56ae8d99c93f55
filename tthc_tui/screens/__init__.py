"""One file a screen: composes widgets, calls Desk, handles messages."""
