# attack: language | asks for no id at all
foreign = params.get("foreign_script", "foreign-script")
for name in ("", None, False, 0, (), b"", float("nan"), ...):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
