"""The tour of Train: what MMR, adversarial and robust training do to the regions, and to what is proved."""

from pages.teaching.steps import Sentence, Step

MMR = {
    "of": "plane", "data": "mmr", "widths": "100", "p": "2", "eps": "0.25", "a": "plain", "b": "kmmr", "c": "none",
    "fill": "class",
}  # fmt: skip
MOONS = {
    "of": "plane", "data": "moons", "widths": "32, 32", "p": "inf", "eps": "0.1", "a": "plain", "b": "adversarial",
    "c": "none", "steps": "2000",
}  # fmt: skip
TWELVE = {
    "of": "plane", "data": "kw", "widths": "100, 100, 100, 100", "lr": "0.001", "steps": "1000", "batch": "12",
    "p": "inf", "eps": "0.08", "a": "plain", "b": "kw", "c": "none",
}  # fmt: skip
PICTURES = ("train-pictures",)
NUMBERS = ("train-numbers", "train-pictures")

TRAIN = (
    Step(
        "One network, two goals",
        "train",
        MMR,
        (
            Sentence(
                "Two copies of one network begin with the same weights and learn from the same batches, a few points "
                "at a time.",
                "same weights, same batches",
                PICTURES,
            ),
            Sentence(
                "The left one learns only to be right: its objective is *cross entropy*.",
                "the left objective is cross entropy",
            ),
            Sentence(
                "The right one is asked for **room** around each point as well: *MMR*.", "the right objective is MMR"
            ),
            Sentence("Press **Play** and watch the regions.", "press: play", ("train-transport", "train-pictures")),
            Sentence(
                "On the left they break into pieces, on the right those around the data grow.",
                "regions shatter on the left and grow on the right",
                PICTURES,
            ),
        ),
        below=60,
    ),
    Step(
        "What MMR asks for",
        "train",
        {**MMR, "fill": "region"},
        (
            Sentence(
                "A point is safe up to the nearest boundary of its region or its class, $\\min(d_B, d_D)$: in there "
                "nothing switches and the class stays.",
                "a point is safe up to its radius",
            ),
            Sentence(
                "MMR pushes boundaries away that are nearer than wished, nearer than $\\gamma_B$ and $\\gamma_D$; "
                "those farther away it leaves alone.",
                "hinges end at the distances wished for",
            ),
            Sentence(
                "As a formula: it adds to the loss $\\lambda$ times $\\frac{1}{k_B}\\sum_j \\max(0, 1 - "
                "d_B^j/\\gamma_B) + \\frac{1}{K}\\sum_s \\max(0, 1 - d_D^s/\\gamma_D)$, over the $k_B$ nearest "
                "region boundaries and the decision hyperplanes to the other of $K$ classes.",
                "MMR's regularizer",
            ),
            Sentence(
                "Move $\\lambda$ in the sidebar, how much room counts, also while it trains.",
                "slide: λ",
                ("train-lambda", "train-pictures"),
            ),
        ),
        below=60,
    ),
    Step(
        "Counting what is safe",
        "train",
        MMR,
        (
            Sentence(
                "Around each point stands a ball of radius ε: **green** with a tick where it is proved that the class "
                "stays, **red** with a cross where an attack breaks it, **grey** where neither is known.",
                "proved balls are safe and attacked ones are not",
                PICTURES,
            ),
            Sentence("The numbers over the pictures count them.", "the numbers count the balls", NUMBERS),
            Sentence(
                "After some training MMR proves more of them than plain training does.",
                "MMR proves more points",
                NUMBERS,
            ),
            Sentence("Move ε in the sidebar, and play.", "slide: ε", ("train-eps", "train-transport")),
        ),
        below=60,
    ),
    Step(
        "Learning from attacks",
        "train",
        MOONS,
        (
            Sentence(
                "*Adversarial training* moves half of each batch to where the network errs most, within ε, before "
                "the network learns from it.",
                "half of a batch is attacked",
            ),
            Sentence(
                "That moves the decision boundary away from the points: after training fewer can be attacked.",
                "adversarial training leaves fewer attacked points",
                NUMBERS,
            ),
            Sentence(
                "But nothing asks for room: region boundaries stay as near as under plain training.",
                "adversarial training leaves boundaries near",
                NUMBERS,
            ),
        ),
        below=60,
    ),
    Step(
        "Learning what can be proved",
        "train",
        TWELVE,
        (
            Sentence(
                "*Robust training* (Wong and Kolter) works with a worst case that it can prove: it makes an **upper "
                "bound** small, of the loss that any attack within ε can cause.",
                "KW's loss bounds the attacked loss",
            ),
            Sentence(
                "Where that bound is small, the box around a point is proved: after all steps on these <points> "
                "points robust training makes all of them green, plain training does not.",
                "robust training proves all twelve",
                NUMBERS,
                {"points": 12},
            ),
        ),
        below=60,
    ),
    Step(
        "Back and forth in time",
        "train",
        {**MMR, "c": "adversarial"},
        (
            Sentence(
                "Moments all through training are kept, up to <moments>, the first and the latest always among them.",
                "moments are kept",
                values={"moments": 400},
            ),
            Sentence(
                "Play a little, pause, and drag the knob of the **timeline**: the pictures go back.",
                "drag: timeline",
                ("train-transport", "train-timeline"),
            ),
            Sentence("**Film** shows all moments from the beginning.", "press: film", ("train-transport",)),
            Sentence(
                "The arrow that turns back rewinds to the same initial weights: change one thing, and play again.",
                "press: rewind",
                ("train-transport",),
            ),
        ),
        below=60,
    ),
    Step(
        "What changed, as curves",
        "train",
        {**MMR, "c": "adversarial"},
        (
            Sentence(
                "Every picture has its place on these curves, each objective in its colour.",
                "curves have the objectives' colours",
                ("train-loss",),
            ),
            Sentence("Click a curve to go where it bends.", "click: curve", ("train-loss",)),
            Sentence(
                "Curves, networks, pictures and the film are under *Export* in the sidebar.",
                "open: export",
                ("train-export",),
            ),
        ),
    ),
)
