# attack: raw | reads from every descriptor it could have inherited | without descriptors_closed: said
import os
for number in range(4, 64):
    try:
        os.read(number, 0)
        log("PLUNDER-DESCRIPTOR", number)
        break
    except OSError as fault:
        if fault.errno != 9:
            log("PLUNDER-DESCRIPTOR", number)
            break
