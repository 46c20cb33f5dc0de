"""The calls of hasher-matcher-actioner (HMA), over our banks and checks."""
