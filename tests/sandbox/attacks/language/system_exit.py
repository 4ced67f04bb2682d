# attack: language | ends the interpreter by an error nobody listed | without language: said
try:
    raise SystemExit("x")
except SystemExit as fault:
    log("PLUNDER-LANGUAGE", fault.code)
