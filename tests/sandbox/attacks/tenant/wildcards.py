# attack: language | asks for everything at once
foreign = params.get("foreign_script", "foreign-script")
for name in ("*", "%", "_" * 14, ".*", "?" * 14, "foreign*", "[a-z]*", "**", "all", "__all__", "None", "null", "0"):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
