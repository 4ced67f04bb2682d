# attack: raw | lists folders outside
import os
for folder in ("/", "/home", "/etc", "/tmp", params["folder"]):
    try:
        log("PLUNDER-LISTING", os.listdir(folder))
    except OSError:
        pass
