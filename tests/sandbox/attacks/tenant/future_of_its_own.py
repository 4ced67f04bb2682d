# attack: language | asks its own dependency for what it will put out after the run's instant
own = params.get("own_script", "own-script")
for history in (0, 1, 10, 1000, -1, -1000):
    try:
        for output in [get_script_output(own, history=history)]:
            log(output)
    except Exception as fault:
        log(str(fault)[:60])
