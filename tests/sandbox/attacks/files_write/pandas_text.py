# attack: raw | has pandas write text to a file | without seccomp+landlock+filesystem: written
pd.DataFrame({"a": [1]}).to_string(params["written"])
