"""Persons that were erased: their data is never stored again, whoever sends it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

revision = "0002"
down_revision = "0001"

_SQLITE = """
CREATE TRIGGER person_erased BEFORE INSERT ON person WHEN EXISTS (SELECT 1 FROM erased WHERE id = NEW.id)
BEGIN SELECT RAISE(IGNORE); END
"""
_FUNCTION = """
CREATE FUNCTION person_not_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM erased WHERE id = NEW.id) THEN RETURN NULL; END IF;
    RETURN NEW;
END $$
"""
_TRIGGER = """
CREATE TRIGGER person_erased BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION person_not_erased()
"""


def upgrade() -> None:
    op.create_table(
        "erased",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("officer", TEXT, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_SQLITE)
    else:
        op.execute(_FUNCTION)
        op.execute(_TRIGGER)


def downgrade() -> None:
    op.execute(
        "DROP TRIGGER person_erased" + ("" if op.get_bind().dialect.name == "sqlite" else " ON person")
    )
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION person_not_erased()")
    op.drop_table("erased")
