# attack: raw | starts a program the modern way | without seccomp+landlock+filesystem+process_limit: written
import os
os.posix_spawn("/bin/sh", ["sh", "-c", ": > " + params["written"]], {})
import time
time.sleep(0.3)
