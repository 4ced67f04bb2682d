# attack: raw | stops the process that forks every run, and lets it go on later | without seccomp+landlock: said
import os, signal
os.kill(os.getppid(), signal.SIGCONT)
log("PLUNDER-PROCESS")
