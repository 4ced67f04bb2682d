# attack: language | spells a foreign id as a library would also read it
foreign = params.get("foreign_script", "foreign-script")
for name in ("{" + foreign + "}", "urn:uuid:" + foreign, foreign.replace("-", ""), "uuid:" + foreign, "0x" + foreign, foreign.replace("-", "--")):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
