"""The vocabulary that every room speaks: amounts, addresses, events, errors, statuses."""
