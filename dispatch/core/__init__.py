"""The kernel: settings, clock, database, money, units, errors, events, outbox, http."""
