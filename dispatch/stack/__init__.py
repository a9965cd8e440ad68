"""Everything that starts, supervises and examines a running Paceline: never any domain logic."""
