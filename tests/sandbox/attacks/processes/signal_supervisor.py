# attack: raw | sends a signal to the supervisor | without seccomp+landlock+process_namespace+unprivileged: supervisor
import os, signal
os.kill(params["supervisor"], signal.SIGUSR1)
