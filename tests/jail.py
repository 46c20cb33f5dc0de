"""A process as a container or a unit would hold it, without an engine: for root on Linux alone.

    python tests/jail.py FILTER.json DATA UID COMMAND…

The system is read-only, `/tmp` and `/dev/shm` are empty, DATA is writable as `/srv/data`, the user
is an ordinary one without any right, and the filter of system calls stands: a profile as container
engines take it. Then COMMAND runs.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

DATA = "/srv/data"
EMPTIED = ("/tmp", "/dev/shm", "/var/tmp")
CHECKOUT = Path(__file__).resolve().parents[1]
_CLONE_NEWNS, _CLONE_NEWIPC = 0x20000, 0x8000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = (
    1,
    2,
    4,
    32,
    4096,
    16384,
    1 << 18,
)
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_OPERATORS = {"SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}
_UNKNOWN_CALL = -1

libc = ctypes.CDLL(None, use_errno=True)


def why_not() -> str:
    """Why this machine has no jail; empty where it has one."""
    if os.geteuid() != 0:
        return "only root can make a jail"
    if ctypes.util.find_library("seccomp") is None:
        return "libseccomp is not installed (Debian: apt install libseccomp2)"
    return ""


class Comparison(ctypes.Structure):
    """``scmp_arg_cmp`` of libseccomp."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    done = libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    if done:
        raise OSError(ctypes.get_errno(), f"mount {target}")


def open_ways(*folders: Path) -> None:
    """Let an ordinary user reach folders behind closed ones, and nothing beside them."""
    doors: set[Path] = set()
    asides: dict[Path, Path] = {}
    for number, folder in enumerate(folders):
        # The outermost closed folder: what lies in it is hidden as a whole.
        door = next((p for p in reversed(folder.parents) if not _is_passable(p)), None)
        if door is not None:
            doors.add(door)
            asides[folder] = Path(f"/srv/way-{number}")
            asides[folder].mkdir()
            mount(str(folder), str(asides[folder]), "", _MS_BIND | _MS_REC)
    for door in doors:
        mount("tmpfs", str(door), "tmpfs", _MS_NOSUID, "mode=0755,size=1m")
    for folder, aside in asides.items():
        folder.mkdir(parents=True, exist_ok=True)
        mount(str(aside), str(folder), "", _MS_BIND | _MS_REC)
        mount("none", str(folder), "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY)


def _is_passable(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_IXOTH)


def close_system(data: Path, user: int) -> None:
    """The file system of the jail."""
    if libc.unshare(_CLONE_NEWNS | _CLONE_NEWIPC):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    mount("tmpfs", "/srv", "tmpfs", _MS_NOSUID, "mode=0755,size=1m")
    Path(DATA).mkdir()
    Path("/srv/kept").mkdir()
    for path in (data, *data.rglob("*")):
        os.chown(path, user, user)
    mount(str(data), DATA, "", _MS_BIND)
    open_ways(Path(sys.base_prefix), CHECKOUT)
    mount("none", "/", "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY)
    mount("none", "/srv", "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY)
    for folder in EMPTIED:
        # A checkout may lie in one of these: of that folder this alone stays, to be read.
        holds_checkout = CHECKOUT.is_relative_to(folder)
        if holds_checkout:
            mount(str(CHECKOUT), "/srv/kept", "", _MS_BIND | _MS_REC)
        mount("tmpfs", folder, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=1777,size=256m")
        if holds_checkout:
            CHECKOUT.mkdir(parents=True)
            mount("/srv/kept", str(CHECKOUT), "", _MS_BIND | _MS_REC)
            mount("none", str(CHECKOUT), "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY)


def become(user: int) -> None:
    """An ordinary user without a right and without a way to any."""
    for capability in range(64):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def load_filter(profile: dict[str, Any]) -> None:
    """Put a container engine's profile on this process, for good."""
    seccomp = ctypes.CDLL(ctypes.util.find_library("seccomp"))
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(_ERRNO | int(profile["defaultErrnoRet"])))
    for rule in profile["syscalls"]:
        action = _ALLOW
        if rule["action"] == "SCMP_ACT_ERRNO":
            action = _ERRNO | int(rule["errnoRet"])
        given = rule.get("args", [])
        compared = (Comparison * len(given))(
            *(
                Comparison(one["index"], _OPERATORS[one["op"]], one["value"], one["valueTwo"])
                for one in given
            )
        )
        for name in rule["names"]:
            number = seccomp.seccomp_syscall_resolve_name(name.encode())
            if number == _UNKNOWN_CALL:
                continue
            if seccomp.seccomp_rule_add_array(context, action, number, len(given), compared):
                raise OSError(f"the rule of {name} is refused")
    if seccomp.seccomp_load(context):
        raise OSError("the filter is refused")


def main() -> None:
    """Make the jail, go in, run the command."""
    profile = json.loads(Path(sys.argv[1]).read_text())
    data, user, command = Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    # A service that was prepared in the calling process lets nobody into new folders.
    os.umask(0o022)
    close_system(data, user)
    os.chdir(DATA)
    become(user)
    load_filter(profile)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
