"""The demonstration: virtual devices, an embedded centre, a station, and a scripted citizen when nobody can touch."""
