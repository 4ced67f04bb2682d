# attack: raw | gives each of many threads a stack as large as the limit
import threading, time
threading.stack_size(80 << 20)
for number in range(64):
    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
