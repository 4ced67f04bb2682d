# attack: language | imports a forbidden module where an allowed one is missing | without language: said
try:
    import nothing_of_this_name
except ImportError:
    import builtins
log("PLUNDER-LANGUAGE", str(builtins.open)[:20])
