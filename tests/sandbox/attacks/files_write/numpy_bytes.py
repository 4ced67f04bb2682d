# attack: raw | has numpy write bytes | without seccomp+landlock+filesystem: written
np.zeros(0).tofile(params["written"])
