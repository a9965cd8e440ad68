"""How to put the phone's page on a home screen, browser by browser, each step with a drawing."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do; `sketch` names its drawing in `riders/install_sketches.html`."""

    words: str
    sketch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """One browser's way."""

    key: str
    icon: str
    browser: str
    steps: tuple[Step, ...]


def browser_of(user_agent: str) -> str:
    """The key of the guide that fits a browser's own words about itself; `tab` where nothing is installed."""
    if any(name in user_agent for name in ("CriOS", "FxiOS", "EdgiOS")):
        return "ios_other"
    if "iPhone" in user_agent or "iPad" in user_agent or _is_safari_of_a_mac(user_agent):
        return "safari"
    if "Android" not in user_agent:
        return "tab"
    if "SamsungBrowser" in user_agent:
        return "samsung"
    return "firefox" if "Firefox" in user_agent else "chrome"


def _is_safari_of_a_mac(user_agent: str) -> bool:
    """An iPad calls itself a Mac; on a Mac the same steps put the page into the Dock."""
    return "Macintosh" in user_agent and "Version/" in user_agent


def guides() -> list[Guide]:
    """All ways, the most common first."""
    on_screen = _("Open Paceline from the home screen and tap “Tell me of new work” in its menu.")
    return [*_apple(on_screen), *_android(on_screen), *_plain()]


def _apple(on_screen: str) -> list[Guide]:
    return [
        Guide(
            key="safari",
            icon="phone",
            browser=_("iPhone and iPad: Safari"),
            steps=(
                Step(words=_("Tap the share sign at the foot of the page."), sketch="share_below"),
                Step(words=_("Choose “Add to Home Screen”, then “Add”."), sketch="sheet_add"),
                Step(
                    words=_(
                        "Open Paceline from the home screen; only there can messages reach you (iOS 16.4 and later)."
                    ),
                    sketch="home",
                ),
            ),
        ),
        Guide(
            key="ios_other",
            icon="phone",
            browser=_("iPhone and iPad: Chrome, Edge, Firefox"),
            steps=(
                Step(words=_("Tap the share sign beside the address."), sketch="share_above"),
                Step(words=_("Choose “Add to Home Screen”, then “Add”."), sketch="sheet_add"),
                Step(words=on_screen, sketch="home"),
            ),
        ),
    ]


def _android(on_screen: str) -> list[Guide]:
    return [
        Guide(
            key="chrome",
            icon="phone",
            browser=_("Android: Chrome, Edge"),
            steps=(
                Step(words=_("Open the menu with the three dots."), sketch="dots_above"),
                Step(words=_("Choose “Install app” or “Add to Home screen”."), sketch="menu_above"),
                Step(words=on_screen, sketch="home"),
            ),
        ),
        Guide(
            key="samsung",
            icon="phone",
            browser=_("Android: Samsung Internet"),
            steps=(
                Step(words=_("Open the menu with the three lines at the foot of the page."), sketch="lines_below"),
                Step(words=_("Choose “Add page to”, then “Home screen”."), sketch="sheet_add"),
                Step(words=on_screen, sketch="home"),
            ),
        ),
        Guide(
            key="firefox",
            icon="phone",
            browser=_("Android: Firefox"),
            steps=(
                Step(words=_("Open the menu with the three dots."), sketch="dots_below"),
                Step(words=_("Choose “Add app to Home screen”, then “Add automatically”."), sketch="sheet_add"),
                Step(
                    words=_(
                        "New work waits until you open the page: Firefox does not send what you did in the background."
                    ),
                    sketch="home",
                ),
            ),
        ),
    ]


def _plain() -> list[Guide]:
    return [
        Guide(
            key="tab",
            icon="eye",
            browser=_("No installing"),
            steps=(
                Step(words=_("Everything works in a plain tab as well, without a network too."), sketch="tab"),
                Step(
                    words=_(
                        "Open it once a week, or the phone may clear what it kept. Unsent work is counted at the top."
                    ),
                    sketch="unsent",
                ),
            ),
        ),
    ]
