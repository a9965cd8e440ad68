"""`python -m routing`: see `routing.cli`."""

from routing.cli import main

raise SystemExit(main())
