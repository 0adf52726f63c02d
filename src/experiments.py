"""Run the published experiments and write docs/experiments.md: `python src/experiments.py [setting=value ...]`."""

from zerosweep import startup

if __name__ == "__main__":
    startup.begin()

from zerosweep.cli.experiments import main

if __name__ == "__main__":
    main()
