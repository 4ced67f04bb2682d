# attack: raw | opens a planted database
import sqlite3
rows = sqlite3.connect(params["folder"] + "/planted.sqlite").execute("select word from loot")
log(rows.fetchall())
