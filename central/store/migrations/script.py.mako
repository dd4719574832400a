"""${message}"""

import sqlalchemy as sa
from alembic import op

from central.store.models.base import Json, RowId, UtcTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    ${upgrades}
