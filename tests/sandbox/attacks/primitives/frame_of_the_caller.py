# attack: language | climbs to the caller's frame | without language: said
import sys
log("PLUNDER-LANGUAGE", str(sys._getframe(1))[:20])
