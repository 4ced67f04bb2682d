# attack: language | imports the reader of the stack | without language: said
import inspect
log("PLUNDER-LANGUAGE", str(inspect.currentframe())[:20])
