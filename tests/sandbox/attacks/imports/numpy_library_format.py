# attack: language | imports numpy's reader of files | without language: said
from numpy.lib import format as reader
log("PLUNDER-LANGUAGE", reader.MAGIC_LEN)
