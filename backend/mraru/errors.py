"""Every failure that this package names.

MRaruError
├── SettingsError
│   ├── ProjectSettingInvalid
│   ├── PluginInvalid
│   └── FolderTaken
├── LabelConfigError
├── TextsUnfit
├── LabelStudioError
│   ├── LabelStudioUnreachable
│   ├── LabelStudioRefused
│   │   ├── PrivateAddressRefused
│   │   └── ProjectGone
│   ├── ProjectReplaced
│   ├── EventInvalid
│   ├── NotConnected
│   ├── PredictionsNotStored
│   ├── VersionNotKept
│   └── PredictionsHidden
├── TeacherError
│   ├── TeacherUnavailable
│   │   ├── CircuitOpen
│   │   └── RoomTaken
│   ├── TeacherMisconfigured
│   ├── LabelsNotNamed
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
│   ├── StoreFault
│   │   ├── DiskFull
│   │   ├── StoreReadOnly
│   │   └── StoreDamaged
│   ├── ProjectBusy
│   ├── ProjectUnknown
│   ├── ProjectDisconnected
│   └── TextsGone
├── NothingToPredictWith
│   ├── TooBusy
│   └── CallerLeft
├── ProjectNotNamed
├── NothingToMeasure
├── NothingToGoOn
├── NothingToPause
├── WorkInterrupted
│   └── LeaseLost
├── BackupError
│   └── BackupInvalid
├── CsvUnreadable
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


class PluginInvalid(SettingsError):
    """A part that a setting names is not there, or not what it must be."""


class FolderTaken(SettingsError):
    """Another `mraru serve` uses this MODEL_DIR: stop it, or give this one a folder of its own."""


class LabelConfigError(MRaruError):
    """The label config has no <Choices>, <Taxonomy> or <Rating> that asks for one label of one <Text>."""


class TextsUnfit(MRaruError):
    """The texts of the project are none that somebody should be paid to label."""


class LabelStudioError(MRaruError):
    """Label Studio did not do what was asked."""


class NotConnected(LabelStudioError):
    """There is nothing to disconnect."""


class LabelStudioUnreachable(LabelStudioError):
    """Label Studio cannot be reached: check LABEL_STUDIO_URL and that it is running."""

    def __init__(self, message: str | None = None, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status  # of HTTP; 0: there was no answer


class LabelStudioRefused(LabelStudioError):
    """Label Studio refused the request."""

    def __init__(self, message: str | None = None, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class PrivateAddressRefused(LabelStudioRefused):
    """Label Studio refuses backends on local addresses until it is started with other settings."""


class ProjectGone(LabelStudioRefused):
    """Label Studio has no such project, or the user of LABEL_STUDIO_API_KEY may not see it."""


class ProjectReplaced(LabelStudioError):
    """Label Studio's project is another one than the stored one of the same number."""

    @classmethod
    def of(cls, project_id: int, stored_at: str, made_at: str = "another time") -> ProjectReplaced:
        """Of a project that was made at `made_at` in Label Studio, and the stored one at `stored_at`."""
        return cls(
            f"Project {project_id} was made in Label Studio at {made_at}, but the one in MODEL_DIR at {stored_at}: "
            "this is another Label Studio. Use another MODEL_DIR."
        )


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


class LabelsNotNamed(TeacherError):
    """The LLM answers and names no labels: it is asked no more until somebody starts the project again."""


class PriceUnknown(TeacherError):
    """The price of this model is unknown, so the budget in dollars cannot be kept."""


class AlreadyAsked(TeacherError):
    """The same question was asked elsewhere: its answer is in the ledger, or will be."""


class RoomTaken(TeacherUnavailable):
    """What is left of the budget may be used by calls under way: this one is made once they are answered."""


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


class StoreFault(StoreError):
    """A file of MODEL_DIR could not be read or written; what was written before is kept."""


class DiskFull(StoreFault):
    """The disk of MODEL_DIR is full: make room there."""


class StoreReadOnly(StoreFault):
    """MODEL_DIR cannot be written."""


class StoreDamaged(StoreFault):
    """A file of MODEL_DIR is damaged."""


class ProjectBusy(StoreError):
    """Another worker is at work on this project."""


class ProjectNotNamed(MRaruError):
    """The request names no project, and it is not just one that is connected to this backend: send its number."""


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


class TooBusy(NothingToPredictWith):
    """Other requests come first, and this one would not be answered in time: ask again in a minute."""


class CallerLeft(NothingToPredictWith):
    """Whoever asked has left before the answer was there."""


class NothingToMeasure(MRaruError):
    """People have labelled nothing yet that the teacher could be compared with."""


class NothingToGoOn(MRaruError):
    """No rule that may be overruled has ended the rounds of this project."""


class NothingToPause(MRaruError):
    """Nobody has started this project."""


class WorkInterrupted(MRaruError):
    """The worker is shutting down: what is left is done after its restart."""


class LeaseLost(WorkInterrupted):
    """Another process works on the project by now, as after a machine slept: what is left is for that one to do."""


class BackupError(MRaruError):
    """The backup cannot be written or restored."""


class BackupInvalid(BackupError):
    """This is no backup of mraru, or it is damaged."""


class CsvUnreadable(MRaruError):
    """it cannot be read as CSV"""


class DemoError(MRaruError):
    """The demo cannot go on."""


class BenchmarkError(MRaruError):
    """The benchmark cannot go on."""
