"""Which guide to the home screen a browser is shown first."""
import pytest

from riders.install import browser_of

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {WEBKIT}"
ANDROID = "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-A526B)"
IPAD = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}"


@pytest.mark.parametrize(
    ("user_agent", "guide"),
    [
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "safari"),
        (f"{IPHONE} CriOS/131.0 Mobile/15E148 Safari/604.1", "ios_other"),
        (f"{IPAD} Version/18.1 Safari/605.1.15", "safari"),
        (f"{IPAD} CriOS/131.0 Version/18.1 Safari/604.1", "ios_other"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", "tab"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "chrome"),
        (f"{ANDROID} SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36", "samsung"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", "firefox"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "tab"),
    ],
)  # fmt: skip
def test_the_guide_fits_the_browser_and_an_ipad_is_no_desktop(user_agent: str, guide: str) -> None:
    """An iPad says that it is a Mac."""
    assert browser_of(user_agent) == guide
