# attack: language | asks for data without end
while True:
    try:
        get_metric("ada.pnl")
    except Exception:
        pass
