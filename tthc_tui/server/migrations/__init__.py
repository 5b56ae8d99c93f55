"""Numbered changes of the backend's tables (alembic), run by `migrate`."""
