# attack: raw | has pandas read a planted file with its engine in Python | without seccomp+landlock+filesystem: said
log(str(pd.read_csv(params["secret"], engine="python", header=None)))
