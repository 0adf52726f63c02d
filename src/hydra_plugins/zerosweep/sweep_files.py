"""Config group `sweeps`: the files of the project's folder sweeps/, which lies beside conf/ and not inside it."""

from pathlib import Path

from hydra.core.config_search_path import ConfigSearchPath
from hydra.plugins.search_path_plugin import SearchPathPlugin

from zerosweep.config.hydra_private import FileConfigSource
from zerosweep.importing import is_own_process
from zerosweep.places import CONF, FILES


class SweepFiles(FileConfigSource):
    """Config source for the project's folder, in which only `sweeps` is a config group."""

    @staticmethod
    def scheme() -> str:
        return "project"

    def is_group(self, config_path: str) -> bool:
        return config_path in ("", "sweeps") and super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        return config_path.startswith("sweeps/") and super().is_config(config_path)

    def list(self, config_path, results_filter):  # type: ignore[no-untyped-def]
        if config_path == "":
            return ["sweeps"]
        return super().list(config_path, results_filter) if self.is_group(config_path) else []


class SweepFilesSearchPath(SearchPathPlugin):
    """Plugin that adds the project's folder to Hydra's search path, and leaves the search path of other apps alone.

    An app is ours if its primary configuration lies in conf/, or if its process is one of the project's commands,
    which may take the primary configuration from elsewhere with `--config-path`.
    """

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        main = next((place.path for place in search_path.get_path() if place.provider == "main"), None)
        ours = main is not None and Path(main.removeprefix("file://")).resolve() == CONF
        if ours or is_own_process():
            search_path.append(provider="zerosweep", path=f"project://{FILES}")
