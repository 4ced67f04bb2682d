# attack: language | imports the C half of pandas | without language: said
from pandas._libs import lib
log("PLUNDER-LANGUAGE", str(lib.map_infer)[:20])
