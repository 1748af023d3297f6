"""Features → scores: churn, next product, their evaluation and their registry."""
