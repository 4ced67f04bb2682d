# attack: language | tells another's metric from one that does not exist
def told(name):
    try:
        return str(get_metric(name)) + "PLUNDER-" + "ANSWER"
    except Exception as fault:
        return str(fault).replace(name, "")
if told("mallory.pnl") != told("mallory.xyz") or told("mallory.pnl") != told("nobody.pnl"):
    log("PLUNDER-" + "ORACLE")
