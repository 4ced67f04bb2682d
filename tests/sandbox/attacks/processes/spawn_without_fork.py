# attack: raw | starts a program the modern way
import os
os.posix_spawn("/bin/true", ["true"], {})
log("PLUNDER-PROCESS")
