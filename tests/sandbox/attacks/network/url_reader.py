# attack: raw | has pandas fetch an address | without seccomp+landlock+network_namespace: reached
pd.read_csv(f"http://127.0.0.1:{params['port']}/")
