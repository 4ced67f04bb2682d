# attack: raw | leaves a process behind that ignores every signal | without seccomp+process_limit: left
import os, signal, time
if os.fork() == 0:
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    time.sleep(20)
    os._exit(0)
