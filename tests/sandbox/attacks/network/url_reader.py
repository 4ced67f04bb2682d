# attack: raw | has pandas fetch an address
pd.read_csv(f"http://127.0.0.1:{params['port']}/")
