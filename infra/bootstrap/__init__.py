"""Creates the resources that the accounts need before a first release."""
