# attack: raw | opens the machine's memory
import os
try:
    os.open("/dev/mem", os.O_RDONLY)
except FileNotFoundError:
    pass
