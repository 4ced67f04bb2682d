# attack: language | imports the program that runs it | without language: said
import __main__
log("PLUNDER-LANGUAGE", str(__main__)[:20])
