"""Install the system packages that Paceline needs: the only part that needs root, the first that runs.

Run by `make install` with the system's own Python, before there is a `.venv`, hence the standard library
only. It starts no service and creates no database cluster (decision 0041), and asks for nothing when all is
there already.

    python3 dispatch/stack/system_packages.py [--browser]
"""
import argparse
import ctypes.util
import glob
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

POLICY = Path("/usr/sbin/policy-rc.d")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/paceline.conf")
OLDEST_POSTGRES = 15
NEEDED_BYTES = 3_000_000_000
"""What .venv and the browser's libraries take, and some air."""
BREW_PACKAGES = ("postgresql@17", "postgis", "redis", "pango", "node")
BREW_BROWSER = ("--cask", "chromium")
HEADLESS_SHELL = "chromium-headless-shell"


@dataclass(frozen=True)
class Need:
    """Something that must be on the machine: what for, and the Debian packages that bring it."""

    what: str
    is_there: bool
    packages: tuple[str, ...]


def main() -> int:
    """Install what is missing; 0 if everything is there afterwards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--browser", action="store_true", help="a headless Chromium too, for the tests")
    browser = parser.parse_args().browser
    check_checkout(Path.cwd(), needed=0 if browser or Path(".venv/bin/pip").exists() else NEEDED_BYTES)
    install(browser=browser)
    if browser:
        want_headless_shell()
    return 0


def install(*, browser: bool) -> None:
    """Install what is missing, and look whether it is there afterwards."""
    missing = [need for need in list_needs(browser=browser) if not need.is_there]
    if not missing:
        return
    print("Missing on this machine: " + ", ".join(need.what for need in missing), flush=True)
    if shutil.which("apt-get"):
        install_with_apt(missing)
    elif shutil.which("brew"):
        run(["brew", "install", *BREW_PACKAGES])
        if browser:
            run(["brew", "install", *BREW_BROWSER])
    else:
        fail("this machine has neither apt nor brew", "install by hand: " + ", ".join(n.what for n in missing))
    still = [need.what for need in list_needs(browser=browser) if not need.is_there]
    if still:
        fail("still missing after the installation: " + ", ".join(still), "see the messages above")


def check_checkout(folder: Path, needed: int) -> None:
    """End with one line if nothing can be installed here: whoever runs this may not write, or the disk is full."""
    if not os.access(folder, os.W_OK | os.X_OK):
        owner = f"{os.geteuid()}:{os.getegid()}"
        fail(f"may not write in {folder}", f"was it made by root? sudo chown -R {owner} {folder}")
    free = shutil.disk_usage(folder).free
    if free < needed:
        fail(f"the disk of {folder} is full: {free // 10**6} MB are free", f"free at least {needed // 10**6} MB")


def list_needs(*, browser: bool) -> list[Need]:
    """Everything that pip cannot bring. Debian's redis-tools holds the server itself, without its service."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    needs = [
        Need("venv for Python", importlib.util.find_spec("ensurepip") is not None, (f"{python}-venv",)),
        Need("PostgreSQL with PostGIS", bool(postgis_folders()), ("postgresql-N-postgis-3",)),
        Need("Redis", has_program("redis-server", "valkey-server", "redis-check-rdb"), ("redis-tools",)),
        Need("Pango (for PDF)", ctypes.util.find_library("pango-1.0") is not None,
             ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")),
        Need("a font (for PDF)", bool(glob.glob("/usr/share/fonts/**/*.[to]tf", recursive=True))
             or sys.platform == "darwin", ("fonts-dejavu-core",)),
        Need("certificates of authorities", Path("/etc/ssl/certs/ca-certificates.crt").exists()
             or sys.platform == "darwin", ("ca-certificates",)),
    ]
    if browser:
        needs.append(Need("Chromium", has_program("chromium", "chromium-browser", "google-chrome")
                          or Path("/Applications/Chromium.app").exists(), ("chromium",)))
    return needs


def want_headless_shell() -> None:
    """Get Chromium's headless shell where the system has it: the tests take longer without, and go all the same."""
    if not has_program("apt-get") or has_program(HEADLESS_SHELL) or not is_offered(HEADLESS_SHELL):
        return
    command = [*(["sudo"] if os.geteuid() else []), "apt-get", "install", "-q", "-y", "--no-install-recommends",
               HEADLESS_SHELL]
    print("+ " + " ".join(command), flush=True)
    if not shutil.which(command[0]) or subprocess.run(command, check=False).returncode != 0:
        print("Without the headless shell the tests use the whole Chromium, which takes longer.", flush=True)


