# attack: language | imports os
import os
log("PLUNDER-LANGUAGE", os.getpid())
