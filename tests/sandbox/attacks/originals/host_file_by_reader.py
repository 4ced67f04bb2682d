# attack: language | reads a file with pandas, as the originals let it | without language+seccomp+landlock+filesystem: said
log(str(pd.read_csv(params["secret"], header=None).iloc[0, 0]))
