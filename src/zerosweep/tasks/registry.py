"""Every task by its name on the command line."""

from zerosweep.tasks.classification import Classification
from zerosweep.tasks.surface import Surface
from zerosweep.tasks.task import Task

TASKS: dict[str, type[Task]] = {"classification": Classification, "surface": Surface}
