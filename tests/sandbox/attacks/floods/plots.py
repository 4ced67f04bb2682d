# attack: language | draws without end, each time under another name
closes = get_market_data(bars=5)["close"]
number = 0
while True:
    number += 1
    try:
        plot(closes, name=f"line {number}")
    except Exception as fault:
        number += 1
