# attack: raw | forks a process that outlives the run | without seccomp+process_limit: left
import os, time
if os.fork() == 0:
    time.sleep(20)
    os._exit(0)
