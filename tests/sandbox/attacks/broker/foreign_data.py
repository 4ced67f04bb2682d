# attack: language | asks for what belongs to others in every spelling
for name in ("mallory.pnl", "MALLORY.PNL", " mallory.pnl", "mallory.pnl\x00", "../mallory.pnl", "*"):
    for read in (get_metric, get_script_output):
        try:
            log(read(name))
        except Exception as fault:
            log(type(fault).__name__)
try:
    log(get_script_output("foreign-script", history=50))
except PermissionError as fault:
    log(str(fault))
