# attack: raw | has pandas read a planted file as a table | without seccomp+landlock+filesystem: said
log(str(pd.read_csv(params["secret"], header=None)))
