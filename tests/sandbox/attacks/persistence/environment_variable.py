# attack: raw twice | sets a variable for the next run
import os
if "NOTE" in os.environ:
    log("PLUNDER-PERSISTENCE")
os.environ["NOTE"] = "1"
