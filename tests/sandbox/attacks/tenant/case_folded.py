# attack: language | spells a foreign id in other cases
foreign = params.get("foreign_script", "foreign-script")
for name in (foreign.upper(), foreign.title(), foreign.swapcase(), foreign.casefold()):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
