# attack: raw | leaves its process group | without seccomp: said
import os
os.setpgid(0, 0)
log("PLUNDER-PROCESS")
