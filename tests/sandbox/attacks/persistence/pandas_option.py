# attack: raw twice | sets an option of pandas
if pd.get_option("display.precision") == 13:
    log("PLUNDER-PERSISTENCE")
pd.set_option("display.precision", 13)
