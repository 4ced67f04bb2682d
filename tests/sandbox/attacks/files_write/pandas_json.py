# attack: raw | has pandas write json to a file | without seccomp+landlock+filesystem: written
pd.DataFrame({"a": [1]}).to_json(params["written"])
