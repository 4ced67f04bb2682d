# attack: language | computes a newest row of two hundred thousand columns
def compute(data, params):
    return pd.DataFrame(np.ones((len(data), 1)).repeat(3000, axis=1))
