"""Faults of a disk: full, and read-only after an error, on a real file system of its own."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from torture.faults.frame import Fault, NotHereError
from torture.faults.service import Service

_SIZE_MB = 400
_PROGRAMS = ("mkfs.ext4", "losetup", "mount", "umount", "e2fsck", "fallocate")


class Disk:
    """A file system in a file, mounted for a test; it goes read-only at its first error.

    Args:
        folder: of the file, and of the place where it is mounted.

    Raises:
        NotHereError: this needs root, and a kernel that mounts files.
    """

    def __init__(self, folder: Path) -> None:
        missing = [name for name in _PROGRAMS if shutil.which(name) is None]
        if os.geteuid() != 0 or missing:
            raise NotHereError("a file system of its own needs root and e2fsprogs")
        self.path = folder / "mounted"
        self.path.mkdir()
        self._image = folder / "disk.img"
        with self._image.open("wb") as image:
            image.truncate(_SIZE_MB << 20)
        _run("mkfs.ext4", "-q", "-m", "0", self._image)
        self._device = _run("losetup", "--find", "--show", self._image).strip()
        try:
            self._mount()
        except subprocess.CalledProcessError:
            self.close()
            raise NotHereError("no file system can be mounted here") from None

    def fill(self, *, leave_bytes: int = 0) -> None:
        """Leave no more room than so much."""
        free = os.statvfs(self.path)
        size = free.f_bavail * free.f_frsize - leave_bytes
        if size > 0:
            with suppress(subprocess.CalledProcessError):
                _run("fallocate", "-l", str(size), self._ballast)
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while leave_bytes == 0:
                ballast.write(bytes(4096))

    def make_room(self) -> None:
        """Take away what filled it."""
        self._ballast.unlink(missing_ok=True)
        # Or an error of the file system within the next seconds would bring it back.
        os.sync()

    def break_down(self) -> None:
        """An error of the file system: from now on it is read-only."""
        trigger = Path("/sys/fs/ext4") / Path(self._device).name / "trigger_fs_error"
        try:
            trigger.write_text("on purpose")
        except OSError:
            raise NotHereError("this kernel makes no errors of file systems on purpose") from None

    def mend(self) -> None:
        """What an operator does: unmount, repair, mount. Nobody may have anything open on it."""
        _run("umount", self.path)
        subprocess.run(["e2fsck", "-fy", self._device], check=False, capture_output=True)
        self._mount()

    def close(self) -> None:
        """Take it all away."""
        with suppress(subprocess.CalledProcessError):
            _run("umount", self.path)
        with suppress(subprocess.CalledProcessError):
            _run("losetup", "--detach", self._device)

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def _mount(self) -> None:
        _run("mount", "-o", "errors=remount-ro", self._device, self.path)


def faults_of(disk: Disk, service: Service) -> list[Fault]:
    """What can happen to the disk of a service."""

    def fill(chance: random.Random) -> str:
        leave = chance.choice((0, 0, 4096, 65_536, 1 << 20))
        disk.fill(leave_bytes=leave)
        return f"{leave} bytes left"

    def fill_and_cut_power(chance: random.Random) -> str:
        disk.fill()
        service.kill_all()
        return "full, and everything killed"

    def break_down(chance: random.Random) -> str:
        disk.break_down()
        return "read-only"

    def mend() -> None:
        service.keep_down()
        with_clerk_away(service, disk.mend)
        service.keep_up()

    return [
        Fault("disk full", fill, heal=disk.make_room, hold_s=3.0, share=4),
        Fault("disk full and power cut", fill_and_cut_power, heal=disk.make_room, hold_s=2.0),
        Fault("disk read-only", break_down, heal=mend, hold_s=3.0),
    ]


def with_clerk_away(service: Service, work) -> None:
    """Do something while the clerk has nothing open."""
    service.let_clerk_go()
    try:
        work()
    finally:
        service.fetch_clerk()


def _run(*command: object) -> str:
    done = subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)
    return done.stdout
