# attack: language | reads JSON that is nested deeper than any stack
import json
result = json.loads("[" * 500_000 + "]" * 500_000)
