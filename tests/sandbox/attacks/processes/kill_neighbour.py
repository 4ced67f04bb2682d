# attack: raw | kills another run | without seccomp+landlock: neighbour
import os, signal
os.kill(params["neighbour"], signal.SIGKILL)
