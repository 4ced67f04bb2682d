# attack: language | reads a forbidden attribute inside an f-string's specification | without language: said
log("PLUNDER-LANGUAGE", f"{'x':>{log.__code__.co_argcount + 9}}")
