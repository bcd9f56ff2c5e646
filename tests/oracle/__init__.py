"""The oracle's own tests: generated functions, the campaign over them, and the mutants that it must catch."""
