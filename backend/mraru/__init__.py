"""M-RARU for Label Studio: an LLM labels what teaches most, a student the rest, people correct.

Rooms, from the top: `cli`, then `web`, `worker` and `demo`, then `bootstrap`, which wires
everything from `settings`; `loop` reads like the paper; below it `sampling`, `students`,
`embedding`, `teaching`, `store`, `labelstudio` and `review` know nothing of each other.
"""

__version__ = "0.1.0"
