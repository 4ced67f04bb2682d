# attack: language | imports the module of the indicators that imports others | without language: said
import pandas_ta_classic.core as core
log("PLUNDER-LANGUAGE", str(core)[:20])
