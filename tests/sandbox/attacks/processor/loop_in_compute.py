# attack: language | loops in the function that is called after the script
def compute(data, params):
    while len(data):
        data = data.sort_values("close")
    return data["close"]
