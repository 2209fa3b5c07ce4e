"""The report in the terminal: one module per block, and what lays them out within its width."""
