# attack: raw | has pandas write pickle to a file | without seccomp+landlock+filesystem: written
pd.DataFrame({"a": [1]}).to_pickle(params["written"])
