# attack: raw | reads from every descriptor it could have inherited
import os
for number in range(4, 512):
    try:
        os.fstat(number)
        log("PLUNDER-DESCRIPTOR", number)
    except OSError:
        pass
