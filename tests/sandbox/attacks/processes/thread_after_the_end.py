# attack: raw | starts a thread that outlives the script | without seccomp+process_limit: said
import _thread, time
def stay():
    while True:
        time.sleep(0.01)
_thread.start_new_thread(stay, ())
log("PLUNDER-PROCESS")
