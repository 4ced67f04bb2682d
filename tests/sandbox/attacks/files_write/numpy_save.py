# attack: raw | has numpy save an array | without seccomp+landlock+filesystem: written
np.save(open(params["written"], "wb"), np.zeros(0))
