"""The demo town, its robots and the rehearsal. Speaks HTTP to the rest of Paceline, never Python."""
