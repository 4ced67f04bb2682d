# attack: language | imports the module of pandas that opens files | without language: said
from pandas.io import common
log("PLUNDER-LANGUAGE", str(common.get_handle)[:20])
