# attack: raw | kills everybody it can see at once | without seccomp+landlock: neighbour
import os, signal
# Where the numbers of the machine are its own, everybody would be everybody.
if os.getppid() == 1:
    os.kill(-1, signal.SIGKILL)
else:
    for process in (params["neighbour"], params["bystander"]):
        os.kill(process, signal.SIGKILL)
