"""Lists of partners: fetched, weighed, and told what became of them."""
