"""What the work adds up to: the ledger (台账), its export, the monthly summary, the matrix, supervision, ratings."""
