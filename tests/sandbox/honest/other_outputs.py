own = get_script_output("own-script")
pnl = get_metric("ada.pnl")
try:
    get_metric("mallory.pnl")
except PermissionError as refusal:
    log(refusal)
emit_signal({"value": own["value"] * pnl, "timestamp": get_timestamp()})
