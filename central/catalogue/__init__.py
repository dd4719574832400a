"""What terminals and staff work from: service items, profiles, calendar; edited, reviewed, signed, published."""
