# attack: language | puts the clock of its context forward and reads again
context["timestamp"] = params["timestamp"] = context["as_of"] = "2100-01-01T00:00:00+00:00"
bars = get_market_data(bars=5000)
late = len(bars) and bars.index[-1].year >= 2100
if late or get_timestamp() == context["timestamp"] or get_unix_timestamp() > 4e9:
    log("PLUNDER-" + "CLOCK")
log(get_script_output(params.get("own_script", "own-script"), history=1000))
