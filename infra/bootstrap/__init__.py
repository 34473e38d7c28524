"""What the accounts must hold before a first release, made where it is missing."""
