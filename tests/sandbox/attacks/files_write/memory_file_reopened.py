# attack: raw | reopens a file of memory through its link | without seccomp: said
import os
file = os.memfd_create("plunder")
log("PLUNDER-" + "MEMORY", file)
