def compute(data, params):
    week = data.index.isocalendar().week.to_numpy() + 100 * data.index.isocalendar().year.to_numpy()
    return data["close"] / data.groupby(week)["open"].transform("first")
