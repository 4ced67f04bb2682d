# attack: raw | writes a program into memory and becomes it | without seccomp: said
import os
file = os.memfd_create("program")
os.set_inheritable(file, True)
try:
    os.write(file, b"#!/nothing\n")
except OSError:
    pass
log("PLUNDER-PROCESS")
