"""The browser: whichever Chromium this machine has, cut off from every other machine."""

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
HELP = (
    "The browser tests need Chromium. Install it (Debian and Ubuntu: apt-get install chromium "
    "fonts-dejavu-core; macOS: brew install --cask chromium), or set CHROMIUM to its path."
)


def find_chromium():
    """The path of a Chromium.

    Raises:
        RuntimeError: If there is none, with a word what to install.
    """
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(f"CHROMIUM={named!r} can't be run. {HELP}" if named else HELP)
    return found


def launch(playwright):
    return playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=FLAGS)


def slow_down(page):
    """Make a page RNNVIZ_SLOW_PAGE times slower, to find tests that read too early."""
    times = os.environ.get("RNNVIZ_SLOW_PAGE")
    if times is not None:
        devtools = page.context.new_cdp_session(page)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": float(times)})
