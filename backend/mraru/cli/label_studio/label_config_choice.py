"""What `mraru connect --only NAME --text NAME` chooses of a label config: kept before Label Studio is told anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mraru.bootstrap import Services
from mraru.records import SettingValue
from mraru.schema_records import ConfigSelection
from mraru.settings.project_fields import override_settings, read_value


class LabelConfigChoice:
    """A choice of one project, as settings of it."""

    def __init__(self, services: Services, project_id: int, only: str | None, texts: Sequence[str]) -> None:
        """Choose nothing yet.

        Args:
            only: None: as it was set before.
            texts: none: as they were set before.

        Raises:
            ProjectUnknown: something is chosen, where no backend keeps it.
            ProjectSettingInvalid: a name is too long.
        """
        given = {"only": only, "texts": ",".join(texts)}
        values = {name: read_value(name, value) for name, value in given.items() if value}
        self._services = services
        self._project_id = project_id
        self._values: dict[str, SettingValue] = values
        if self._values:
            services.require_store()
        self._former = services.selection_for(project_id)
        settings = services.settings_for(project_id) if services.has_store else services.settings
        self.selection: ConfigSelection = override_settings(settings, self._values).selection

    @property
    def steps(self) -> tuple[str, ...]:
        """What it changed, in words."""
        said = []
        if self.selection.only != self._former.only:
            said.append(f"Answers '{self.selection.only}' of the label config.")
        if self.selection.texts != self._former.texts:
            said.append(
                f"Reads the texts {', '.join(self.selection.texts)}. Texts that read otherwise than before are others: "
                "the LLM is asked about them anew, within the same limits, and what people said of their tasks holds."
            )
        return tuple(said)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep it from here on, since registering the backend has the worker begin; not if that fails."""
        if not self._values:
            yield
            return
        stored = self._services.store.project_settings
        former = stored.load(self._project_id)
        stored.change(self._project_id, self._values)
        try:
            yield
        except BaseException:
            stored.change(
                self._project_id,
                {name: former[name] for name in self._values if name in former},
                [name for name in self._values if name not in former],
            )
            raise
