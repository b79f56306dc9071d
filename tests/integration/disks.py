"""Disks of the tests' own: small ones, full ones, and such as cannot be written. They need root."""

import os
import subprocess
from pathlib import Path

import pytest


class SmallDisk:
    """A file system of its own for a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def size(self, size: str, *options: str) -> None:
        """Mount it, or with the option ``remount`` make it so large. Skips the test where that cannot be."""
        _mount("-t", "tmpfs", "-o", ",".join([*options, f"size={size}"]), "tmpfs", str(self.folder))

    def leave(self, room: int) -> None:
        """Make it so small that what lies there leaves so many bytes, at least a page."""
        told = os.statvfs(self.folder)
        used = (told.f_blocks - told.f_bfree) * told.f_frsize
        self.size(str(used + max(room, told.f_frsize)), "remount")

    def unmount(self) -> None:
        unmount(self.folder)


def make_read_only(path: Path) -> None:
    """Let nobody write a file or folder; what lies below stays as it is. Undone by ``unmount``."""
    _mount("--bind", str(path), str(path))
    _mount("-o", "remount,bind,ro", str(path))


def unmount(path: Path) -> None:
    subprocess.run(["umount", "--lazy", str(path)], capture_output=True)


def _mount(*how: str) -> None:
    done = subprocess.run(["mount", *how], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
