# attack: language | imports the C half of numpy | without language: said
import numpy._core.multiarray as raw
log("PLUNDER-LANGUAGE", str(raw.frombuffer)[:20])
