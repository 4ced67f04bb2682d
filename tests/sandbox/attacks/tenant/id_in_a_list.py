# attack: language | asks for its own and a foreign id together
foreign = params.get("foreign_script", "foreign-script")
for name in ([foreign], ["own-script", foreign], (foreign,), {"id": foreign}, {"$ne": "own-script"}, {foreign: 1}):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
