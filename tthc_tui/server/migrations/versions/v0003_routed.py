"""Units that the published routes lead to: every counter may give out their codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table("routed", sa.Column("unit", TEXT, primary_key=True))


def downgrade() -> None:
    op.drop_table("routed")
