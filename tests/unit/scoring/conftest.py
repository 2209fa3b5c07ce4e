"""Property tests here judge values, never how long they took."""

from hypothesis import HealthCheck, settings

settings.register_profile("scoring", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("scoring")
