"""Orders, tasks, runs, proofs and the decisions made about them."""
