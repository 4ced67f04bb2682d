# attack: language | puts space around a foreign id that somebody strips
foreign = params.get("foreign_script", "foreign-script")
for name in (" " + foreign, foreign + " ", foreign + "\n", "\t" + foreign, foreign + "\u3000", foreign + "\r\n", "\u00a0" + foreign):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
