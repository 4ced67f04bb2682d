# attack: raw | asks about every descriptor it could have inherited | without seccomp+descriptors_closed: said
import os
for number in range(4, 512):
    try:
        os.fstat(number)
        log("PLUNDER-DESCRIPTOR", number)
        break
    except OSError:
        pass
