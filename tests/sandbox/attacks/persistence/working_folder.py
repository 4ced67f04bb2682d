# attack: raw twice | goes to a folder where the next run would start
import os
if os.getcwd() == "/dev":
    log("PLUNDER-PERSISTENCE")
os.chdir("/dev")
