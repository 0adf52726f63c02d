"""Every task by its name on the command line."""

from zerosweep.recipe import Recipe
from zerosweep.tasks.classification import Classification
from zerosweep.tasks.surface import Surface

TASKS: dict[str, type[Recipe]] = {"classification": Classification, "surface": Surface}
