# attack: raw | forks twice and leaves its session, to be nobody's child | without seccomp+process_limit: left
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(20)
    os._exit(0)
