"""The applicant: card kinds, ID-number rules, comparison of person and card."""

from kiosk.identity.applicant import Applicant
from kiosk.identity.checks import CardFinding, check
from kiosk.identity.numbers import is_sound, mask_name, mask_number

__all__ = ["Applicant", "CardFinding", "check", "is_sound", "mask_name", "mask_number"]
