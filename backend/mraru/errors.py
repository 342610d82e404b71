"""Every failure that this package names.

MRaruError
├── SettingsError
│   └── ProjectSettingInvalid
├── LabelConfigError
├── LabelStudioError
│   ├── LabelStudioUnreachable
│   ├── LabelStudioRefused
│   │   └── PrivateAddressRefused
│   ├── ProjectReplaced
│   ├── EventInvalid
│   ├── PredictionsNotStored
│   ├── VersionNotKept
│   └── PredictionsHidden
├── TeacherError
│   ├── TeacherUnavailable
│   │   └── CircuitOpen
│   ├── TeacherMisconfigured
│   ├── PriceUnknown
│   ├── AlreadyAsked
│   └── BudgetExceeded
├── StudentError
│   ├── TooFewClasses
│   └── StudentFileInvalid
├── DefinitionsInvalid
├── RenamingInvalid
├── NothingToDraft
├── DefinitionUntried
├── EmbeddingModelMissing
├── StudentModelMissing
├── StoreError
│   ├── ProjectBusy
│   ├── ProjectUnknown
│   ├── ProjectDisconnected
│   └── TextsGone
├── NothingToPredictWith
├── NothingToMeasure
├── NothingToGoOn
├── NothingToPause
├── WorkInterrupted
├── DemoError
└── BenchmarkError

The docstring of a class is its default message. A message says what happened and what to do.
"""

from __future__ import annotations


class MRaruError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class SettingsError(MRaruError):
    """A setting is missing or wrong."""


class ProjectSettingInvalid(SettingsError):
    """A setting cannot be set for one project, or not to this value."""


class LabelConfigError(MRaruError):
    """The label config has no single-choice <Choices> that reads one <Text>."""


class LabelStudioError(MRaruError):
    """Label Studio did not do what was asked."""


class NotConnected(LabelStudioError):
    """There is nothing to disconnect."""


class LabelStudioUnreachable(LabelStudioError):
    """Label Studio cannot be reached: check LABEL_STUDIO_URL and that it is running."""


class LabelStudioRefused(LabelStudioError):
    """Label Studio refused the request."""

    def __init__(self, message: str | None = None, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class PrivateAddressRefused(LabelStudioRefused):
    """Label Studio refuses backends on local addresses until it is started with other settings."""


class ProjectReplaced(LabelStudioError):
    """Label Studio's project is another one than the stored one of the same number."""


class EventInvalid(LabelStudioError):
    """Label Studio sent an event that cannot be read."""


class PredictionsNotStored(LabelStudioError):
    """Label Studio stored fewer predictions than were sent."""


class VersionNotKept(LabelStudioError):
    """Label Studio did not keep the model version that it was to serve: it is set again later."""


class PredictionsHidden(LabelStudioError):
    """Predictions are hidden from the annotators of this project, so Label Studio serves none."""


class TeacherError(MRaruError):
    """The teacher gave no usable answer."""


class TeacherUnavailable(TeacherError):
    """The teacher did not answer after several attempts: the round goes on when it does."""

    def __init__(self, message: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class CircuitOpen(TeacherUnavailable):
    """The teacher's server failed too often in a row: nothing is asked until its pause is over."""


class TeacherMisconfigured(TeacherError):
    """The teacher refuses requests as configured: check OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL."""


class PriceUnknown(TeacherError):
    """The price of this model is unknown, so the budget in dollars cannot be kept."""


class AlreadyAsked(TeacherError):
    """The same question was asked elsewhere: its answer is in the ledger, or will be."""


class BudgetExceeded(TeacherError):
    """The next call could pass the budget: raise MRARU_MAX_CALLS or MRARU_MAX_COST_USD to go on."""


class StudentError(MRaruError):
    """The student cannot do what was asked."""


class TooFewClasses(StudentError):
    """A student needs labels of at least two classes."""


class StudentFileInvalid(StudentError):
    """The saved student cannot be loaded."""


class DefinitionsInvalid(MRaruError):
    """The definitions of labels cannot be used."""


class RenamingInvalid(MRaruError):
    """This label cannot be read as the other one."""


class NothingToDraft(MRaruError):
    """People have not corrected this label yet, so there is nothing to draft a sharper definition from."""


class DefinitionUntried(MRaruError):
    """This definition was not tried on texts that people labelled: try it first, or accept it without a trial."""


class EmbeddingModelMissing(MRaruError):
    """The embedding model cannot be loaded: check MRARU_EMBEDDING_MODEL."""


class StudentModelMissing(MRaruError):
    """The language model of the student cannot be loaded: check MRARU_DISTILBERT_MODEL."""


class StoreError(MRaruError):
    """The store cannot be used."""


class ProjectBusy(StoreError):
    """Another worker is at work on this project."""


class ProjectUnknown(StoreError):
    """This backend does not know the project: connect it first."""


class ProjectDisconnected(StoreError):
    """This project was disconnected from the backend: connect it again first."""

    @classmethod
    def of(cls, project_id: int) -> ProjectDisconnected:
        return cls(f"Project {project_id} is disconnected: run `mraru connect {project_id}` to go on with it.")


class TextsGone(StoreError):
    """Tasks were deleted while their texts were being worked on: what is left is looked at anew."""


class NothingToPredictWith(MRaruError):
    """This project has no trained student yet: predictions come after the first round."""


class NothingToMeasure(MRaruError):
    """People have labelled nothing yet that the teacher could be compared with."""


class NothingToGoOn(MRaruError):
    """No rule that may be overruled has ended the rounds of this project."""


class NothingToPause(MRaruError):
    """Nobody has started this project."""


class WorkInterrupted(MRaruError):
    """The worker is shutting down: what is left is done after its restart."""


class DemoError(MRaruError):
    """The demo cannot go on."""


class BenchmarkError(MRaruError):
    """The benchmark cannot go on."""
