"""The tour of Polytope: what an adversary reaches, what bounds make of it, and why they are loose."""

from pages.teaching.steps import Sentence, Step

DIRECTIONS = 64
OPEN, LOST = 0.18, 0.2  # from where on none of the three bounds proves the class, and from where on it is lost
UNCERTAIN = 13  # of all units the one whose triangle is largest at ε = 0.16, by CROWN

KW = {"from": "random", "draw": "52", "p": "inf", "box": "none", "pin": "0,0", "axes": "outputs"}
KW |= {"bounds": "fast-lin,crown,lp"}
KW_POINT = {"from": "robust", "pin": "0.8632,0.5415", "p": "inf", "box": "none", "eps": "0.08", "axes": "turned"}
LEFT, RIGHT, SAID = ("polytope-inputs",), ("polytope-outputs",), ("polytope-verdict",)
BOTH = (*LEFT, *RIGHT)

POLYTOPE = (
    Step(
        "What an adversary can reach",
        "polytope",
        {**KW, "bounds": "none", "eps": "0.1"},
        (
            Sentence(
                "On the left, all inputs that an adversary may choose, the pin with each coordinate changed by at "
                "most $\\varepsilon$: a square ($\\|\\delta\\|_\\infty \\le \\varepsilon$).",
                "the inputs are a square",
                LEFT,
            ),
            Sentence(
                "On the right, all outputs that the network gives them, grey and exact: the **adversarial "
                "polytope**, $\\{f(x + \\delta)\\}$.",
                "the grey set is what inputs reach",
                RIGHT,
            ),
            Sentence(
                "Move the mouse over the square: a dot on the right shows where that input is taken.",
                "hover: outputs",
                BOTH,
            ),
        ),
    ),
    Step(
        "As long as nothing switches",
        "polytope",
        {**KW, "bounds": "fast-lin,crown", "eps": "0.0006", "reach": "0.003"},
        (
            Sentence(
                "This square is so small that no unit switches in it ($\\varepsilon < d_B$): on it the network is "
                "one formula, the affine map $Vx + a$.",
                "nothing switches below d_B",
                LEFT,
            ),
            Sentence(
                "Such a formula makes a parallelogram of a square: convex, without a dent.",
                "the image is a parallelogram",
                RIGHT,
            ),
            Sentence(
                "Fast-Lin and CROWN bound it exactly in each of the <directions> directions in which they are asked.",
                "bounds touch in every direction asked",
                RIGHT,
                {"directions": DIRECTIONS},
            ),
            Sentence("What little they leave here lies between directions.", "what is left lies between directions"),
        ),
    ),
    Step(
        "Folded along the units' lines",
        "polytope",
        {**KW, "bounds": "none", "eps": "0.25"},
        (
            Sentence("Now some units switch inside the square.", "units switch in the ball", LEFT),
            Sentence(
                "At each of their lines the formula changes, and the image is **folded** like paper: it is no longer "
                "convex.",
                "the image is not convex",
                RIGHT,
            ),
            Sentence(
                "The dashed line goes around it like a rubber band: its convex hull, the best that any convex bound "
                "can do.",
                "the hull is the least convex set",
                RIGHT,
            ),
            Sentence(
                "Point at a vertex on the right: the input that reaches it is shown on the left.", "hover: inputs", BOTH
            ),
        ),
    ),
    Step(
        "Bounds are polygons around it",
        "polytope",
        {**KW, "eps": "0.1"},
        (
            Sentence(
                "A bound says how far outputs can go at most in one direction $c$: $c\\cdot f(x+\\delta) \\le h(c)$.",
                "no output passes a bound",
            ),
            Sentence(
                "The limits of all directions together cut out a polygon around the grey set.",
                "bounds are convex polygons",
                RIGHT,
            ),
            Sentence("Loose ones are light, tight ones dark.", "tighter bounds are darker", RIGHT),
            Sentence(
                "The numbers say how many times as large as the hull each is.",
                "numbers are multiples of the hull",
                RIGHT,
            ),
            Sentence("Let ε grow with ▶.", "press: ε grows", RIGHT),
        ),
    ),
    Step(
        "What crosses the line decides",
        "polytope",
        {**KW, "eps": "0.16"},
        (
            Sentence(
                "On the red line both outputs are equal: beyond it, the class is another one.",
                "the red line is where outputs are equal",
                RIGHT,
            ),
            Sentence(
                "The grey set stays on one side: no perturbation changes the class.",
                "the true set keeps the class",
                RIGHT,
            ),
            Sentence(
                "Fast-Lin and CROWN cross the line and **cannot tell**; the LP is tight enough to prove it.",
                "only the LP proves it",
                (*RIGHT, *SAID),
            ),
            Sentence(
                "At ε = <open> none of the three does, though it is still true; at <lost> it is no longer true.",
                "then open, then lost",
                values={"open": OPEN, "lost": LOST},
            ),
        ),
    ),
    Step(
        "Why the bound is loose",
        "polytope",
        {**KW, "eps": "0.16", "unit": str(UNCERTAIN), "by": "crown"},
        (
            Sentence(
                "Bounds are inexact in one place only: a unit that may be on or off in the square, such as unit "
                "<unit> here, is *unstable* ($\\ell < 0 < u$), and its bent graph is replaced by an area around it.",
                "the unit shown is unstable",
                ("polytope-one-unit",),
                {"unit": UNCERTAIN},
            ),
            Sentence(
                "Fast-Lin takes parallel lines of slope $\\frac{u}{u-\\ell}$, the LP the whole triangle.",
                "the areas of Fast-Lin and the LP",
                ("polytope-one-unit",),
            ),
            Sentence(
                "Dots are what really occurs: on the graph alone.", "dots lie on the graph", ("polytope-one-unit",)
            ),
            Sentence(
                "And each unit may choose its place in the triangle **on its own**, though all units look at one "
                "input: the looseness adds up.",
                "units are bounded on their own",
            ),
        ),
    ),
    Step(
        "A network that can be bounded",
        "polytope",
        {**KW_POINT, "bounds": "fast-lin,crown,lp"},
        (
            Sentence(
                "After *robust training* the bound itself was made small: each of the three bounds drawn proves this "
                "point of Wong and Kolter's <points>, far from the line.",
                "all three prove it, far from the line",
                (*RIGHT, *SAID),
                {"points": 12},
            ),
            Sentence(
                "The axes are difference and sum of the outputs, so the line is upright.",
                "turned axes: the line is upright",
                RIGHT,
            ),
            Sentence(
                "Compare *Fig. 7, before* in the sidebar: true as well, but of the three only the LP proves it.",
                "before: only the LP proves it",
                ("polytope-presets",),
            ),
        ),
    ),
    Step(
        "Unstable, and tight all the same",
        "polytope",
        {
            "from": "explore",
            "data": "tight",
            "network": "shipped",
            "pin": "0.1,0.55",
            "p": "inf",
            "box": "none",
            "eps": "0.2",
            "axes": "turned",
            "bounds": "interval,fast-lin,lp",
        },
        (
            Sentence(
                "A bound may be loose and still answer exactly: here <unstable> of <units> units are unstable, and "
                "yet Fast-Lin's least margin, the smallest lead of the class, is the true one.",
                "unstable units, exact margin",
                (*RIGHT, *SAID),
                {"unstable": 2, "units": 4},
            ),
            Sentence(
                "What it adds to the grey set lies in directions that do not count.",
                "Fast-Lin's polygon is larger elsewhere",
                RIGHT,
            ),
            Sentence(
                "Only intervals, which treat each unit as if it were alone, lose the proof.",
                "only intervals lose the proof",
                SAID,
            ),
        ),
    ),
)
