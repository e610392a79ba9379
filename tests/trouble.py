"""Real trouble with the disk: a folder without rights, and a full file system."""

import contextlib
import os
import resource
import shutil
import subprocess

NOBODY = 65534


@contextlib.contextmanager
def without_rights(folder):
    """Nothing may be written in a folder meanwhile; root, who may do all, is nobody."""
    root = os.geteuid() == 0
    opened = [folder, *(each for each in folder.parents if root and not each.stat().st_mode & 1)]
    modes = {each: each.stat().st_mode & 0o7777 for each in opened}
    for each in opened[1:]:
        each.chmod(modes[each] | 0o111)  # Others may pass through, and see no more.
    folder.chmod(0o555)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for each, mode in modes.items():
            each.chmod(mode)


@contextlib.contextmanager
def full_disk(folder, room):
    """A folder on a file system of its own, on which so many bytes have room: pages of 4,096.

    Where none may be mounted (that takes root, and a container that lets it) no file may become
    larger than 16 bytes instead, which fails at the same calls.
    """
    folder.mkdir(exist_ok=True)
    options = f"size={room},mode=777"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    able = os.geteuid() == 0 and shutil.which("mount") is not None
    if able and subprocess.run(mount, capture_output=True, check=False).returncode == 0:
        try:
            yield
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
