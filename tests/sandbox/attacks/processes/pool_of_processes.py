# attack: raw | starts workers with multiprocessing | without seccomp+process_limit: said
import os, multiprocessing.process
before = os.getpid()
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, b"x")
    os._exit(0)
if os.read(reading, 1):
    log("PLUNDER-PROCESS")
