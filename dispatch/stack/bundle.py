"""Join the modules of pages that must start fast: `python -m dispatch.stack.bundle`, after `dispatch.stack.vendor`.

Left out, everything still works: the page loads its modules one by one.
"""

import sys

from dispatch.stack.errors import StackError
from dispatch.stack.vendor import find_node, node_from_wheel, run_npm


def main() -> int:
    """Run the bundler; one line with the remedy if that fails."""
    try:
        run_npm(find_node() or node_from_wheel(), "run", "--silent", "bundle")
    except StackError as error:
        print(f"paceline: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
