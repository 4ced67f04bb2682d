# attack: language | imports the reader of the stack
import inspect
log("PLUNDER-LANGUAGE", len(inspect.stack()))
