# attack: raw | has pandas read a planted file by columns | without seccomp+landlock+filesystem: said
log(str(pd.read_fwf(params["secret"], header=None)))
