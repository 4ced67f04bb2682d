# attack: language | hands over more than a read asks for
foreign = params.get("foreign_script", "foreign-script")
for more in ({"user_id": "mallory"}, {"as_user": "mallory"}, {"context": context}, {"history": 5}):
    for read in (get_script_output, get_metric):
        try:
            log(read(foreign, **more))
        except Exception as fault:
            log(str(fault)[:60])
