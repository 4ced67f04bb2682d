# attack: language | replaces every name the engine calls after the script
def emit_signal(data):
    return data
def get_market_data(*wanted):
    return [["x" * 100_000] * 10] * 3
params = context = log = get_market_data()
def compute(data, params):
    return pd.Series([data] * 3)
