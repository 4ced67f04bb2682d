# attack: raw | has pandas map a planted file | without seccomp+landlock+filesystem: said
log(str(pd.read_csv(params["secret"], memory_map=True, header=None)))
