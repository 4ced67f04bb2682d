# attack: language | asks TA-Lib for deviations over a hundred thousand bars each
import talib
numbers = np.arange(1_000_000, dtype="float64") % 977
result = float(talib.AVGDEV(numbers, timeperiod=90_000)[-1])
