# attack: raw | leaves the session of its jail | without seccomp: said
import os
os.setsid()
log("PLUNDER-PROCESS")
