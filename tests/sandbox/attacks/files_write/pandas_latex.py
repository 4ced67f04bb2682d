# attack: raw | has pandas write latex to a file
pd.DataFrame({"a": [1]}).to_latex(params["written"])
