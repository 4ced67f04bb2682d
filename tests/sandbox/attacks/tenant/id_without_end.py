# attack: language | asks for an id that starts or ends like another
foreign = params.get("foreign_script", "foreign-script")
for name in ("own-script" * 20 + foreign, foreign + "x" * 250, "x" * 250 + foreign, foreign * 18, "x" * 10_000_000):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
