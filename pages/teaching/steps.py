"""The tours: what each step says, and the state of the app that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stop:
    """A page as a tour reaches it."""

    title: str
    path: str
    script: str


@dataclass(frozen=True)
class Step:
    """One thing to see: a title, a few sentences, and the page with the link's parts that shows it."""

    title: str
    text: str
    page: str = "explore"
    link: dict[str, str] = field(default_factory=dict)


PAGES = {
    "explore": Stop("Explore", "/", "pages/explore/page.py"),
    "certify": Stop("Certify", "/certify", "pages/certify/page.py"),
    "train": Stop("Train", "/train", "pages/train/page.py"),
    "polytope": Stop("Polytope", "/polytope", "pages/polytope/page.py"),
    "slices": Stop("Slices", "/slices", "pages/slices/page.py"),
}

EXPLORE = (
    Step(
        "A unit is a line",
        "A ReLU unit computes $z = w\\cdot x + b$ and passes on $\\max(0, z)$: it is *on* on one side of the line "
        "$z = 0$ and *off* on the other. This network has six units in one layer, so there are six lines. "
        "**Hover** over the picture: the readout says how many units are on.",
        link={"data": "xor", "network": "own", "widths": "6", "init": "3", "fill": "active"},
    ),
    Step(
        "A linear region",
        "Between the lines nothing switches. There every unit is either zero or affine, so the whole network is one "
        "affine map $f(x) = Vx + a$. Such a piece of the plane is a **linear region**. The pin stands in one; open "
        "*Affine map and pattern* on the right to read its $V$ and $a$.",
        link={"data": "xor", "network": "own", "widths": "6", "init": "3", "pin": "0.4,0.3"},
    ),
    Step(
        "Deeper layers bend",
        "A unit of the second layer is affine inside each region of the first, but a different affine function in "
        "each: its line **bends** wherever it meets a line of the layer before. One such unit is lit here. Each layer "
        "cuts the pieces that the layers before left.",
        link={"data": "moons", "unit": "40", "fill": "active", "boundary": "0"},
    ),
    Step(
        "All of them, exactly",
        "A network with two layers of 32 units, trained on two moons. Every region in the window is here, found by "
        "cutting polygons, none by sampling; the badge counts them. Zoom in with the wheel: the regions gather where "
        "the classes meet.",
        link={"data": "moons", "fill": "class"},
    ),
    Step(
        "Two distances",
        "Around the pin: the black circle has radius $d_B$, the distance to the nearest place where some unit "
        "switches. The red circle has radius $d_D$, the distance to where the class would change *if the current "
        "affine map held everywhere*. Here $d_D \\le d_B$: the class does change there, and nowhere nearer. The "
        "radius is **optimal**, and the red cross marks a smallest adversarial perturbation.",
        link={"data": "tight", "pin": "-0.422,0.864", "fill": "class"},
    ),
    Step(
        "When the region is too small",
        "Here $d_B < d_D$. Inside the black circle the network is one affine map, and that map does not change its "
        "class: so nothing in the circle is adversarial. Beyond it we know nothing from this region alone: "
        "$\\min(d_B, d_D)$ is a **lower bound**. Large regions make strong certificates.",
        link={"data": "moons", "pin": "0.55,-0.27", "fill": "class"},
    ),
    Step(
        "What “near” means",
        "The same point with perturbations measured by their largest coordinate, $\\|\\delta\\|_\\infty$: the ball "
        "is a square. The distance to $\\{z : w\\cdot z + b = 0\\}$ is $|w\\cdot x + b| / \\|w\\|_q$ with "
        "$\\frac1p + \\frac1q = 1$. Press **1**, **2**, **3** in the picture to compare the norms.",
        link={"data": "moons", "pin": "0.55,-0.27", "p": "inf", "fill": "class"},
    ),
)

LADDER = {"data": "mmr", "pin": "0.3,0.2", "p": "inf"}

