# attack: language | puts the owner's name before the id
foreign = params.get("foreign_script", "foreign-script")
for name in (f"mallory/{foreign}", f"mallory:{foreign}", f"mallory.{foreign}", f"{foreign}@mallory", f"public.{foreign}", "mallory.pnl"):
    try:
        log(get_script_output(name))
    except Exception as fault:
        log(str(fault)[:60])
