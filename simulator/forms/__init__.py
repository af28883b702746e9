"""What people write, checked: types with ranges, and what is wrong in plain words."""
