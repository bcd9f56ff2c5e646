"""From results to patches: diffs, mails, cover letter, and the text of the ledger. Pure functions over bytes."""
