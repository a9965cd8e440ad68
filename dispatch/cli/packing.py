"""Pack style sheets and scripts once, as small as they get: `python -m dispatch.cli.packing`, run by `make install`.

Left out, everything still works: the web process then packs each file quickly when it is first asked for.
"""

from __future__ import annotations

from dispatch.app import site_assets


def main() -> None:
    """Pack all files and say what it saved."""
    count, saved = site_assets().pack_all()
    print(f"{count} files packed, {saved // 1024} kB saved on a first visit to all of them")


if __name__ == "__main__":
    main()
