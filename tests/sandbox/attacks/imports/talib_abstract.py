# attack: language | imports the interface of TA-Lib that finds functions by name | without language: said
from talib import abstract
log("PLUNDER-LANGUAGE", str(abstract.Function)[:20])
