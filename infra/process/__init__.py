"""Programs that are started, waited for and ended, with all that they start themselves."""