CERTIFY = (
    Step(
        "Two sides of one number",
        "How small can a perturbation be and still change the class of the pinned point? Everything on this page "
        "closes in on that number: **lower bounds** prove that no smaller perturbation does it, **attacks** show one "
        "that does. The first rung is the one region's own: $\\min(d_B, d_D)$.",
        page="certify",
        link={**LADDER, "methods": "simplex,deepfool"},
    ),
    Step(
        "Intervals: quick and loose",
        "Give every unit the range that its inputs' ranges allow, layer by layer. Cheap: two products a layer. But it "
        "treats units as if they were independent: two that can never be large together are both taken at their "
        "largest. The bound is true, and loose.",
        page="certify",
        link={**LADDER, "methods": "simplex,interval,deepfool"},
    ),
    Step(
        "Lines around each unit",
        "A unit that may be on or off (*unstable*, $\\ell < 0 < u$) is enclosed between two lines, and the lines are "
        "traced back to the input, so that what units share is not lost. **Fast-Lin** takes parallel lines of slope "
        "$\\frac{u}{u-\\ell}$; **CROWN** takes the lower line that leaves less area. No unit is unstable for "
        "$\\varepsilon \\le d_B$: there they are exact, which is why they never prove less than the simplex rung.",
        page="certify",
        link={**LADDER, "methods": "simplex,interval,fast-lin,crown,deepfool"},
    ),
    Step(
        "Why a bound is loose",
        "Each unstable unit adds the gap between its lines. The **LP** takes the best that any such lines can prove, "
        "the whole triangle for every unit at once. What is still missing above it is not a matter of cleverer lines: "
        "it is the price of replacing each unit by its convex hull.",
        page="certify",
        link={**LADDER, "methods": "interval,fast-lin,crown,alpha-crown,lp,deepfool"},
    ),
    Step(
        "Attacks come down",
        "One step along the gradient's signs, many steps, the nearest hyperplane of the current region, region after "
        "region: each finds a point of another class and so an upper bound. When the lowest attack and the highest "
        "proof meet, the number is known.",
        page="certify",
        link={**LADDER, "methods": "crown,fgsm,pgd,deepfool,cw,linear-region"},
    ),
    Step(
        "The exact value",
        "The exact search encloses the number from both sides until its bounds meet; you may stop it and keep what it "
        "has. Now every rung can be judged: how much of the truth did each method prove?",
        page="certify",
        link={**LADDER, "methods": "simplex,interval,fast-lin,crown,lp,pgd,linear-region,exact"},
    ),
    Step(
        "A whole data set",
        "The same for all points at once: for each $\\varepsilon$ the share of points that an attack breaks (at least) "
        "and that cannot be proved safe (at most). The truth lies between the two curves.",
        page="certify",
        link={"data": "mmr", "p": "inf", "show": "data"},
    ),
)

