# attack: raw | has pandas write csv to a file | without seccomp+landlock+filesystem: written
pd.DataFrame({"a": [1]}).to_csv(params["written"])
