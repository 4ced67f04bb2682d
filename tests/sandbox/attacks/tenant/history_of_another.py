# attack: language | asks for a foreign script's past by every length
foreign = params.get("foreign_script", "foreign-script")
for history in (0, 1, -1, 1000, 5000, 2**31, -2**63, True, False, 1.5, "1", None, np.int64(3)):
    try:
        log(get_script_output(foreign, history))
    except Exception as fault:
        log(str(fault)[:60])
