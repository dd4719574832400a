"""Where the visit meets its hardware: a worker per device, and what a device's status means to people."""
