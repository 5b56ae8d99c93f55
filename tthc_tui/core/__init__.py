"""The rules: pure, no clock, no file, no network."""
