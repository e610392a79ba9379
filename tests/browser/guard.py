"""Nothing may go wrong behind a test's back: no console error, no failed or foreign request."""

import re
from urllib.parse import urlsplit

INLINE = ("data", "blob")
# What JupyterLab and its parts say when they, or the machine, are slow.
SLOW = re.compile(
    r"^(Plugin \S+ is taking too long to activate\."
    r"|Plugin \S+ \(with \d+ dependants\) took [\d.]+ms to activate\."
    r"|Item with index \d+ did not appear within \d+ ms"
    r"|task queue exceeded allotted deadline by \d+ms"
    r"|async parser handler taking longer than \d+ ms)$"
)


# Faults of the host itself on a busy machine, which count as its own where none of our code is on
# the stack: JupyterLab takes a cell out of its windowed list twice, if the page's size changes
# meanwhile; Notebook loads settings before their plugin's schema is there.
HOSTS_FAULTS = re.compile(
    r"^Failed to execute 'removeChild' on 'Node'"
    r"|^Cannot read properties of undefined \(reading 'schema'\)"
)
ADDRESS = re.compile(r"\b(?:https?|file|data|blob):[^\s)]+")

# What JupyterLab itself says where a kernel dies: it connects again, and gives up its own question
# to the kernel that is gone, if one was on its way.
JUPYTERLAB_LOST_A_KERNEL = (
    r"^console warning: Connection lost, reconnecting in \d+ seconds.$"
    r"|^uncaught: Error: Canceled future for kernel_info_request message before replies were done"
)


class Guard:
    """Watches a page from the moment it is made; `check` says what should not have been.

    Args:
        page: The page.
        base: The one address that it may ask anything of; of a file, that file; of a folder, which
            ends with a slash, all files in it.
    """

    def __init__(self, page, base):
        self._base = urlsplit(base)
        self._allowed = []
        self._expected = {}
        self.complaints = []
        page.on("console", self._console)
        page.on("pageerror", self._uncaught)
        page.on("request", lambda request: self._visit("request", request.url))
        page.on("websocket", lambda socket: self._visit("websocket", socket.url))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def allow(self, pattern):
        """Let pass what the host itself is known to say; a regular expression."""
        self._allowed.append(re.compile(pattern))

    def host_asks(self, *patterns):
        """Name what the host itself asks of other machines, as regular expressions of addresses.

        `check` holds the page to it: it fails if anything else was asked, or one of these was not.
        """
        self._expected |= {re.compile(pattern): 0 for pattern in patterns}

    def check(self):
        """Fail if anything was complained of since the last check; forget it, and what may pass."""
        complaints = [
            said for said in self.complaints if not any(one.search(said) for one in self._allowed)
        ]
        complaints += [
            f"the host never asked for {one.pattern}"
            for one, times in self._expected.items()
            if not times
        ]
        self.complaints.clear()
        self._allowed.clear()
        self._expected.clear()
        assert not complaints, "the page is not clean:\n" + "\n".join(complaints)

    def _complain(self, words):
        self.complaints.append(words)

    def _uncaught(self, error):
        frames = ADDRESS.findall(error.stack or "")
        hosts = bool(frames) and all(self._served(frame) for frame in frames)
        if not (hosts and HOSTS_FAULTS.search(error.message)):
            self._complain(f"uncaught: {error.stack or error}")

    def _console(self, message):
        hosts = self._hosts(message.location["url"]) is not None
        if message.type in ("error", "warning") and not hosts and not self._slow(message):
            self._complain(f"console {message.type}: {message.text}")

    def _slow(self, message):
        """Whether the host tells of its own slowness: its scripts do, and a widget's are inline."""
        served = self._served(message.location["url"])
        return message.type == "warning" and served and SLOW.search(message.text) is not None

    def _served(self, url):
        return urlsplit(url).netloc == self._base.netloc != ""

    def _visit(self, kind, url):
        asked = self._hosts(url)
        if asked is not None:
            self._expected[asked] += 1
        elif not self._own(url):
            self._complain(f"{kind} off the machine: {url}")

    def _failed(self, request):
        # What a page asked for and left behind when it was closed or reloaded is no failure.
        if request.failure != "net::ERR_ABORTED" and self._hosts(request.url) is None:
            self._complain(f"request failed: {request.url} ({request.failure})")

    def _response(self, response):
        if response.status >= 400:
            self._complain(f"status {response.status}: {response.url}")

    def _own(self, url):
        parts = urlsplit(url)
        if parts.scheme == "file":
            folder = self._base.scheme == "file" and self._base.path.endswith("/")
            within = folder and parts.path.startswith(self._base.path)
            return within or (parts.scheme, parts.path) == (self._base.scheme, self._base.path)
        return parts.scheme in INLINE or parts.netloc == self._base.netloc

    def _hosts(self, url):
        return next((one for one in self._expected if one.search(url)), None)
