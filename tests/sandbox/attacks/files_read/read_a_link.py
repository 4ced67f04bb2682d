# attack: raw | reads where a link points | without seccomp+filesystem: said
import os
log("PLUNDER-" + "LINK", os.readlink("/proc/self/exe"))
