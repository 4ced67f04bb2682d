# attack: language | uses exception groups, which nobody listed | without language: said
try:
    raise ExceptionGroup("x", [ValueError(1)])
except* ValueError as group:
    log("PLUNDER-LANGUAGE", group.split)
