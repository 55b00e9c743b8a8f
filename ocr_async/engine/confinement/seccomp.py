"""
System calls: those that a worker never makes are refused, whatever runs in it.

A list of what is refused and not of what is allowed: interpreters, networks and parsers differ in what they call from
release to release, and `landlock` stands behind it. Where there is no Landlock, this still refuses to open a file for
writing, to connect, to run a program and to touch another process; it cannot tell which file is read.

Source: linux/seccomp.h, linux/filter.h, asm/unistd_64.h and asm-generic/unistd.h of Linux 6.1.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Mapping, Sequence

from .calls import libc, raised, syscall


__all__ = ["program", "restrict"]

# Numbers on x86_64 and on aarch64; None where it has no such call.
_REFUSED: Mapping[str, tuple[int | None, int | None]] = {
    # the network
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    # programs
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None), "uselib": (134, None),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119), "sched_setattr": (314, 274), "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # names and facts of files
    "creat": (85, None), "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "link": (86, None),
    "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "chmod": (90, None), "fchmodat": (268, 53),
    "fchmodat2": (452, 452), "chown": (92, None), "lchown": (94, None), "fchownat": (260, 54), "truncate": (76, 45),
    "mknod": (133, None), "mknodat": (259, 33), "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88),
    "futimesat": (261, None), "setxattr": (188, 5), "lsetxattr": (189, 6), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "inotify_init": (253, None), "inotify_init1": (294, 26), "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
    # shared with others by a key
    "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # parts of the kernel that have been the way out before
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "personality": (135, 92),
    "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None), "syslog": (103, 116),
    "lookup_dcookie": (212, 18), "vhangup": (153, 58), "acct": (163, 89), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "nfsservctl": (180, 42),
    # the machine
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "move_mount": (429, 429), "open_tree": (428, 428), "mount_setattr": (442, 442), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161),
    "setdomainname": (171, 162),
}  # fmt: skip

# Libraries do without these where a kernel has them not, and their arguments cannot be looked at.
_UNKNOWN: Mapping[str, tuple[int | None, int | None]] = {
    "clone3": (435, 435), "openat2": (437, 437), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}  # fmt: skip

_PROCESSORS = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_OTHER_CALLS = 0x40000000  # from here on, x86_64 has those of x32
_SECCOMP = (317, 277)
_SET_FILTER, _ALL_THREADS = 1, 1
_NO_NEW_PRIVILEGES = 38

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000

_WITHIN = 1  # AF_UNIX
_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_TYPES_INTO_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

_Instruction = tuple[int, int, int, int]


def program(machine: str, pid: int) -> bytes:
    """
    Return the filter of *machine* for the process *pid*, as the kernel takes it.

    Raises:
        OSError: There is none for this machine.
    """
    if machine not in _PROCESSORS or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"no filter for {machine}")
    architecture, column = _PROCESSORS[machine]
    refuse, unknown = _error(errno.EPERM), _error(errno.ENOSYS)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        _answer(_KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _OTHER_CALLS),
        refuse,
    ]

    def when(numbers: tuple[int | None, int | None], then: Sequence[_Instruction]) -> None:
        """Do *then*, which ends with an answer, for one call."""
        if (number := numbers[column]) is not None:
            steps.extend([(_EQUAL, 0, len(then), number), *then])

    allow = _answer(_ALLOW)
    when((257, 56), [_argument(2), (_ANY_BIT, 0, 1, _WRITING), refuse, allow])  # openat
    when((2, None), [_argument(1), (_ANY_BIT, 0, 1, _WRITING), refuse, allow])  # open
    when((16, 29), [_argument(1), *_one_of(_TYPES_INTO_TERMINAL), refuse, allow])  # ioctl
    when((56, 220), [_argument(0), (_ANY_BIT, 1, 0, _THREAD), refuse, allow])  # clone
    when((53, 199), [_argument(0), (_EQUAL, 1, 0, _WITHIN), refuse, allow])  # socketpair, for the parser's own threads
    own = [_argument(0), (_EQUAL, 1, 0, pid), refuse, allow]
    when((62, 129), own)  # kill
    when((234, 131), own)  # tgkill, which abort() needs
    when((302, 261), [_argument(0), (_EQUAL, 2, 0, pid), (_EQUAL, 1, 0, 0), refuse, allow])  # prlimit64
    for numbers in _REFUSED.values():
        when(numbers, [refuse])
    for numbers in _UNKNOWN.values():
        when(numbers, [unknown])
    return b"".join(struct.pack("=HBBI", *step) for step in (*steps, allow))


def restrict() -> None:
    """
    Refuse those calls in this process, for ever.

    Raises:
        OSError: The kernel does not know how.
    """
    machine = platform.machine()
    code = program(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    described = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer)))
    raised(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    syscall(_SECCOMP[_PROCESSORS[machine][1]], _SET_FILTER, _ALL_THREADS, ctypes.byref(described))


def _argument(number: int) -> _Instruction:
    return _LOAD, 0, 0, _ARGUMENTS + 8 * number  # its lower half, on processors that put that first


def _one_of(values: Sequence[int]) -> list[_Instruction]:
    """Go on with the next step for one of *values*, and with the one after it for all others."""
    last = len(values) - 1
    return [(_EQUAL, last - place, 0 if place < last else 1, value) for place, value in enumerate(values)]


def _answer(value: int) -> _Instruction:
    return _RETURN, 0, 0, value


def _error(number: int) -> _Instruction:
    return _answer(_ERROR | number)
