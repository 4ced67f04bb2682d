# attack: language | draws without end
number = 0
while True:
    number += 1
    plot(pd.Series([1.0]), name=f"line {number}")
