"""Keyboard-driven counter program for Vietnam's Public Administrative Service Centres."""

__version__ = "0.1.0"
