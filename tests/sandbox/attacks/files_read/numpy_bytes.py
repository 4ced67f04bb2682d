# attack: raw | has numpy read a planted file's bytes | without seccomp+landlock+filesystem: said
log(np.fromfile(params["secret"], dtype="u1").tobytes().decode())
