# attack: language | asks for a metric by the name of a script, and for a script by that of a metric
foreign = params.get("foreign_script", "foreign-script")
for read in (lambda: get_metric(foreign), lambda: get_script_output("mallory.pnl"),
             lambda: get_metric("ada.pnl", instrument="mallory.pnl"), lambda: get_metric("ada.pnl", foreign),
             lambda: get_market_data(foreign), lambda: get_market_data(instrument="mallory.pnl")):
    try:
        answer = read()
        log(answer if not hasattr(answer, "columns") else list(answer.columns))
    except Exception as fault:
        log(str(fault)[:60])
