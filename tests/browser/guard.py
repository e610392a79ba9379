"""Nothing may go wrong behind a test's back: no console error, no failed or foreign request."""

import re
from urllib.parse import urlsplit

INLINE = ("data", "blob")


class Guard:
    """Watches a page from the moment it is made; `check` says what should not have been.

    Args:
        page: The page.
        base: The one address that it may ask anything of.
    """

    def __init__(self, page, base):
        self._host = urlsplit(base).netloc
        self._allowed = []
        self.complaints = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._complain(f"uncaught: {error}"))
        page.on("request", lambda request: self._visit("request", request.url))
        page.on("websocket", lambda socket: self._visit("websocket", socket.url))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def allow(self, pattern):
        """Let pass what JupyterLab itself is known to say; a regular expression."""
        self._allowed.append(re.compile(pattern))

    def check(self):
        """Fail if anything was complained of since the last check; forget it, and what may pass."""
        complaints = [
            said for said in self.complaints if not any(one.search(said) for one in self._allowed)
        ]
        self.complaints.clear()
        self._allowed.clear()
        assert not complaints, "the page is not clean:\n" + "\n".join(complaints)

    def _complain(self, words):
        self.complaints.append(words)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self._complain(f"console {message.type}: {message.text}")

    def _visit(self, kind, url):
        parts = urlsplit(url)
        if parts.scheme not in INLINE and parts.netloc != self._host:
            self._complain(f"{kind} off the machine: {url}")

    def _failed(self, request):
        # What a page asked for and left behind when it was closed or reloaded is no failure.
        if request.failure != "net::ERR_ABORTED":
            self._complain(f"request failed: {request.url} ({request.failure})")

    def _response(self, response):
        if response.status >= 400:
            self._complain(f"status {response.status}: {response.url}")