def is_offered(package: str) -> bool:
    """Whether apt knows where to get a package."""
    said = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False).stdout
    return "Candidate: " in said and "Candidate: (none)" not in said


def postgis_folders() -> list[str]:
    """Where an installed PostgreSQL of a usable version keeps PostGIS."""
    patterns = ("/usr/share/postgresql/*/extension/postgis.control",
                "/opt/homebrew/share/postgresql@*/extension/postgis.control",
                "/usr/local/share/postgresql@*/extension/postgis.control")
    found = [path for pattern in patterns for path in glob.glob(pattern)]
    return [path for path in found if int(re.findall(r"(\d+)/extension", path)[0]) >= OLDEST_POSTGRES]


def has_program(*names: str) -> bool:
    """Whether any of the programs is installed."""
    return any(shutil.which(name) for name in names)


def install_with_apt(missing: list[Need]) -> None:
    """Install packages while no service may start and no cluster may be created."""
    packages = [package for need in missing for package in need.packages]
    as_root = root_prefix(packages)
    run([*as_root, "apt-get", "update", "-q"])
    chosen = [newest_postgis() if package == "postgresql-N-postgis-3" else package for package in packages]
    with services_held_back(as_root):
        run([*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y",
             "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *chosen])


def newest_postgis() -> str:
    """The package of the newest PostgreSQL that this system offers with PostGIS."""
    listed = subprocess.run(["apt-cache", "search", "--names-only", r"^postgresql-[0-9]+-postgis-3$"],
                            capture_output=True, text=True, check=True).stdout
    versions = [int(version) for version in re.findall(r"^postgresql-(\d+)-postgis-3 ", listed, re.MULTILINE)]
    if not versions or max(versions) < OLDEST_POSTGRES:
        fail(f"this system offers no PostgreSQL {OLDEST_POSTGRES} or newer with PostGIS",
             "use Debian 12 or Ubuntu 24.04 or newer, or add the repository of the PostgreSQL project")
    return f"postgresql-{max(versions)}-postgis-3"


@contextmanager
def services_held_back(as_root: list[str]) -> Iterator[None]:
    """Until the block ends, package scripts may start no service and create no cluster."""
    own_policy = not POLICY.exists()
    write_as_root(as_root, NO_CLUSTER, "create_main_cluster = false\n", "0644")
    if own_policy:
        write_as_root(as_root, POLICY, "#!/bin/sh\nexit 101\n", "0755")
    try:
        yield
    finally:
        run([*as_root, "rm", "-f", str(NO_CLUSTER)], quiet=True)
        if own_policy:
            run([*as_root, "rm", "-f", str(POLICY)], quiet=True)


def write_as_root(as_root: list[str], path: Path, text: str, mode: str) -> None:
    """Write a small file that only root may write."""
    run([*as_root, "mkdir", "-p", str(path.parent)], quiet=True)
    run([*as_root, "tee", str(path)], text=text, quiet=True)
    run([*as_root, "chmod", mode, str(path)], quiet=True)


def root_prefix(packages: list[str]) -> list[str]:
    """What makes a command run as root; ends with the command to copy where nothing does."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    fail("installing packages needs root, and there is no sudo",
         "as root: apt-get install --no-install-recommends " + " ".join(packages))


def run(command: list[str], *, text: str | None = None, quiet: bool = False) -> None:
    """Run a command in sight of the user; end with its name if it fails."""
    if not quiet:
        print("+ " + " ".join(command), flush=True)
    done = subprocess.run(command, input=text, text=True, check=False, stdout=subprocess.DEVNULL if quiet else None)
    if done.returncode != 0:
        fail(f"`{' '.join(command[:6])} ...` failed", "see its message above; is the network there, the disk full?")


def fail(message: str, remedy: str) -> NoReturn:
    """End with one line that says what is wrong and how to mend it."""
    sys.exit(f"paceline: {message} - {remedy}")


if __name__ == "__main__":
    sys.exit(main())
