import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

close = get_market_data(bars=512)["close"].to_numpy()
detrended = close - np.polyval(np.polyfit(np.arange(512), close, 1), np.arange(512))
spectrum = np.abs(np.fft.rfft(detrended * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 511)))) ** 2
frequency = np.fft.rfftfreq(512)
dominant = 1 / frequency[1:][np.argmax(spectrum[1:])]

windows = sliding_window_view(close, 20)
z = (close[19:] - windows.mean(axis=1)) / windows.std(axis=1, ddof=1)
weights = np.arange(1, 11) / 55
wma = np.convolve(close, weights[::-1], mode="valid")
labels = np.select([z > 2, z < -2, np.abs(z) < 0.5], ["high", "low", "middle"], default="between")
names, counts = np.unique(labels, return_counts=True)
autocorrelation = np.correlate(detrended, detrended, mode="full")[511:]
autocorrelation /= autocorrelation[0]
grid = np.linspace(close.min(), close.max(), 11)
histogram = np.bincount(np.digitize(close, grid) - 1, minlength=11)
coefficients, *_ = np.linalg.lstsq(np.vstack([close[:-1], np.ones(511)]).T, close[1:], rcond=None)
result = {
    "value": float(dominant),
    "labels": dict(zip(names.tolist(), counts.tolist())),
    "wma": wma[-1], "z": z[-3:], "decay": int(np.argmax(autocorrelation < 0.5)),
    "histogram": histogram, "ar1": coefficients, "top": np.argsort(z)[-3:][::-1],
    "clipped": np.clip(z, -1, 1).sum(), "cumulative": np.maximum.accumulate(close)[-1],
}
