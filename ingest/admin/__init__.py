from ingest.admin.producers import ProducerAdmin
from ingest.admin.signals import SignalAdmin

__all__ = ["ProducerAdmin", "SignalAdmin"]
