"""Commands of the laws."""
