"""What platforms and sector systems take from the centre: on written authority, sealed to them, and recorded."""
