# attack: raw | makes a database
import sqlite3
sqlite3.connect(params["written"]).execute("create table t (a)")
