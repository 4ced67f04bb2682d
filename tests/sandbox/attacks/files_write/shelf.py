# attack: raw | keeps a dictionary in a file
import dbm.dumb
dbm.dumb.open(params["written"][:-3] + "ten", "c")
