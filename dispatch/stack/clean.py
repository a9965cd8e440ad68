"""`make clean`: stop what still runs in var/ and delete the data of the private services.

    python -m dispatch.stack.clean [FOLDER]
"""
import shutil
import sys
from pathlib import Path

from dispatch.stack.account import current_account, home_for
from dispatch.stack.environment import ROOT
from dispatch.stack.errors import StackError
from dispatch.stack.preflight import only_one
from dispatch.stack.services import PrivatePostgres, PrivateRedis
from dispatch.stack.supervision import Supervision


def clean(folder: Path) -> None:
    """Leave nothing of a local stack; StackError while a `paceline up` still runs there."""
    if not folder.exists():
        return
    with only_one(folder):
        Supervision(folder, home_for(folder, current_account()), ()).end_left_over()
        PrivateRedis(folder).remove()
        PrivatePostgres(folder).remove()
    shutil.rmtree(folder)


def main() -> int:
    """Clean the folder named on the command line, else var/."""
    try:
        clean(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var")
    except StackError as error:
        print(f"paceline: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
