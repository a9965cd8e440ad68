"""An append-only double-entry ledger in integer minor units."""
