"""Locks a file, so that one process writes to it at a time."""

from __future__ import annotations

import errno
import logging
import sys
from typing import BinaryIO

_log = logging.getLogger(__name__)
_HELD = (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN)
# Windows locks bytes, which nobody else can then read: this one lies beyond the end of the file.
_FAR = 1 << 40


def lock_alone(file: BinaryIO, work: str = "evaluation") -> None:
    """Lock an open file for other writers until it is closed.

    The operating system releases the lock when the process ends, even if it is killed. If the file
    system has no locks, a warning is logged and the file stays unlocked.

    Args:
        file: The file.
        work: What writes to it, for the message of the error.

    Raises:
        BlockingIOError: If another one has locked it.
    """
    try:
        _lock(file)
    except OSError as error:
        if error.errno in _HELD:
            raise BlockingIOError(
                error.errno,
                f"another {work} is writing to it, in this process or another. Wait until it "
                "has ended and call again, which reads its results; or give another path",
                file.name,
            ) from None
        _log.warning(
            "%s can't be locked (%s): make sure that no other process writes to it meanwhile",
            file.name,
            error.strerror,
        )


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        place = file.tell()
        file.seek(_FAR)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(place)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
