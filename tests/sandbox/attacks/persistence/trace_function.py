# attack: raw twice | has the next run be traced
import sys
if sys.gettrace() is not None or sys.getprofile() is not None:
    log("PLUNDER-PERSISTENCE")
sys.setprofile(lambda *_: None)
