# attack: raw | kills another run by a descriptor of it | without seccomp+landlock: neighbour
import os, signal
signal.pidfd_send_signal(os.pidfd_open(params["neighbour"]), signal.SIGKILL)
