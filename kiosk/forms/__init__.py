"""Field kinds, validation, prefill from an identity card."""

from kiosk.forms.fields import FieldKind, clean, group_number, group_phone, mask_phone, problem

__all__ = ["FieldKind", "clean", "group_number", "group_phone", "mask_phone", "problem"]
