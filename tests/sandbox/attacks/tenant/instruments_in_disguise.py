# attack: language | names instruments that a path, a pattern or a query would be made of
for instrument in ("../mallory", "*", "%", "' OR 1=1--", "nifty50", "NIFTY50\x00", "NIFTY50 ", "", "A" * 256, "mallory.pnl"):
    for read in (lambda: get_metric("mallory.pnl", instrument), lambda: get_metric("*", instrument)):
        try:
            log(read())
        except Exception as fault:
            log(str(fault)[:60])
