# attack: raw | has pandas write an html to a file
pd.DataFrame({"a": [1]}).to_html(params["written"])
