# attack: language | imports os | without language: said
import os
log("PLUNDER-LANGUAGE", os.getpid())
