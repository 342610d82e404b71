"""The LLMs as batch jobs ask them."""

from __future__ import annotations

from mraru.batch_interfaces import BatchTeacher
from mraru.bootstrap.recently_used import RecentlyUsed
from mraru.bootstrap.teaching.llm_factory import LLMFactory
from mraru.bootstrap.teaching.teacher_factory import MOST_TEACHERS
from mraru.records import TeacherMode
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store

_Key = tuple[int, str, str, LabelSchema, tuple[tuple[str, str], ...]]


class BatchTeacherFactory:
    """Makes teachers for batch jobs, also while MRARU_BATCH_API is off: jobs under way are looked after."""

    def __init__(self, settings: Settings, *, store: Store, llms: LLMFactory) -> None:
        self._settings = settings
        self._store = store
        self._llms = llms
        self._kept: RecentlyUsed[_Key, tuple[BatchTeacher, ...]] = RecentlyUsed(MOST_TEACHERS)

    def for_project(self, project: Project, schema: LabelSchema) -> tuple[BatchTeacher, ...]:
        """Each LLM that is asked about every text: of a cascade the first alone; none where no LLM is set.

        They are kept as long as the project's prompt stays the same.

        Raises:
            PriceUnknown: a model's price is neither known nor set.
        """
        from mraru.teachers.batch.openai_batch_teacher import OpenAIBatchTeacher

        settings = self._settings
        if not settings.uses_llm:
            return ()
        definitions = self._store.label_definitions.list_all(project.project_id)
        key = (project.project_id, project.title, project.instruction, schema, tuple(definitions.items()))
        several = settings.several_teachers
        is_cascade = several is not None and several.mode is TeacherMode.CASCADE
        return self._kept.get(
            key,
            lambda: tuple(
                OpenAIBatchTeacher(
                    self._llms.make(project, schema, definitions, llm),
                    is_azure=llm.api_version is not None,
                    price_factor=settings.batch_price_factor,
                )
                for llm in (settings.llms[:1] if is_cascade else settings.llms)
            ),
        )
