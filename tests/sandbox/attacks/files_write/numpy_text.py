# attack: raw | has numpy write text | without seccomp+landlock+filesystem: written
np.savetxt(params["written"], np.zeros(0))
