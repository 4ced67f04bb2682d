# attack: language | tells what is foreign from what does not exist by what it is told
def told(name):
    try:
        return str(get_script_output(name)) + "PLUNDER-" + "ANSWER"
    except Exception as fault:
        return str(fault).replace(name, "")
foreign = params.get("foreign_script", "foreign-script")
unknown = foreign[:-4] + ("0000" if foreign[-4:] != "0000" else "1111")
others = [params.get("undeclared_script", unknown), unknown, "no such thing", foreign.upper() + "x"]
if {told(name) for name in others} != {told(foreign)}:
    log("PLUNDER-" + "ORACLE", [told(name) for name in others], told(foreign))
