"""The filter as the kernel will run it, on both architectures, whichever this machine has."""

import errno

import pyseccomp
import pytest

from execution.sandbox.seccomp import ALLOWED, REFUSED, system_call_program
from execution.sandbox.system_calls import NUMBERS, number_of
from tests.sandbox.bpf import Verdict, judge

ARCHITECTURES = ("x86_64", "aarch64")
LIBRARY = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}
OTHERS = {"x86_64": ("aarch64", "i386"), "aarch64": ("x86_64", "i386")}
# What attackers want first.
NEVER = """
    socket connect bind listen accept sendto sendmsg recvmsg socketpair
    execve execveat fork vfork kill ptrace process_vm_readv process_vm_writev
    mount umount2 pivot_root chroot setns unshare bpf perf_event_open userfaultfd keyctl
    memfd_create shmget shmat msgget semget mq_open io_uring_setup pidfd_open pidfd_getfd
    setuid setgid setresuid capset prctl seccomp landlock_create_ruleset
    init_module finit_module kexec_load reboot swapon sethostname personality
""".split()
READ, WRITE, EXECUTE = 1, 2, 4
X32 = 0x40000000


def number(architecture: str, name: str) -> int:
    return int(pyseccomp.resolve_syscall(LIBRARY[architecture], name))


def verdict(architecture: str, name: str, *arguments: int) -> Verdict:
    return judge(
        system_call_program(architecture),
        architecture=architecture,
        number=number(architecture, name),
        arguments=arguments,
    )


def existing(architecture: str, names: list[str]) -> list[str]:
    return [name for name in names if number(architecture, name) >= 0]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_computing_needs_is_allowed(architecture: str) -> None:
    names = existing(architecture, ALLOWED)

    assert [name for name in names if not verdict(architecture, name).is_allowed] == []
    assert {"read", "write", "futex", "exit_group", "brk"} <= set(names)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_libraries_try_in_passing_is_refused_without_harm(architecture: str) -> None:
    names = existing(architecture, REFUSED)

    found = {name: verdict(architecture, name).errno for name in names}

    assert found == dict.fromkeys(names, errno.EPERM)
    assert {"openat", "clone", "ioctl", "fcntl"} <= set(names)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_threads_are_refused_in_the_way_the_c_library_understands(architecture: str) -> None:
    assert verdict(architecture, "clone3").errno == errno.ENOSYS


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_only_an_attack_calls_kills(architecture: str) -> None:
    names = existing(architecture, NEVER)

    assert [name for name in names if not verdict(architecture, name).kills] == []
    assert {"socket", "execve", "ptrace"} <= set(names)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_other_call_kills(architecture: str) -> None:
    program = system_call_program(architecture)
    known = {number(architecture, name) for name in [*ALLOWED, *REFUSED, "clone3"]}
    known |= {number(architecture, name) for name in ("mmap", "mprotect")}

    survived = [
        one
        for one in range(1024)
        if one not in known
        and not judge(program, architecture=architecture, number=one, arguments=()).kills
    ]

    assert survived == []


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("name", ["mmap", "mprotect"])
def test_memory_may_be_anything_but_executable(architecture: str, name: str) -> None:
    for protection in (0, READ, WRITE, READ | WRITE):
        assert verdict(architecture, name, 0, 4096, protection).is_allowed
    for protection in (EXECUTE, READ | EXECUTE, WRITE | EXECUTE, READ | WRITE | EXECUTE):
        assert verdict(architecture, name, 0, 4096, protection).kills


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_call_of_another_architecture_kills(architecture: str) -> None:
    program = system_call_program(architecture)
    read = number(architecture, "read")

    assert judge(program, architecture=architecture, number=read).is_allowed
    for other in OTHERS[architecture]:
        for one in range(512):
            assert judge(program, architecture=other, number=one).kills


def test_a_call_with_the_numbers_of_x32_kills() -> None:
    program = system_call_program("x86_64")

    for name in (*ALLOWED, "mmap", "socket", "execve"):
        disguised = number("x86_64", name) | X32
        assert judge(program, architecture="x86_64", number=disguised).kills


def test_without_the_rule_about_executable_memory_it_is_allowed() -> None:
    program = system_call_program("x86_64", forbid_executable_memory=False)
    mmap = number("x86_64", "mmap")

    assert judge(
        program, architecture="x86_64", number=mmap, arguments=(0, 4096, EXECUTE)
    ).is_allowed


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_numbers_in_the_table_are_libseccomps(architecture: str) -> None:
    theirs = {name: number(architecture, name) for name in NUMBERS[architecture]}

    assert theirs == NUMBERS[architecture]


def test_a_machine_of_another_architecture_is_told_which_ones_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    with pytest.raises(OSError, match="x86_64 and aarch64, not of riscv64"):
        number_of("socket")
