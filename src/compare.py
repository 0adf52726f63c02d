"""Compare any recorded runs; `python src/compare.py --help` shows examples."""

from zerosweep import startup

if __name__ == "__main__":
    startup.begin()

from zerosweep.cli.compare import main

if __name__ == "__main__":
    main()
