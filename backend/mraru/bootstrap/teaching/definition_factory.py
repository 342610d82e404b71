"""The LLM as it drafts definitions of labels, and as it is tried with a definition that is not in use yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from mraru.bootstrap.teaching.llm_factory import LLMFactory
from mraru.bootstrap.teaching.server_guards import ServerGuards
from mraru.bootstrap.teaching.teacher_factory import TeacherFactory
from mraru.errors import NothingToDraft, NothingToMeasure
from mraru.interfaces import Teacher
from mraru.projects.learning.labelled_set import read_labelled_set
from mraru.schema_records import LabelSchema
from mraru.settings import Settings
from mraru.store.labels.kept_drafts import DefinitionDraft
from mraru.store.projects.project_repository import Project
from mraru.store.store import Store

if TYPE_CHECKING:
    from mraru.projects.definitions.prompt_trial import PromptTrial
    from mraru.teachers.side_questions.booked_drafter import BookedDrafter

NO_LLM = (
    "Definitions are drafted by an LLM, and none is set: set OPENAI_API_KEY or OPENAI_BASE_URL, or write the "
    "definition yourself with `mraru labels define`. The built-in teacher writes nothing."
)


class DefinitionFactory:
    """Opens drafters and trials: booked and guarded like every teacher, and their connections closed afterwards.

    They ask what a person asked for, so a pause of the rounds does not hold them back.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        llms: LLMFactory,
        teachers: TeacherFactory,
        guards: ServerGuards,
        should_stop: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._store = store
        self._llms = llms
        self._teachers = teachers
        self._guards = guards
        self._should_stop = should_stop

    @contextmanager
    def open_drafter(self, project: Project) -> Iterator[BookedDrafter]:
        """Who drafts: the LLM, of several the first of the file.

        Raises:
            NothingToDraft: no LLM is set.
            PriceUnknown: the model's price is neither known nor set.
        """
        if not self._settings.llms:
            raise NothingToDraft(NO_LLM)
        llm = self._settings.llms[0]
        drafter = self._llms.make_drafter(llm)
        try:
            yield self._teachers.book_drafter(project, drafter, self._guards.guard_of(llm))
        finally:
            drafter.close()

    @contextmanager
    def open_trial(
        self, project: Project, schema: LabelSchema, draft: DefinitionDraft, n_texts: int | None = None
    ) -> Iterator[PromptTrial]:
        """A trial of a draft against the definitions in use.

        With these the LLM is the project's teacher to the ledger: what that was asked is not paid again.

        Args:
            n_texts: at most, to try it on; MRARU_TRIAL_TEXTS when None.

        Raises:
            NothingToMeasure: no LLM is set, or people labelled nothing but what the draft was made from.
            PriceUnknown: a model's price is neither known nor set.
        """
        from mraru.projects.definitions.prompt_trial import PromptTrial, change_definition, hold_out, name_definitions

        settings = self._settings
        if not settings.llms:
            raise NothingToMeasure("No LLM is set, and the built-in teacher is not told definitions: nothing to try.")
        labelled = read_labelled_set(self._store, project.project_id, schema)
        held_out = hold_out(
            self._store,
            project.project_id,
            labelled,
            draft,
            n_texts=n_texts or settings.trial_texts,
            seed=settings.seed,
        )
        definitions = self._store.label_definitions.list_all(project.project_id)
        changed = change_definition(definitions, draft.label, draft.definition)
        with ExitStack() as stack:
            before, after = (
                stack.enter_context(self._open_teacher(project, schema, told, held_out.texts.keys()))
                for told in (definitions, changed)
            )
            yield PromptTrial(
                held_out=held_out,
                before=before,
                after=after,
                prompt=name_definitions(changed),
                ledger=self._store.project_ledger(project.project_id),
                concurrency=settings.teacher_concurrency,
                should_stop=self._should_stop,
            )

    @contextmanager
    def _open_teacher(
        self, project: Project, schema: LabelSchema, definitions: Mapping[str, str], held_out: Collection[str]
    ) -> Iterator[Teacher]:
        """The LLM, or several as one, told these definitions and shown none of these texts as an example."""
        asked = self._llms.make_all(project, schema, definitions, held_out)
        try:
            yield self._teachers.book_llms(project, schema, asked)
        finally:
            for teacher in asked:
                teacher.close()
