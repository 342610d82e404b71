"""M-RARU for Label Studio: an LLM labels what teaches most, a student the rest, people correct.

Rooms, from the top: `cli`; `web`, `worker`, `demo` and `benchmark`; `doctor` and `backup`; `use_cases`, `reporting`;
`bootstrap`, which wires everything; `projects`, which reads like the paper; `settings`; below them `query_strategies`,
`students`, `embedding`, `teachers`, `store`, `labelstudio` and `quality` know nothing of each other.
docs/architecture.md draws them.
"""

__version__ = "0.1.0"
