import json

config = json.loads('{"levels": [30, 70], "names": {"low": "oversold", "high": "overbought"}, "on": true, "none": null}')
close = get_market_data(bars=200)["close"]
delta = close.diff()
gain = delta.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
loss = (-delta.clip(upper=0)).ewm(alpha=1 / 14, adjust=False).mean()
rsi = 100 - 100 / (1 + gain / loss)
low, high = config["levels"]
state = config["names"]["high"] if rsi.iloc[-1] > high else config["names"]["low"] if rsi.iloc[-1] < low else "neutral"
report = json.dumps({"rsi": round(rsi.iloc[-1], 2), "state": state, "on": config["on"], "none": config["none"]}, sort_keys=True)
log(report)
again = json.loads(report)
emit_signal({"value": again["rsi"], **{k: v for k, v in again.items() if k != "rsi"}, "length": len(report)})
