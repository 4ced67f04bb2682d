# attack: raw twice | has the next run's warnings become errors
import warnings
if any(entry[0] == "error" for entry in warnings.filters):
    log("PLUNDER-PERSISTENCE")
warnings.simplefilter("error")
