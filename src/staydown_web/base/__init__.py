"""What every room stands on: errors, clock, ids, sealing, guarded requests. No tables."""
