# attack: raw | writes through the libraries
frame = pd.DataFrame({"a": [1]})
for attempt in (frame.to_csv, frame.to_pickle, frame.to_json, np.zeros(3).tofile):
    try:
        attempt(params["written"])
    except OSError as fault:
        log(type(fault).__name__)
