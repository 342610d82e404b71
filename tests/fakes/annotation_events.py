"""Annotations as Label Studio puts them into its webhooks."""

from __future__ import annotations


def make_annotation(
    label: str, annotation_id: int, task_id: int, updated_at: str = "2026-01-02T00:00:00Z"
) -> dict[str, object]:
    """By the first user, submitted on 2 January 2026."""
    return {
        "id": annotation_id,
        "result": [{"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [label]}}],
        "was_cancelled": False,
        "ground_truth": False,
        "lead_time": 3.0,
        "parent_prediction": None,
        "completed_by": 1,
        "updated_by": 1,
        "task": task_id,
        "created_at": "2026-01-02T00:00:00Z",
        "updated_at": updated_at,
    }
