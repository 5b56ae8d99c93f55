"""Units and officers by date: several rows of one id, each with the first and last day it holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

revision = "0004"
down_revision = "0003"

ALWAYS, FOREVER = "2000-01-01", "9999-12-31"


def _columns(*names: str) -> list[sa.Column]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _days() -> list[sa.Column]:
    return [
        sa.Column("valid_from", TEXT, primary_key=True, server_default=sa.text(f"'{ALWAYS}'")),
        sa.Column("valid_to", TEXT, nullable=False, server_default=sa.text(f"'{FOREVER}'")),
    ]


def _rebuilt(name: str, columns: list[sa.Column], kept: str) -> None:
    """The table anew with these columns and the rows it had: a key can't be changed in place everywhere."""
    op.rename_table(name, f"{name}_before")
    if op.get_bind().dialect.name != "sqlite":  # an index keeps its name when its table is renamed
        op.execute(f"ALTER INDEX {name}_pkey RENAME TO {name}_before_pkey")
    op.create_table(name, sa.Column("id", TEXT, primary_key=True), *columns)
    op.execute(f"INSERT INTO {name} (id, {kept}) SELECT id, {kept} FROM {name}_before")
    op.drop_table(f"{name}_before")


def _active() -> sa.Column:
    return sa.Column("active", sa.Integer(), nullable=False, server_default=sa.text("1"))


def upgrade() -> None:
    shown = sa.Column("shown", sa.Integer(), nullable=False, server_default=sa.text("0"))
    _rebuilt(
        "unit", [*_days(), *_columns("name", "code", "parent", "kind"), shown], "name, code, parent, kind"
    )
    op.execute("UPDATE unit SET shown = 1")
    _rebuilt(
        "officer",
        [*_days(), *_columns("name", "unit", "roles", "password"), _active()],
        "name, unit, roles, password, active",
    )


def downgrade() -> None:
    today = "CURRENT_DATE" if op.get_bind().dialect.name == "sqlite" else "CURRENT_DATE::text"
    for name in ("unit", "officer"):  # one row an id is left: the one in force, or else the last
        op.execute(
            f"DELETE FROM {name} WHERE EXISTS (SELECT 1 FROM {name} other WHERE other.id = {name}.id"
            f" AND other.valid_from <= {today} AND ({name}.valid_from > {today}"
            f" OR other.valid_from > {name}.valid_from))"
        )
        op.execute(
            f"DELETE FROM {name} WHERE EXISTS (SELECT 1 FROM {name} other WHERE other.id = {name}.id"
            f" AND other.valid_from < {name}.valid_from)"
        )
    _rebuilt("unit", _columns("name", "code", "parent", "kind"), "name, code, parent, kind")
    _rebuilt(
        "officer",
        [*_columns("name", "unit", "roles", "password"), _active()],
        "name, unit, roles, password, active",
    )
