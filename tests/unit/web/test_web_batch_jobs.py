from __future__ import annotations

from fakes.services import MakeClient, connect
from mraru.bootstrap import Services
from mraru.records import TeacherIdentity
from mraru.store.ledger.batch_jobs import BatchStatus


def test_an_open_batch_job_is_told_and_one_that_is_over_is_not(services: Services, make_client: MakeClient) -> None:
    connect(services)
    jobs = services.store.batch_jobs
    identity = TeacherIdentity(model="m", prompt_version="p", server="s")
    over, under_way = (jobs.open(1, round_number=1, identity=identity, at=1.0) for _ in range(2))
    jobs.close(over.job_id, BatchStatus.DONE, 2.0)
    jobs.update(under_way.job_id, status=BatchStatus.UNDER_WAY, n_requests=25, n_done=10, submitted_at=3.0)
    client = make_client(services)
    assert client.get("/api/projects/1").get_json()["batch_jobs"] == [
        {"status": "under way", "n_done": 10, "n_requests": 25, "submitted_at": 3.0}
    ]
    assert 'mraru_batch_jobs{project="1"} 1.0' in client.get("/metrics").text
