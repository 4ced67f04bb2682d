# attack: language | counts ids up instead of naming them
foreign = params.get("foreign_script", "foreign-script")
for name in (*range(0, 40), -1, 2**63, 10**300, 1.0, True, np.int64(1)):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
