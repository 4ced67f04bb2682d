# attack: raw | takes the news of other runs' ends from the zygote | without seccomp: said
import os
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    log("PLUNDER-PROCESS")
