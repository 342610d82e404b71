import pytest
from e2e.running import *
pytestmark=pytest.mark.label_studio
def test_try(make_stage, label_studio_sdk):
    import time
    stage=make_stage(120)
    t=time.time()
    b=stage.start()
    print("up",time.time()-t); t=time.time()
    print(b.connect(stage.project_id)); print("connected",time.time()-t); t=time.time()
    s=b.wait_for(stage.project_id, is_quiet, "quiet", 200)
    print("quiet", time.time()-t)
    print(s)
    print(stage.teacher.n_requests, stage.teacher.texts_answered_twice)
    print(b.requests_by_label_studio())
    sdk=label_studio_sdk
    t0=time.time(); ps=sdk.predictions.list(task_project=stage.project_id); print(len(ps), time.time()-t0)
    from collections import Counter
    print(Counter(p.model_version for p in ps), ps[0])
    r=sdk._client_wrapper.httpx_client.request(f"api/projects/{stage.project_id}/next", method="GET").json()
    print(r.keys(), r["predictions"])
    print(b.requests_by_label_studio())
    print((b.folder/"backend.log").read_text())