SLICES = (
    Step(
        "A plane of images",
        "Three digits span a plane in the space of all images; every point of it is an image. **Hover**: you see it, "
        "and the scores that each network gives it. On the way from one digit to another the scores are affine, piece "
        "by piece, for these networks are affine on each linear region.",
        page="slices",
        link={"edges": "0"},
    ),
    Step(
        "All regions of a trained network",
        "The plane is cut into *all* of its linear regions, counted over each picture. Where more than can be "
        "drawn are there, the lines of one unit in so many are shown, as the badge says. Both networks have "
        "1 024 units and were trained on the same digits; what differs is what they were asked for.",
        page="slices",
        link={"below": "numbers"},
    ),
    Step(
        "Zoom: detail does not run out",
        "What is in view is found afresh after each zoom. Close to a digit the plain network has regions upon regions; "
        "under MMR, whose training pushes region boundaries and decision boundaries away from the data, there are few.",
        page="slices",
        link={"view": "-0.4,0.4,-0.4,0.4"},
    ),
    Step(
        "A certificate in all 784 dimensions",
        "The pin is the first digit itself. The green ball is **proved**: nothing in it, on this plane or off it, has "
        "another class. The red one reaches the nearest decision boundary *on the plane*. Off the plane the adversary "
        "has 782 directions more, and DeepFool finds an image of another class much nearer.",
        page="slices",
        link={"pin": "0,0", "view": "-4,4,-4,4"},
    ),
    Step(
        "What the adversary sees",
        "The same digit, and the plane through its nearest adversarial image. Along that direction the class changes "
        "almost at once in the plain network. Compare the images under the picture: the change is hard to see.",
        page="slices",
        link={"plane": "directions", "u": "adversarial", "v": "b", "about": "a", "pin": "0,0"},
    ),
    Step(
        "How far apart the boundaries are",
        "$d_B$, the distance to the nearest place where some unit switches, from digit to digit along the sides of the "
        "triangle: on a logarithmic scale. Large regions are what makes $\\min(d_B, d_D)$ a strong certificate.",
        page="slices",
        link={"below": "edges"},
    ),
    Step(
        "What they look at",
        "The gradient of the margin at each image: which pixels would change the decision most. Trained for "
        "robustness, it follows the strokes; trained without, it looks like noise.",
        page="slices",
        link={"below": "gradients"},
    ),
)

FIG_3 = {"data": "kw", "widths": "100, 100, 100, 100", "lr": "0.001", "steps": "1000", "batch": "12", "p": "inf"}

TRAIN = (
    Step(
        "One network, two goals",
        "Two copies of one network, with the same initial weights and the same batches. The left one learns only to "
        "be right: cross entropy. The right one is asked for **room** as well. Press **play** and watch the regions: "
        "one picture shatters, in the other the regions around the data swell.",
        page="train",
    ),
    Step(
        "What MMR asks for",
        "Inside its linear region a point is safe up to $\\min(d_B, d_D)$. So MMR adds to the loss $\\lambda$ times "
        "$\\frac{1}{k_B}\\sum_j \\max(0, 1 - d_B^j/\\gamma_B) + \\max(0, 1 - d_D/\\gamma_D)$: boundaries nearer than "
        "$\\gamma_B$ and decision hyperplanes nearer than $\\gamma_D$ are pushed away. Move $\\lambda$ while "
        "it trains.",
        page="train",
        link={"fill": "region"},
    ),
    Step(
        "Counting what is safe",
        "Around each point stands a ball of radius ε: **green** with a tick where it is proved that the class stays, "
        "**red** with a cross where an attack breaks it, **grey** where neither is known. The numbers over the "
        "pictures count them. Move ε, and play.",
        page="train",
        link={"eps": "0.1", "fill": "class"},
    ),
    Step(
        "Learning from attacks",
        "*Adversarial training* attacks half of each batch before the network learns from it. That moves the decision "
        "boundary away from the points, but it proves nothing, and the regions stay small: compare the attacked and "
        "the proved balls with those of plain training.",
        page="train",
        link={"data": "moons", "widths": "32, 32", "b": "adversarial", "p": "inf", "eps": "0.1", "steps": "2000"},
    ),
    Step(
        "Learning what can be proved",
        "Wong and Kolter minimise an **upper bound** of the loss that any attack within ε can cause. When that bound "
        "is small, the boxes are proved: on these twelve points robust training makes all of them green, plain "
        "training does not.",
        page="train",
        link={**FIG_3, "b": "kw", "eps": "0.08"},
    ),
    Step(
        "Back and forth in time",
        "Every moment is kept. Drag the knob of the **timeline**, click a curve to go where it bends, play all as a "
        "film, or rewind to the same initial weights and change one thing. Curves and film can be taken away.",
        page="train",
        link={"a": "plain", "b": "kmmr", "c": "adversarial"},
    ),
)

ORIGIN = {"pin": "0,0", "p": "inf"}
KW_POINT = {"pin": "0.8632,0.5415", "p": "inf", "eps": "0.08", "axes": "turned"}

