# attack: raw | makes an executable out of memory
import os
file = os.memfd_create("program")
os.write(file, b"#!/bin/sh\n")
log("PLUNDER-MEMORY-FILE")
