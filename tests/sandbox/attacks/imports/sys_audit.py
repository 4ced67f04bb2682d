# attack: language | imports sys to hook itself into every event | without language: said
import sys
seen = []
sys.setprofile(lambda *event: seen.append(event))
len("x")
sys.setprofile(None)
log("PLUNDER-LANGUAGE", len(seen))
