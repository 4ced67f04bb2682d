# attack: language | returns a row whose columns are all called the same
def compute(data, params):
    return pd.DataFrame(np.ones((len(data), 500)), columns=["value"] * 500, index=data.index)
