"""Riders' notes are kept with the proofs of a stop."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('photo', 'signature', 'code', 'barcode', 'name', 'age', 'weight')"
NOW = "kind IN ('photo', 'signature', 'code', 'barcode', 'name', 'age', 'weight', 'note')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_proof_kind"), "proof")
    op.create_check_constraint(op.f("ck_proof_kind"), "proof", NOW)


def downgrade() -> None:
    op.execute("DELETE FROM proof WHERE kind = 'note'")
    op.drop_constraint(op.f("ck_proof_kind"), "proof")
    op.create_check_constraint(op.f("ck_proof_kind"), "proof", BEFORE)
