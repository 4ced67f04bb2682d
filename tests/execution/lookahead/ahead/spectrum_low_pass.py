def compute(data, params):
    spectrum = np.fft.rfft(data["close"].to_numpy() - data["close"].iloc[0])
    spectrum[12:] = 0
    return pd.Series(np.fft.irfft(spectrum, n=len(data)), index=data.index)
