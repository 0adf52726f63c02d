"""When runs overflow: the dots, their medians and counts."""

from tests.figures.comparisons import collisions, figures, written_in

from zerosweep.figures.drawing.compared import ComparedRun


def run(slope, rate, seed, at):
    verdict, steps = ("diverged", at) if at else ("learned", 600)
    levels = {"model.slope": slope, "optimizer.lr": rate}
    return ComparedRun(levels, str(seed), verdict, None, range(1, steps + 1), [1.0] * steps)


def test_a_dot_for_each_run_that_overflows_and_a_line_at_the_median_of_all(image):
    slopes = {"0.02": [None, None, 500], "0.03": [300, 200, 100]}
    runs = [run(slope, "0.057", seed, at) for slope, ats in slopes.items() for seed, at in enumerate(ats)]
    runs += [run("0.02", "0.056", seed, None) for seed in range(3)]
    figure = figures(runs, ["model.slope", "optimizer.lr"], figure="overflows")["overflows"]
    (ax,) = figure.axes
    dots = [list(line.get_ydata()) for line in ax.lines if line.get_marker() == "o"]
    assert [sorted(values) for values in dots if values] == [[500], [100, 200, 300]]
    medians = [line.get_ydata()[0] for line in ax.lines if line.get_marker() != "o"]
    assert medians == [200], "at 0.02 most runs stay finite"
    assert {"1/3", "3/3", "0/3"} <= {text.get_text() for text in ax.texts}
    assert "A dot is a run." in " ".join(written_in(figure))
    assert not collisions(figure)
    image(figure)
