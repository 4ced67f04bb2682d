# attack: language | ends a foreign id early, for those who count by NUL
foreign = params.get("foreign_script", "foreign-script")
for name in (foreign + "\x00", foreign + "\x00own-script", "own-script\x00" + foreign, "\x00" + foreign, foreign + "\ud800"):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
