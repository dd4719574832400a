"""Which items may be applied for between which two places (合作协议), and what that is called (通办范围)."""
