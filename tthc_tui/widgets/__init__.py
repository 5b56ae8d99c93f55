"""Reusable parts of screens: they know values and messages, never the store."""
