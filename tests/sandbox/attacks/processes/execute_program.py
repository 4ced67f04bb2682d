# attack: raw | becomes another program
import os
os.execv("/bin/sh", ["sh", "-c", "echo"])
log("PLUNDER-PROCESS")
