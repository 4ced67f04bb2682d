# attack: raw | starts many threads | without seccomp+process_limit: said
import threading
threading.stack_size(1 << 16)
started = 0
try:
    for _ in range(50):
        threading.Thread(target=threading.Event().wait, args=(0.1,), daemon=True).start()
        started += 1
except RuntimeError:
    pass
if started:
    log("PLUNDER-PROCESS", started)
