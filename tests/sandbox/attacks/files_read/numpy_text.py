# attack: raw | has numpy read a planted file as text | without seccomp+landlock+filesystem: said
log(str(np.loadtxt(params["secret"], dtype=str)))
