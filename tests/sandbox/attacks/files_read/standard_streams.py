# attack: raw | reads what the zygote was given to read
import os
for number in (0, 1, 2):
    found = os.read(number, 10)
    if found:
        log("PLUNDER-DESCRIPTOR", number)
