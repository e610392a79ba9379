"""A file that one process writes at a time."""

from __future__ import annotations

import errno
import logging
import sys
from typing import BinaryIO

_log = logging.getLogger(__name__)
_HELD = (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN)
# Windows locks bytes: one that no such file reaches, so that it stays readable.
_FAR = 1 << 40


def lock_alone(file: BinaryIO) -> None:
    """Keep everybody else from writing to an open file until it is closed.

    The operating system lets go of it when the process ends, however it ends. Where the file
    system knows no locks a warning is logged, and nothing is kept from anybody.

    Raises:
        BlockingIOError: If somebody else has it.
    """
    try:
        _lock(file)
    except OSError as error:
        if error.errno in _HELD:
            raise BlockingIOError(
                error.errno,
                "another evaluation is writing to it, here or in another process. Wait until that "
                "has ended, and call again: what it has counted is then read from the file; or "
                "give another path",
                file.name,
            ) from None
        _log.warning(
            "%s can't be locked (%s): let no other process write to it meanwhile",
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
