# attack: language | puts whole new objects in the place of its context and params
foreign = params.get("foreign_script", "foreign-script")
context = {"user_id": "mallory", "roles": ["operator"], "params": {}}
params = {"user_id": "mallory"}
def get_timestamp():
    return "2100-01-01T00:00:00+00:00"
log(get_script_output(foreign))
