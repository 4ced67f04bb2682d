# attack: raw | queues a signal with a value for the supervisor | without seccomp+landlock+process_namespace+unprivileged: supervisor
import ctypes, os, signal, struct
number = {"x86_64": 129, "aarch64": 138}[os.uname().machine]
described = ctypes.create_string_buffer(struct.pack("3i", int(signal.SIGUSR2), 0, -1), 128)
ctypes.CDLL(None).syscall(number, params["supervisor"], int(signal.SIGUSR2), described)
