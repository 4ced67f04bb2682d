# attack: raw | asks how full the disks are | without seccomp: said
import os
if os.statvfs("/").f_blocks:
    log("PLUNDER-FILE")
