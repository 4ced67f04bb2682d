# attack: language | asks with what is nearly text
foreign = params.get("foreign_script", "foreign-script")
for name in (foreign.encode(), bytearray(foreign, "ascii") if False else b"own-script", np.str_(foreign), np.array(foreign), pd.Series([foreign])):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
