"""What runs: orchestration only, no parsing, no SQL."""
