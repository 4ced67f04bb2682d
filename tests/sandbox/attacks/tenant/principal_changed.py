# attack: language | writes another name over its own and reads as that
foreign = params.get("foreign_script", "foreign-script")
for key in ("user_id", "user", "principal", "tenant", "tenant_id", "owner", "roles"):
    context[key] = params[key] = "mallory"
for read in (lambda: get_script_output(foreign), lambda: get_metric("mallory.pnl")):
    try:
        log(read())
    except Exception as fault:
        log(str(fault)[:60])
