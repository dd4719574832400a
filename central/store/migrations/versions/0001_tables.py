"""The tables"""

import sqlalchemy as sa
from alembic import op

from central.store.models.base import Json, RowId, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "answered",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "entry",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "number_series",
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("short_name", "kind", "year"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", RowId, nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "platform",
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefixes", Json, nullable=False),
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_table(
        "terminal",
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("first_seen_at", UtcTime(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), nullable=False),
        sa.Column("status", Json, nullable=False),
        sa.PrimaryKeyConstraint("terminal_id"),
    )
    op.create_index(op.f("ix_terminal_region_code"), "terminal", ["region_code"], unique=False)
    op.create_table(
        "unit",
        sa.Column("id", RowId, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("region_name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sectors", Json, nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("seal_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("consult_phone", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index(op.f("ix_unit_region_code"), "unit", ["region_code"], unique=False)
    op.create_table(
        "upload",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", RowId, nullable=False),
        sa.Column("offset", RowId, nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "wrong_code",
        sa.Column("slip_number", sa.String(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slip_number"),
    )
    op.create_table(
        "staff",
        sa.Column("id", RowId, nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit_id", RowId, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("sectors", Json, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_counter", sa.Integer(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.Column("disabled_at", UtcTime(), nullable=True),
        sa.Column("last_seen_at", UtcTime(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_index(op.f("ix_staff_unit_id"), "staff", ["unit_id"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", RowId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("user_id", RowId, nullable=True),
        sa.Column("unit_id", RowId, nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("earlier", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index(op.f("ix_audit_entry_action"), "audit_entry", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entry_user_id"), "audit_entry", ["user_id"], unique=False)
    op.create_table(
        "authorisation",
        sa.Column("id", RowId, nullable=False),
        sa.Column("platform_id", RowId, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("prefixes", Json, nullable=False),
        sa.Column("rights", Json, nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("recorded_by", RowId, nullable=True),
        sa.Column("recorded_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ended_by", RowId, nullable=True),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ended_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"],
            ["platform.id"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform_id", "number"),
    )
    op.create_index(op.f("ix_authorisation_platform_id"), "authorisation", ["platform_id"], unique=False)
    op.create_table(
        "case",
        sa.Column("seq", RowId, nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("case_number", sa.String(), nullable=False),
        sa.Column("slip_number", sa.String(), nullable=False),
        sa.Column("query_code", sa.String(), nullable=False),
        sa.Column("applicant_index", sa.String(), nullable=False),
        sa.Column("name_index", sa.String(), nullable=False),
        sa.Column("applicant_masked", sa.String(), nullable=False),
        sa.Column("id_masked", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("receiving_code", sa.String(), nullable=False),
        sa.Column("receiving_name", sa.String(), nullable=False),
        sa.Column("handling_code", sa.String(), nullable=False),
        sa.Column("handling_name", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_name", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("catalogue_version", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.String(), nullable=False),
        sa.Column("pickup_code", sa.String(), nullable=False),
        sa.Column("pickup_name", sa.String(), nullable=False),
        sa.Column("notify_by_phone", sa.Boolean(), nullable=False),
        sa.Column("green_lane", sa.Boolean(), nullable=False),
        sa.Column("paper_needed", sa.Boolean(), nullable=False),
        sa.Column("materials", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=True),
        sa.Column("collected_at", UtcTime(), nullable=True),
        sa.Column("transferred_at", UtcTime(), nullable=True),
        sa.Column("mailed_at", UtcTime(), nullable=True),
        sa.Column("arrived_at", UtcTime(), nullable=True),
        sa.Column("accepted_at", UtcTime(), nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("archived_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("kept", sa.String(), nullable=False),
        sa.Column("materials_saved", sa.Integer(), nullable=False),
        sa.Column("promise_due_at", UtcTime(), nullable=True),
        sa.Column("due_clock", sa.String(), nullable=True),
        sa.Column("warn_at", UtcTime(), nullable=True),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("supplements", sa.Integer(), nullable=False),
        sa.Column("first_contact_unit_id", RowId, nullable=True),
        sa.Column("owner_id", RowId, nullable=True),
        sa.Column("shipment", sa.String(), nullable=False),
        sa.Column("payment", sa.String(), nullable=False),
        sa.Column("video", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("rating", sa.String(), nullable=False),
        sa.Column("complaint", sa.String(), nullable=False),
        sa.Column("apologised_at", UtcTime(), nullable=True),
        sa.Column("archive_number", sa.String(), nullable=True),
        sa.Column("assisted_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["first_contact_unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("application_id"),
        sa.UniqueConstraint("case_number"),
    )
    op.create_index(op.f("ix_case_applicant_index"), "case", ["applicant_index"], unique=False)
    op.create_index(
        "ix_case_ended",
        "case",
        ["state", "kept", "ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
        sqlite_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_case_handling",
        "case",
        ["handling_code", "state", "received_at", "seq"],
        unique=False,
        postgresql_include=("item_id", "receiving_code"),
    )
    op.create_index(
        "ix_case_handling_due",
        "case",
        ["handling_code", "due_at"],
        unique=False,
        postgresql_include=("due_clock", "warn_at", "receiving_code", "sector"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_case_handling_open",
        "case",
        ["handling_code", "green_lane", "due_at", "seq"],
        unique=False,
        postgresql_include=("state", "mode", "sector", "delivery", "pickup_code", "profile"),
        postgresql_where=sa.text(
            "\"case\".state NOT IN ('RETURNED', 'NOT_ACCEPTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'REVOKED', 'COMPLETED', 'ARCHIVED')"
        ),
        sqlite_where=sa.text(
            "\"case\".state NOT IN ('RETURNED', 'NOT_ACCEPTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'REVOKED', 'COMPLETED', 'ARCHIVED')"
        ),
    )
    op.create_index(
        "ix_case_handling_time",
        "case",
        ["handling_code", "received_at", "seq"],
        unique=False,
        postgresql_include=("item_id", "receiving_code"),
    )
    op.create_index(op.f("ix_case_name_index"), "case", ["name_index"], unique=False)
    op.create_index(
        "ix_case_not_agreed",
        "case",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text('NOT "case".agreed'),
        sqlite_where=sa.text('NOT "case".agreed'),
    )
    op.create_index("ix_case_owner", "case", ["owner_id", "state"], unique=False)
    op.create_index(
        "ix_case_pickup",
        "case",
        ["pickup_code", "state"],
        unique=False,
        postgresql_where=sa.text("\"case\".pickup_code <> ''"),
        sqlite_where=sa.text("\"case\".pickup_code <> ''"),
    )
    op.create_index(op.f("ix_case_query_code"), "case", ["query_code"], unique=False)
    op.create_index(
        "ix_case_receiving",
        "case",
        ["receiving_code", "state", "received_at", "seq"],
        unique=False,
        postgresql_include=("item_id", "handling_code"),
    )
    op.create_index(
        "ix_case_receiving_due",
        "case",
        ["receiving_code", "due_at"],
        unique=False,
        postgresql_include=("due_clock", "warn_at", "handling_code", "sector"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_case_receiving_open",
        "case",
        ["receiving_code", "green_lane", "due_at", "seq"],
        unique=False,
        postgresql_include=("state", "mode", "sector", "delivery", "pickup_code", "profile"),
        postgresql_where=sa.text(
            "\"case\".state NOT IN ('RETURNED', 'NOT_ACCEPTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'REVOKED', 'COMPLETED', 'ARCHIVED')"
        ),
        sqlite_where=sa.text(
            "\"case\".state NOT IN ('RETURNED', 'NOT_ACCEPTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED', 'REVOKED', 'COMPLETED', 'ARCHIVED')"
        ),
    )
    op.create_index(
        "ix_case_receiving_time",
        "case",
        ["receiving_code", "received_at", "seq"],
        unique=False,
        postgresql_include=("item_id", "handling_code"),
    )
    op.create_index(op.f("ix_case_slip_number"), "case", ["slip_number"], unique=False)
    op.create_index("ix_case_terminal", "case", ["terminal_id", "received_at"], unique=False)
    op.create_index("ix_case_time", "case", ["received_at", "seq"], unique=False)
    op.create_index(
        "ix_case_to_mail",
        "case",
        ["receiving_code"],
        unique=False,
        postgresql_where=sa.text('"case".paper_needed AND "case".mailed_at IS NULL'),
        sqlite_where=sa.text('"case".paper_needed AND "case".mailed_at IS NULL'),
    )
    op.create_table(
        "contact",
        sa.Column("id", RowId, nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("region_name", sa.String(), nullable=False),
        sa.Column("unit_name", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("updated_by", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["updated_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("region_code", "unit_name", "person"),
    )
    op.create_index(op.f("ix_contact_region_code"), "contact", ["region_code"], unique=False)
    op.create_table(
        "export",
        sa.Column("id", RowId, nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filters", Json, nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("parts", Json, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_export_user_id"), "export", ["user_id"], unique=False)
    op.create_index(
        "ix_export_waiting",
        "export",
        ["id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "grant",
        sa.Column("id", RowId, nullable=False),
        sa.Column("grantor_region", sa.String(), nullable=False),
        sa.Column("grantee_region", sa.String(), nullable=False),
        sa.Column("right", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("recorded_by", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_grant_grantee_region"), "grant", ["grantee_region"], unique=False)
    op.create_index(op.f("ix_grant_grantor_region"), "grant", ["grantor_region"], unique=False)
    op.create_table(
        "sample",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", RowId, nullable=True),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "staff_session",
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("csrf", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
    op.create_index(op.f("ix_staff_session_user_id"), "staff_session", ["user_id"], unique=False)
    op.create_table(
        "terminal_group",
        sa.Column("id", RowId, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("terminals", Json, nullable=False),
        sa.Column("divisions", Json, nullable=False),
        sa.Column("changed_by", RowId, nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "audit_anchor",
        sa.Column("id", RowId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("entry_id", RowId, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_entry.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "case_file",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("part_name", sa.String(), nullable=False),
        sa.Column("sealed_sha256", sa.String(), nullable=False),
        sa.Column("plain_sha256", sa.String(), nullable=False),
        sa.Column("plain_size", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id", "part_name"),
    )
    op.create_index(op.f("ix_case_file_case_seq"), "case_file", ["case_seq"], unique=False)
    op.create_table(
        "commitment",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("signed_at", UtcTime(), nullable=True),
        sa.Column("fulfilled_at", UtcTime(), nullable=True),
        sa.Column("broken_at", UtcTime(), nullable=True),
        sa.Column("recorded_by", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_commitment_case_seq"), "commitment", ["case_seq"], unique=False)
    op.create_table(
        "complaint",
        sa.Column("id", RowId, nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_seq", RowId, nullable=True),
        sa.Column("unit_id", RowId, nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=True),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("taken_by", RowId, nullable=True),
        sa.Column("reply_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_by", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_index(op.f("ix_complaint_case_seq"), "complaint", ["case_seq"], unique=False)
    op.create_index("ix_complaint_open", "complaint", ["unit_id", "closed_at", "due_at"], unique=False)
    op.create_table(
        "contact_record",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("counterpart_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("user_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_contact_record_case_seq"), "contact_record", ["case_seq"], unique=False)
    op.create_table(
        "credit_check",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("source_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_credit_check_case_seq"), "credit_check", ["case_seq"], unique=False)
    op.create_table(
        "deletion",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("digests", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_deletion_case_seq"), "deletion", ["case_seq"], unique=False)
    op.create_table(
        "deposit",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", RowId, nullable=False),
        sa.Column("archive_number", sa.String(), nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_deposit_case_seq"), "deposit", ["case_seq"], unique=False)
    op.create_table(
        "dishonesty",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("applicant_index", sa.String(), nullable=False),
        sa.Column("ground_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("proposed_by", RowId, nullable=False),
        sa.Column("proposed_at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by", RowId, nullable=True),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_dishonesty_applicant_index"), "dishonesty", ["applicant_index"], unique=False)
    op.create_index(op.f("ix_dishonesty_case_seq"), "dishonesty", ["case_seq"], unique=False)
    op.create_table(
        "formal_check",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("point", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("problem_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("original_seen", sa.Boolean(), nullable=False),
        sa.Column("supplement", sa.Integer(), nullable=False),
        sa.Column("department", sa.Boolean(), nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.Column("unit_id", RowId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_formal_check_case_seq"), "formal_check", ["case_seq"], unique=False)
    op.create_table(
        "help_task",
        sa.Column("id", RowId, nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("called_at", UtcTime(), nullable=False),
        sa.Column("taken_by", RowId, nullable=True),
        sa.Column("taken_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("case_seq", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_help_task_place", "help_task", ["region_code", "closed_at", "called_at"], unique=False)
    op.create_index("ix_help_task_terminal", "help_task", ["terminal_id", "called_at"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("placed_by", RowId, nullable=False),
        sa.Column("placed_at", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=True),
        sa.Column("lifted_by", RowId, nullable=True),
        sa.Column("lifted_at", UtcTime(), nullable=True),
        sa.Column("lifted_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["placed_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_hold_case_seq"), "hold", ["case_seq"], unique=False)
    op.create_index(
        "ix_hold_standing",
        "hold",
        ["case_seq"],
        unique=False,
        postgresql_where=sa.text("lifted_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "licence_check",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("number_masked", sa.String(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.Column("unit_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_licence_check_case_seq"), "licence_check", ["case_seq"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("params", Json, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_notice_case_seq"), "notice", ["case_seq"], unique=False)
    op.create_index("ix_notice_failed", "notice", ["state", "created_at"], unique=False)
    op.create_index("ix_notice_number", "notice", ["phone_index", "sent_at"], unique=False)
    op.create_index(op.f("ix_notice_provider_id"), "notice", ["provider_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("paid_at", UtcTime(), nullable=True),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("refunded_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_payment_case_seq"), "payment", ["case_seq"], unique=False)
    op.create_table(
        "publication",
        sa.Column("id", RowId, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("effective_at", UtcTime(), nullable=False),
        sa.Column("published_by", RowId, nullable=True),
        sa.Column("group_id", RowId, nullable=True),
        sa.Column("everybody_at", UtcTime(), nullable=True),
        sa.Column("everybody_by", RowId, nullable=True),
        sa.Column("taken_back_at", UtcTime(), nullable=True),
        sa.Column("taken_back_by", RowId, nullable=True),
        sa.Column("taken_back_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["everybody_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["terminal_group.id"],
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("body", "version"),
    )
    op.create_table(
        "rating",
        sa.Column("id", RowId, nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_seq", RowId, nullable=True),
        sa.Column("unit_id", RowId, nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("contact_due_at", UtcTime(), nullable=True),
        sa.Column("correct_due_at", UtcTime(), nullable=True),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("verified_at", UtcTime(), nullable=True),
        sa.Column("genuine", sa.Boolean(), nullable=True),
        sa.Column("measures_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("called_back_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_by", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id"),
        sa.UniqueConstraint("subject"),
    )
    op.create_index(op.f("ix_rating_case_seq"), "rating", ["case_seq"], unique=False)
    op.create_index("ix_rating_open", "rating", ["unit_id", "closed_at"], unique=False)
    op.create_table(
        "rectification",
        sa.Column("id", RowId, nullable=False),
        sa.Column("unit_id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=True),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("demand_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened_by", RowId, nullable=False),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("reply_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("replied_by", RowId, nullable=True),
        sa.Column("replied_at", UtcTime(), nullable=True),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_by", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["replied_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_rectification_unit_id"), "rectification", ["unit_id"], unique=False)
    op.create_table(
        "reveal",
        sa.Column("id", RowId, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_reveal_case_seq"), "reveal", ["case_seq"], unique=False)
    op.create_index(op.f("ix_reveal_user_id"), "reveal", ["user_id"], unique=False)
    op.create_table(
        "revisit",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("unit_id", RowId, nullable=False),
        sa.Column("drawn_by", RowId, nullable=False),
        sa.Column("drawn_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("done_by", RowId, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["done_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["drawn_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_seq"),
    )
    op.create_index("ix_revisit_open", "revisit", ["unit_id", "done_at", "due_at"], unique=False)
    op.create_table(
        "sub_case",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("region_name", sa.String(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("decided_by", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_seq", "region_code"),
    )
    op.create_index(op.f("ix_sub_case_case_seq"), "sub_case", ["case_seq"], unique=False)
    op.create_index("ix_sub_case_place", "sub_case", ["region_code", "state"], unique=False)
    op.create_table(
        "submission",
        sa.Column("application_id", sa.String(), nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.PrimaryKeyConstraint("application_id"),
    )
    op.create_index(op.f("ix_submission_case_seq"), "submission", ["case_seq"], unique=False)
    op.create_table(
        "video_session",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("initiator_unit_id", RowId, nullable=False),
        sa.Column("user_id", RowId, nullable=False),
        sa.Column("scheduled_at", UtcTime(), nullable=True),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["initiator_unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_video_session_case_seq"), "video_session", ["case_seq"], unique=False)
    op.create_table(
        "withdrawal",
        sa.Column("id", RowId, nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("terminal_id", sa.String(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("request_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.Column("closed_by", RowId, nullable=True),
        sa.Column("returned", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_index(op.f("ix_withdrawal_case_seq"), "withdrawal", ["case_seq"], unique=False)
    op.create_index("ix_withdrawal_state", "withdrawal", ["state"], unique=False)
    op.create_table(
        "case_event",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("sub_case_id", RowId, nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("unit_id", RowId, nullable=True),
        sa.Column("user_id", RowId, nullable=True),
        sa.Column("terminal_id", sa.String(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("basis_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("detail", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["sub_case_id"],
            ["sub_case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_case_event_case_seq"), "case_event", ["case_seq"], unique=False)
    op.create_index(
        "ix_case_event_exception",
        "case_event",
        ["at", "target"],
        unique=False,
        postgresql_where=sa.text("target IN ('SUPPLEMENT_REQUIRED', 'RETURNED', 'NOT_ACCEPTED') AND source <> target"),
        sqlite_where=sa.text("target IN ('SUPPLEMENT_REQUIRED', 'RETURNED', 'NOT_ACCEPTED') AND source <> target"),
    )
    op.create_index(
        "ix_case_event_outside",
        "case_event",
        ["at"],
        unique=False,
        postgresql_where=sa.text("event = 'outside_list'"),
        sqlite_where=sa.text("event = 'outside_list'"),
    )
    op.create_table(
        "clock",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("sub_case_id", RowId, nullable=True),
        sa.Column("clock", sa.String(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("warn_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.Column("warned_at", UtcTime(), nullable=True),
        sa.Column("missed_at", UtcTime(), nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("extended_for", sa.String(), nullable=False),
        sa.Column("extended_days", sa.Integer(), nullable=True),
        sa.Column("named_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["sub_case_id"],
            ["sub_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_clock_case_seq"), "clock", ["case_seq"], unique=False)
    op.create_index("ix_clock_running", "clock", ["stopped_at", "due_at"], unique=False)
    op.create_index(
        "ix_clock_uncertain",
        "clock",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("uncertain AND stopped_at IS NULL"),
        sqlite_where=sa.text("uncertain AND stopped_at IS NULL"),
    )
    op.create_table(
        "document",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("sub_case_id", RowId, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("check_code", sa.String(), nullable=False),
        sa.Column("unit_id", RowId, nullable=False),
        sa.Column("user_id", RowId, nullable=True),
        sa.Column("issued_at", UtcTime(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_sha256", sa.String(), nullable=True),
        sa.Column("pdf_part", sa.String(), nullable=True),
        sa.Column("signed_for_at", UtcTime(), nullable=True),
        sa.Column("voided_at", UtcTime(), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["sub_case_id"],
            ["sub_case.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("check_code"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_document_case_seq"), "document", ["case_seq"], unique=False)
    op.create_index("ix_document_unit", "document", ["unit_id", "issued_at"], unique=False)
    op.create_table(
        "draft",
        sa.Column("id", RowId, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", RowId, nullable=False),
        sa.Column("edited_at", UtcTime(), nullable=False),
        sa.Column("reviewed_by", RowId, nullable=True),
        sa.Column("reviewed_at", UtcTime(), nullable=True),
        sa.Column("review_note", sa.String(), nullable=False),
        sa.Column("publication_id", RowId, nullable=True),
        sa.ForeignKeyConstraint(
            ["edited_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publication.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_draft_open", "draft", ["state", "body"], unique=False)
    op.create_index(
        "ux_draft_open",
        "draft",
        ["body", "key"],
        unique=True,
        postgresql_where=sa.text("state IN ('editing', 'in_review', 'sent_back', 'approved')"),
        sqlite_where=sa.text("state IN ('editing', 'in_review', 'sent_back', 'approved')"),
    )
    op.create_table(
        "phone_task",
        sa.Column("id", RowId, nullable=False),
        sa.Column("notice_id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("unit_id", RowId, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("taken_by", RowId, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcTime(), nullable=True),
        sa.Column("done_by", RowId, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["done_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_phone_task_case_seq"), "phone_task", ["case_seq"], unique=False)
    op.create_index(op.f("ix_phone_task_notice_id"), "phone_task", ["notice_id"], unique=False)
    op.create_index("ix_phone_task_open", "phone_task", ["unit_id", "done_at", "due_at"], unique=False)
    op.create_table(
        "shipment",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("sub_case_id", RowId, nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("waybill", sa.String(), nullable=True),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("from_unit_id", RowId, nullable=False),
        sa.Column("to_region", sa.String(), nullable=False),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contents_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("packed_by", RowId, nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["from_unit_id"],
            ["unit.id"],
        ),
        sa.ForeignKeyConstraint(
            ["packed_by"],
            ["staff.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sub_case_id"],
            ["sub_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_shipment_case_seq"), "shipment", ["case_seq"], unique=False)
    op.create_index("ix_shipment_sent", "shipment", ["sent_at"], unique=False)
    op.create_index(op.f("ix_shipment_waybill"), "shipment", ["waybill"], unique=False)
    op.create_table(
        "video_party",
        sa.Column("id", RowId, nullable=False),
        sa.Column("session_id", RowId, nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("unit_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("conclusion", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["video_session.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id", "region_code"),
    )
    op.create_index(op.f("ix_video_party_session_id"), "video_party", ["session_id"], unique=False)
    op.create_table(
        "custody",
        sa.Column("id", RowId, nullable=False),
        sa.Column("case_seq", RowId, nullable=False),
        sa.Column("shipment_id", RowId, nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("from_party", sa.String(), nullable=False),
        sa.Column("to_party", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("items_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seal_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("user_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_seq"],
            ["case.seq"],
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_custody_case_seq"), "custody", ["case_seq"], unique=False)
    op.create_table(
        "shipment_trace",
        sa.Column("id", RowId, nullable=False),
        sa.Column("shipment_id", RowId, nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"],
            ["shipment.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("shipment_id", "source_key"),
    )
    op.create_index(op.f("ix_shipment_trace_shipment_id"), "shipment_trace", ["shipment_id"], unique=False)
