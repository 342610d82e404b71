"""The tables; `migrations/` makes them, and a test keeps both equal. Times are seconds since 1970, UTC."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

projects = Table(
    "projects",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("title", String, nullable=False, default=""),
    Column("instruction", Text, nullable=False, default=""),
    Column("label_config", Text, nullable=False, default=""),
    Column("created_at", String, nullable=False, default=""),  # in Label Studio, ISO 8601
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False, default=""),  # why it is in this state, in words
    Column("phase", String, nullable=False, default=""),  # what is being done now
    Column("n_done", Integer, nullable=False, default=0),
    Column("n_total", Integer, nullable=False, default=0),
    Column("served_version", String),  # model version that the label stream serves
    Column("served_round", Integer),  # of the student whose opinions are written under it
    Column("is_seeded", Boolean, nullable=False, default=False),
    Column("n_corrections", Integer, nullable=False, default=0),  # changes of gold since the last training
    Column("last_correction_at", Float),
    Column("is_sync_due", Boolean, nullable=False, default=True),
    Column("synced_at", Float),
    Column("hostname", String),  # what /setup said: a fallback only
    Column("access_token", String),
    Column("backend_url", String),  # how Label Studio reaches this backend
    Column("is_allowed", Boolean, nullable=False, server_default="0"),  # see store.projects.Project
    Column("start_asked_at", Float),  # when `/setup` or Start Training asked for rounds that nobody has allowed yet
    Column("retry_at", Float),  # nothing is tried before
    Column("again_at", Float, server_default="0"),  # from when on there is something to do; NULL: not by itself
    Column("is_wanted", Boolean, nullable=False, default=False),  # somebody found it busy
    Column("is_webhook_secured", Boolean, nullable=False, default=False),
    Column("rounds_left", Integer),  # sampled rounds until it pauses for people; NULL: no end
    Column("maximum_annotations", Integer, nullable=False, server_default="1"),  # as in Label Studio
    Column("overlap_cohort_percentage", Integer, nullable=False, server_default="100"),  # as in Label Studio
    Column("skip_queue", String, nullable=False, server_default=""),  # as in Label Studio
    Column("only_control", String),  # how label_config is read: see records.ConfigSelection
    Column("read_texts", Text, nullable=False, server_default="[]"),  # JSON array of names; the same
)

warnings = Table(
    "warnings",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("code", String, primary_key=True),
    Column("message", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("level", String, nullable=False, server_default="warning"),  # see store.projects.WarningLevel
    Column("remedy", Text, nullable=False, server_default=""),  # what people can do about it
)

stop_rules = Table(
    "stop_rules",  # rules of quality that ended the rounds, and those that people overruled
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("rule", String, primary_key=True),  # see loop.stop_rules.RuleName
    Column("reason", Text, nullable=False),
    Column("fired_at", Float, nullable=False),
    Column("overruled_until", Integer),  # sampled rounds done by then; NULL: it stands
)

tasks = Table(
    "tasks",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("task_id", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("text_hash", String(32), nullable=False),
    Column("overlap", Integer, nullable=False, server_default="1"),  # people who are to label it
    Column("source_hash", String(32)),  # of the addresses of the files that hold the text; null: none do
    Index("ix_tasks_text_hash", "project_id", "text_hash"),
    Index("ix_tasks_source_hash", "project_id", "source_hash"),
)

vectors = Table(
    "vectors",
    metadata,
    Column("model", String, primary_key=True),
    Column("text_hash", String(32), primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float32, little endian
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", Integer, primary_key=True, autoincrement=True),
    Column("project_id", Integer, nullable=False),
    Column("model", String, nullable=False),
    Column("prompt_version", String, nullable=False),
    Column("is_zero_shot", Boolean, nullable=False),
    Column("server", String, nullable=False, server_default=""),  # address of the model's server
    Column("round_number", Integer),
    Column("text_hash", String(32), nullable=False),
    Column("status", String, nullable=False),  # see store.ledger.CallStatus
    Column("label", String),
    Column("no_label_reason", Text),
    Column("cut_at", Integer),  # tokens after which the answer was cut before it named a label
    Column("raw", Text, nullable=False, default=""),
    Column("prompt_tokens", Integer, nullable=False, default=0),
    Column("completion_tokens", Integer, nullable=False, default=0),
    Column("reserved_usd", Float, nullable=False),
    Column("reserved_tokens", Integer, nullable=False, server_default="0"),
    Column("bound_factor", Float, nullable=False, server_default="1"),  # of what is reserved to the call's bound
    Column("probabilities", Text),  # JSON object: label -> probability, where the teacher gave them
    Column("explanation", Text),
    Column("parameters", Text),  # JSON object: how the model was asked beside its prompt
    Column("cost_usd", Float, nullable=False, default=0.0),
    Column("latency_s", Float, nullable=False, default=0.0),
    Column("request_id", String),
    Column("batch_job_id", Integer),  # of the batch job that makes the call; NULL: made at once
    Column("error", Text),
    Column("created_at", Float, nullable=False),
    Column("finished_at", Float),
    Index("ix_calls_answer", "text_hash", "model", "prompt_version"),
    Index("ix_calls_project", "project_id", "status"),
)

teacher_labels = Table(
    "teacher_labels",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("text_hash", String(32), primary_key=True),
    Column("label", String),  # NULL: the teacher was asked and named none
    Column("no_label_reason", Text),
    Column("cut_at", Integer),  # tokens after which the answer was cut before it named a label
    Column("model", String, nullable=False),
    Column("prompt_version", String, nullable=False),
    Column("is_zero_shot", Boolean, nullable=False),
    Column("probabilities", Text),  # JSON object: label -> probability, where the teacher gave them
    Column("explanation", Text),
    Column("votes", Text),  # JSON array of [teacher, label or null, and the tokens of one that was cut], of several
    Column("round_number", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
)

batch_jobs = Table(
    "batch_jobs",  # a round's texts as one job of the server's Batch API
    metadata,
    Column("job_id", Integer, primary_key=True, autoincrement=True),
    Column("project_id", Integer, nullable=False),
    Column("round_number", Integer, nullable=False),
    Column("server", String, nullable=False),
    Column("model", String, nullable=False),
    Column("prompt_version", String, nullable=False),
    Column("mark", String, nullable=False, unique=True),  # how a job is found again whose number was lost
    Column("remote_id", String),  # NULL: not known to be submitted
    Column("status", String, nullable=False),  # see store.batch_jobs.BatchStatus
    Column("n_requests", Integer, nullable=False, default=0),
    Column("n_done", Integer, nullable=False, default=0),  # as the server told
    Column("error", Text),
    Column("created_at", Float, nullable=False),
    Column("submitted_at", Float),
    Column("polled_at", Float),
    Column("finished_at", Float),
    Index("ix_batch_jobs_project", "project_id", "status"),
)

batch_requests = Table(
    "batch_requests",  # the requests of jobs that are not finished
    metadata,
    Column("call_id", Integer, primary_key=True, autoincrement=False),
    Column("job_id", Integer, nullable=False, index=True),
    Column("text_hash", String(32), nullable=False),
    Column("body", Text, nullable=False),  # JSON object: the request as it was planned
    Column("asked_again_at", Float),  # a wrong answer was, or is being, asked again at once
)

task_annotations = Table(
    "annotations",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("annotation_id", Integer, primary_key=True, autoincrement=False),
    Column("task_id", Integer, nullable=False),
    Column("label", String),
    Column("was_cancelled", Boolean, nullable=False),
    Column("is_human", Boolean, nullable=False),
    Column("is_ground_truth", Boolean, nullable=False, server_default="0"),  # starred in Label Studio
    Column("completed_by", Integer),
    Column("parent_prediction", Integer),
    Column("lead_time_s", Float),
    Column("updated_at", String, nullable=False),
    Column("seen_at", Float, nullable=False),
    Index("ix_annotations_task", "project_id", "task_id"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),  # see store.rounds.RoundKind
    Column("step", String, nullable=False),  # see store.rounds.RoundStep
    Column("student", String),
    Column("model_version", String),
    Column("n_pool", Integer, nullable=False, default=0),
    Column("n_visited", Integer, nullable=False, default=0),
    Column("n_accepted", Integer, nullable=False, default=0),
    Column("selection_end", String),
    Column("n_labels", Integer, nullable=False, default=0),  # labels the student was trained on
    Column("n_gold", Integer, nullable=False, default=0),  # those of them that people gave
    Column("agreement", Float),  # share of the teacher's labels that the student, out of fold, agrees with
    Column("estimated_agreement", Float),  # the same, each label weighed by 1 / its acceptance probability
    Column("mean_uncertainty", Float),  # of the visited texts, before any sharpening
    Column("mean_confidence", Float),  # the student's highest probability, mean over the visited texts
    Column("kappa", Float),  # with the student before, on the stop set
    Column("n_compared", Integer, nullable=False, server_default="0"),  # texts of the stop set
    Column("n_gold_checked", Integer, nullable=False, server_default="0"),  # gold that out-of-fold students judged
    Column("n_gold_right", Integer, nullable=False, server_default="0"),
    Column("n_judged", Integer, nullable=False, server_default="0"),  # teacher's labels that they judged
    Column("n_contradicted", Integer, nullable=False, server_default="0"),  # those that they confidently contradict
    Column("calibration", String),  # see students.calibrators.CalibrationMethod; NULL: the student is not calibrated
    Column("calibration_error_before", Float),  # expected, out of fold
    Column("calibration_error_after", Float),
    Column("n_pushed", Integer, nullable=False, default=0),
    Column("training_s", Float),
    Column("started_at", Float, nullable=False),
    Column("finished_at", Float),
)

visits = Table(
    "visits",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("round_number", Integer, primary_key=True, autoincrement=False),
    Column("visit_number", Integer, primary_key=True, autoincrement=False),
    Column("text_hash", String(32), nullable=False),
    Column("acceptance_probability", Float, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Column("pass_number", Integer, nullable=False),
    Column("near_duplicate", Boolean, nullable=False, server_default="0"),  # drawn, but too similar to the batch
)

predictions = Table(
    "predictions",  # our predictions in Label Studio, as far as is known
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("task_id", Integer, primary_key=True, autoincrement=False),
    Column("model_version", String, primary_key=True),  # of a superseded one, its number behind it
    Column("label", String, nullable=False),
    Column("score", Float),
    Column("note", Text),
    Column("marks", Text, nullable=False, server_default="[]"),  # JSON
    Column("round_number", Integer, nullable=False, server_default="0"),  # whose student it comes from
    Column("prediction_id", Integer),  # Label Studio's number; None: not known yet
    Column("state", String, nullable=False),
    Column("noted_at", Float, nullable=False, server_default="0"),
)

events = Table(
    "events",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=True),
    Column("project_id", Integer, nullable=False),
    Column("action", String, nullable=False),
    Column("is_trusted", Boolean, nullable=False),  # it carried the secret
    Column("payload", Text, nullable=False),  # emptied once the event is dealt with
    Column("received_at", Float, nullable=False),
    Column("done_at", Float),
    Column("error", Text),
    Index("ix_events_open", "done_at", "project_id"),
)

past_events = Table(  # those that were dealt with and are forgotten, so that counts only ever grow
    "past_events",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("n_events", Integer, nullable=False),
    Column("n_unreadable", Integer, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("owner", String, nullable=False),
    Column("expires_at", Float, nullable=False),
)

label_definitions = Table(
    "label_definitions",  # what the team says that a label means
    metadata,
    Column("project_id", Integer, primary_key=True, autoincrement=False),
    Column("label", String, primary_key=True),  # as stored by Label Studio
    Column("definition", Text, nullable=False),
    Column("updated_at", Float, nullable=False),
)