POLYTOPE = (
    Step(
        "What an adversary can reach",
        "On the left an input and all its perturbations with $\\|\\delta\\|_\\infty \\le \\varepsilon$: a square. On "
        "the right what the network makes of them, $\\{f(x + \\delta)\\}$: the **adversarial polytope**, grey, exact. "
        "Move the mouse over the square: a dot on the right shows where that input is taken.",
        page="polytope",
        link={**ORIGIN, "bounds": "none", "eps": "0.1"},
    ),
    Step(
        "As long as nothing switches",
        "Here $\\varepsilon < d_B$: no unit switches in the square, so the network is one affine map $Vx + a$ on it. "
        "The image of a square under an affine map is a parallelogram: convex, and Fast-Lin and CROWN bound it exactly "
        "in each of the 64 directions in which they are asked. What little they leave here lies between directions.",
        page="polytope",
        link={**ORIGIN, "bounds": "fast-lin,crown", "eps": "0.0006", "reach": "0.003"},
    ),
    Step(
        "Folded along the units' lines",
        "Now units switch inside the square. At each line the map changes, and the image is **folded**: it is no "
        "longer convex. The dashed line is its convex hull, the best that any convex bound can do. Point at a vertex "
        "on the right: the input that reaches it is shown on the left.",
        page="polytope",
        link={**ORIGIN, "bounds": "none", "eps": "0.25"},
    ),
    Step(
        "Bounds are polygons around it",
        "A bound says for each direction $c$ how far outputs can go: $c\\cdot f(x+\\delta) \\le h(c)$. All these "
        "half-planes together cut out a polygon. Loose ones are light, tight ones dark; the numbers say how many times "
        "the hull's area each has. Let ε grow with ▶.",
        page="polytope",
        link={**ORIGIN, "eps": "0.1"},
    ),
    Step(
        "What crosses the line decides",
        "On the red line both outputs are equal. The grey set stays on one side: no perturbation changes the class. "
        "Fast-Lin and CROWN cross the line and **cannot tell**; the LP is tight enough to prove it. At ε = 0.18 no "
        "bound here is, though it is still true; at 0.2 it is no longer true.",
        page="polytope",
        link={**ORIGIN, "eps": "0.16"},
    ),
    Step(
        "Why the bound is loose",
        "The one inexact step: a unit with $\\ell < 0 < u$ is *unstable*, and its bent graph is replaced by an area "
        "around it. Fast-Lin takes parallel lines of slope $\\frac{u}{u-\\ell}$, the LP the whole triangle. Dots are "
        "what really occurs: on the graph alone. And each unit may choose its place in the triangle **on its own**, "
        "though all look at one input. So looseness adds up, layer by layer.",
        page="polytope",
        link={**ORIGIN, "eps": "0.16", "unit": "30"},
    ),
    Step(
        "A network that can be bounded",
        "After *robust training* the bound itself was made small: this point of Wong and Kolter's twelve is proved by "
        "every method, far from the line. The axes are difference and sum of the outputs, so the line is upright. "
        "Compare *Fig. 7, before* in the sidebar: true, but hardly proved.",
        page="polytope",
        link={**KW_POINT, "from": "robust"},
    ),
    Step(
        "Unstable, and tight all the same",
        "Looseness need not reach the margin. Here two of four units are unstable, and yet Fast-Lin's least margin is "
        "exactly the true one: what the relaxation adds lies in directions that do not count. Only intervals, which "
        "forget what units share, lose the proof.",
        page="polytope",
        link={
            "from": "explore",
            "data": "tight",
            "pin": "0.1,0.55",
            "p": "inf",
            "eps": "0.2",
            "axes": "turned",
            "bounds": "interval,fast-lin,lp",
        },
    ),
)

TOURS = {"explore": EXPLORE, "certify": CERTIFY, "train": TRAIN, "polytope": POLYTOPE, "slices": SLICES}
