# attack: language | derives a class from a module's type | without language: said
import math
class Module(math.__class__):
    pass
log("PLUNDER-LANGUAGE", str(Module("x"))[:20])
