# attack: raw twice | keeps an abstract address busy for the next run | without seccomp+process_limit: said
import os, socket, time
local = socket.socket(socket.AF_UNIX)
try:
    local.bind("\0plunder-kept" + params["mark"])
except OSError as fault:
    if fault.errno == 98:
        log("PLUNDER-PERSISTENCE")
    raise
if os.fork() == 0:
    time.sleep(20)
    os._exit(0)
