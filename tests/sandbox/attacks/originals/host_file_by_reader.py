# attack: language | reads a file with pandas, as the originals let it
log(str(pd.read_csv(params["secret"], header=None).iloc[0, 0]))
