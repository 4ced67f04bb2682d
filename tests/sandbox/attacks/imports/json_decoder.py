# attack: language | imports the decoder whose module holds the scanner | without language: said
from json import decoder
log("PLUNDER-LANGUAGE", str(decoder.scanner)[:20])
