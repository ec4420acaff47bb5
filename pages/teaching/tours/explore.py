"""The tour of Explore: units, regions, d_B and d_D."""

from pages.teaching.steps import Sentence, Step

PICTURE = ("explore-picture",)
TRAINING = ("explore-training", "explore-picture")
UNITS, LIT, LIT_LAYER, WIDTH = 6, 40, 2, 32
ENOUGH = 500  # steps of training
XOR = {"data": "xor", "network": "own", "widths": str(UNITS), "init": "3", "p": "2"}
LEARNS = {**XOR, "init": "2"}  # weights from which training on XOR does not get stuck
MOONS = {"data": "moons", "network": "shipped", "p": "2"}
CLOSE = {**MOONS, "pin": "0.55,-0.27", "fill": "class"}  # a pin whose region is too small

EXPLORE = (
    Step(
        "A unit is a fold",
        "explore",
        {**XOR, "fill": "active", "boundary": "0", "data-points": "0"},
        (
            Sentence(
                "Each **unit**, a small square of the drawn network, folds the plane along a line, like a sheet of "
                "paper: it computes $w\\cdot x + b$ and passes on what is positive, $\\max(0, w\\cdot x + b)$.",
                "a unit computes a ReLU",
                ("explore-drawing",),
            ),
            Sentence(
                "On one side of the line $w\\cdot x + b = 0$ it is *on*, on the other side it is *off*.",
                "units are on where z is positive",
            ),
            Sentence(
                "This network has <units> units in one layer, so there are <units> lines.",
                "as many lines as units",
                PICTURE,
                {"units": UNITS},
            ),
            Sentence(
                "**Point at** a unit, or touch it, and its line lights up in the picture.",
                "hover: its line lights",
                ("explore-drawing", "explore-picture"),
            ),
            Sentence("**Point at** the picture: a note says how many units are on there.", "hover: units on", PICTURE),
        ),
    ),
    Step(
        "A linear region",
        "explore",
        {**XOR, "pin": "0.4,0.3", "fill": "region"},
        (
            Sentence(
                "Between the lines no unit switches: such a piece of the plane is a **linear region**.",
                "one pattern in a region",
            ),
            Sentence(
                "On it the whole network is one formula without a fold, the affine map $f(x) = Vx + a$.",
                "one affine map in a region",
            ),
            Sentence(
                "The **pin**, the black dot, stands in one of them.",
                "the pin stands inside a region",
                PICTURE,
            ),
            Sentence(
                "Press **Formula** over the picture: it writes out this region's map, with its numbers $V$ and $a$.",
                "press: formula",
                ("explore-formula", "explore-picture"),
            ),
        ),
    ),
    Step(
        "Training moves the lines",
        "explore",
        {**LEARNS, "fill": "class"},
        (
            Sentence(
                "The dots are examples of two classes, and the **red line** is where the network's answer changes from "
                "one class to the other.",
                "the class changes at the red line",
                PICTURE,
            ),
            Sentence(
                "So far the weights are random, and more than <share> % of the examples get the wrong answer.",
                "random weights are wrong",
                values={"share": 50},
            ),
            Sentence(
                "Press **Train** and watch: each step changes the weights a little, and with them the lines and "
                "regions.",
                "press: train",
                TRAINING,
            ),
            Sentence(
                "After <steps> steps the red line separates nearly all examples.",
                "training separates the classes",
                values={"steps": ENOUGH},
            ),
            Sentence(
                "**Stop** halts it, **Step** takes one step more, **Rewind** goes back to the random weights.",
                "press: stop, step and rewind",
                ("explore-training",),
            ),
        ),
    ),
    Step(
        "Deeper layers bend",
        "explore",
        {**MOONS, "unit": str(LIT), "fill": "active", "boundary": "0"},
        (
            Sentence(
                "The second layer folds a sheet that is already folded: in each region of the first layer its unit is "
                "another affine function.",
                "a deep unit is another affine function in each region of the first layer",
            ),
            Sentence(
                "So its line **bends** wherever it meets a line of the layer before.",
                "a deep unit bends at first lines",
            ),
            Sentence(
                "Unit <unit>, number <number> of layer <layer>, is lit here.",
                "the lit unit is deep",
                PICTURE,
                {"unit": LIT, "number": LIT - WIDTH, "layer": LIT_LAYER},
            ),
            Sentence("Each layer cuts the pieces that the layers before left.", "each layer refines"),
        ),
    ),
    Step(
        "All of them, exactly",
        "explore",
        {**MOONS, "fill": "class"},
        (
            Sentence(
                "This network has two layers of <width> units and was trained on two moons.",
                "two layers, trained on moons",
                values={"width": WIDTH},
            ),
            Sentence(
                "Every region in the window is here, found by cutting polygons, none by sampling.",
                "all regions and no other",
                PICTURE,
            ),
            Sentence("The badge counts them.", "the badge counts the regions", PICTURE),
            Sentence("They lie densest around the data.", "regions are densest around the data", PICTURE),
            Sentence("**Zoom in** with the wheel or two fingers to see them.", "wheel: zoom", PICTURE),
        ),
    ),
    Step(
        "How far may one move?",
        "explore",
        {"data": "tight", "network": "shipped", "p": "2", "pin": "-0.422,0.864", "fill": "class"},
        (
            Sentence(
                "The circle labelled $d_B$ says how far the pin may move before some unit switches.",
                "d_B is the distance to the nearest switch",
                ("explore-picture", "explore-distances"),
            ),
            Sentence(
                "The circle labelled $d_D$ says how far it may move before the class changes, *if the formula of its "
                "region held everywhere*.",
                "d_D is the distance to the nearest decision hyperplane",
                ("explore-picture", "explore-distances"),
            ),
            Sentence("Here $d_D \\le d_B$: the class does change there, and nowhere nearer.", "d_D at most d_B"),
            Sentence(
                "The radius is **optimal**, and the cross marks the nearest point of another class: a smallest "
                "adversarial perturbation.",
                "the witness is a smallest perturbation",
                ("explore-picture", "explore-reading"),
            ),
        ),
    ),
    Step(
        "When the region is too small",
        "explore",
        CLOSE,
        (
            Sentence("Here $d_B < d_D$.", "d_B below d_D", ("explore-distances",)),
            Sentence(
                "Inside the circle labelled $d_B$ the formula holds and keeps its class, so no point in it can fool "
                "the network.",
                "nothing in the circle is adversarial",
                PICTURE,
            ),
            Sentence(
                "Beyond it we know nothing from this region alone: $\\min(d_B, d_D)$ is a **lower bound**.",
                "the radius is a lower bound",
                ("explore-reading",),
            ),
            Sentence("Large regions make strong certificates.", "no certificate of a region exceeds the region"),
        ),
    ),
    Step(
        "What “near” means",
        "explore",
        {**CLOSE, "p": "inf"},
        (
            Sentence(
                "The same point, with a step measured by its largest coordinate, $\\|\\delta\\|_\\infty$: the ball is "
                "a square.",
                "the ball is a square",
                PICTURE,
            ),
            Sentence(
                "The distance to $\\{z : w\\cdot z + b = 0\\}$ is $|w\\cdot x + b| / \\|w\\|_q$ with "
                "$\\frac1p + \\frac1q = 1$.",
                "distance to a hyperplane by the dual norm",
            ),
            Sentence(
                "Press **1**, **2** or **3**, or choose $\\ell_1$, $\\ell_2$ or $\\ell_\\infty$ on the page, to "
                "compare the norms.",
                "keys: norms",
                ("explore-norms", "explore-picture"),
            ),
        ),
        keys=True,
    ),
)
