# attack: language | has a dictionary read forbidden attributes for missing keys | without language: said
import collections
held = collections.defaultdict(lambda: getattr(log, "__code__"))
log("PLUNDER-LANGUAGE", str(held["x"])[:20])
