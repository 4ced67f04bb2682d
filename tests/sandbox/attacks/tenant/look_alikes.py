# attack: language | spells a foreign id in letters that look the same or vanish
foreign = params.get("foreign_script", "foreign-script")
for name in ("".join(chr(ord(c) + 0xFEE0) for c in foreign), foreign.replace("e", "\u0435"),
             foreign[:3] + "\u00ad" + foreign[3:], foreign + "\u200b", "\ufeff" + foreign, foreign.replace("-", "\u2010")):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
