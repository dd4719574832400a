"""What goes along with a case: parcels, custody, calls, video consultations, fees. Each act leaves a line in the ledger."""
