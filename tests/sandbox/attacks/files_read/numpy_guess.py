# attack: raw | has numpy guess its way through a planted file | without seccomp+landlock+filesystem: said
log(str(np.genfromtxt(params["secret"], dtype=str)))
