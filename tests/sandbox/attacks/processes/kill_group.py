# attack: raw | kills the process group it belongs to | without seccomp+landlock: neighbour
import os, signal
os.kill(0, signal.SIGKILL)
