df = get_market_data(bars=30)
last, prev = df["close"].iloc[-1], df["close"].iloc[-2]
name = context["instrument"]
log(f"{name:>12}|{last:,.2f}|{last / prev - 1:+.3%}|{len(df):04d}")
log("{0} {1:.1f} {label}".format(name, last, label="close"))
log("%s %5.2f %d%%" % (name, last, 50))
print("a", "b", sep="", end="\n")
print(*[round(x, 1) for x in df["close"].tail(3)], sep=" | ")
for i, (at, row) in enumerate(df.tail(2).iterrows(), start=1):
    print(f"{i}. {at:%Y-%m-%d %H:%M} {row['close']!r:.6} {row.volume:.1e}")
log("a line\nand another")
lines = ["=" * 20, "summary".center(20, "-"), name.lower().title().ljust(20, ".")]
log("\n".join(lines))
result = {"value": f"{last:.2f}", "text": ", ".join(f"{k}={v:.1f}" for k, v in df.iloc[-1].items())}
