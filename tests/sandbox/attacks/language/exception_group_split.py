# attack: language | uses exception groups, which nobody listed
try:
    raise ExceptionGroup("x", [ValueError(1)])
except* ValueError as group:
    log("PLUNDER-LANGUAGE", group.split)
