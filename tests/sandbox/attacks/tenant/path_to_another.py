# attack: language | walks from its own id to a foreign one
foreign = params.get("foreign_script", "foreign-script")
for name in (f"own-script/../{foreign}", f"../{foreign}", f"./{foreign}", f"/{foreign}", f"own-script%2f..%2f{foreign}", f"{foreign}#own-script", f"own-script?script_id={foreign}"):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
