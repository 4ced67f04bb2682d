# attack: raw twice | changes the mode of files that the next run makes
import os
if os.umask(0o123) == 0o123:
    log("PLUNDER-PERSISTENCE")
