# attack: raw | kills the process that forks every run | without seccomp+landlock+process_namespace: zygote
import os, signal
os.kill(os.getppid(), signal.SIGKILL)
