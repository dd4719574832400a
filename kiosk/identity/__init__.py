"""The applicant: card kinds, ID-number rules, comparison of person and card."""

from kiosk.identity.applicant import Applicant

__all__ = ["Applicant"]
