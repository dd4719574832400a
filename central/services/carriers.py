"""The carrier that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from central.services.carrier import Carrier
from central.services.kuaidi100 import Kuaidi100, Kuaidi100Settings
from central.settings import TrackingSettings

CALLBACK = "/api/v1/callbacks/tracking"


def carrier_of(settings: TrackingSettings, public_url: str, now: Callable[[], datetime]) -> Carrier | None:
    """The adapter, or None: then staff record what they see."""
    if settings.provider == "none":
        return None
    return Kuaidi100(
        Kuaidi100Settings(
            customer=settings.customer,
            key=settings.key.get_secret_value(),
            secret=settings.secret.get_secret_value(),
            salt=settings.salt.get_secret_value(),
            callback_url=public_url.rstrip("/") + CALLBACK,
            company=settings.company,
            partner_id=settings.partner_id.get_secret_value(),
            poll_url=settings.endpoint.rstrip("/"),
            label_url=settings.label_endpoint.rstrip("/"),
        ),
        now,
    )
