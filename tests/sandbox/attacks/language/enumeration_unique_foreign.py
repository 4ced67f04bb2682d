# attack: language | has an enumeration's check walk another object's members
from enum import unique
class Fake:
    pass
Fake.__members__ = {"a": log.__code__}
log("PLUNDER-LANGUAGE", str(unique(Fake))[:20])
