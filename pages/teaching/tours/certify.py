"""The tour of Certify: lower bounds climb, attacks descend, the exact value lies between."""

from pages.teaching.steps import Sentence, Step

LADDER = {"of": "toy", "data": "mmr", "network": "shipped", "pin": "0.3,0.2", "p": "inf", "show": "ladder"}
RUNGS = ("certify-ladder",)
SAID = ("certify-verdict",)

CERTIFY = (
    Step(
        "Two sides of one number",
        "certify",
        {**LADDER, "methods": "simplex,deepfool"},
        (
            Sentence(
                "This page asks how small a perturbation can be and still change the class of the pinned point.",
                "there is a smallest perturbation",
                SAID,
            ),
            Sentence(
                "**Lower bounds** prove that no smaller one does it, **attacks** show one that does.",
                "lower bounds below, attacks above",
                RUNGS,
            ),
            Sentence(
                "Each method is a rung of the ladder, one row: the first is the region's own, $\\min(d_B, d_D)$.",
                "the simplex rung is the region's own",
                RUNGS,
            ),
        ),
    ),
    Step(
        "Intervals: quick and loose",
        "certify",
        {**LADDER, "methods": "simplex,interval,deepfool"},
        (
            Sentence(
                "Intervals give every unit the range that its inputs' ranges allow, layer by layer.",
                "intervals are the ranges of ranges",
                RUNGS,
            ),
            Sentence(
                "They treat units as if they were independent: two that can never be large together are both taken at "
                "their largest.",
                "intervals forget what units share",
            ),
            Sentence("So the bound is true, and loose.", "the interval rung is true and loose", RUNGS),
        ),
    ),
    Step(
        "Lines around each unit",
        "certify",
        {**LADDER, "methods": "simplex,interval,fast-lin,crown,deepfool"},
        (
            Sentence(
                "A unit that may be on or off (*unstable*, $\\ell < 0 < u$) is enclosed between two lines.",
                "two lines enclose an unstable unit",
            ),
            Sentence(
                "The lines are traced back to the input, so that what units share is not lost: here both prove more "
                "than intervals.",
                "lines prove more than intervals here",
                RUNGS,
            ),
            Sentence(
                "**Fast-Lin** takes parallel lines of slope $\\frac{u}{u-\\ell}$; **CROWN** takes the lower line that "
                "leaves less area.",
                "the lines of Fast-Lin and CROWN",
                RUNGS,
            ),
            Sentence(
                "No unit is unstable for $\\varepsilon \\le d_B$: there both are exact, which is why they never prove "
                "less than the simplex rung.",
                "lines are exact up to d_B",
                RUNGS,
            ),
        ),
    ),
    Step(
        "Why a bound is loose",
        "certify",
        {**LADDER, "methods": "interval,fast-lin,crown,alpha-crown,lp,deepfool"},
        (
            Sentence("Only unstable units cost anything: between their lines lies a gap.", "only unstable units cost"),
            Sentence(
                "The **LP** takes the best that any such lines can prove, the whole triangle for every unit at once.",
                "no lines prove more than the LP",
                RUNGS,
            ),
            Sentence("Here CROWN's lines reach it already.", "CROWN reaches the LP here", RUNGS),
            Sentence(
                "What is still missing above it is not a matter of cleverer lines: it is the price of replacing each "
                "unit by its convex hull.",
                "the LP proves less than the exact value",
                RUNGS,
            ),
        ),
    ),
    Step(
        "Attacks come down",
        "certify",
        {**LADDER, "methods": "crown,fgsm,pgd,deepfool,linear-region"},
        (
            Sentence(
                "FGSM takes one step along the gradient's signs, PGD many, DeepFool goes to the nearest hyperplane of "
                "the current region, and *Linear region* looks in region after region.",
                "FGSM steps along signs",
                RUNGS,
            ),
            Sentence(
                "Each finds a point of another class, and so an upper bound.", "every attack finds another class", RUNGS
            ),
            Sentence(
                "When the lowest attack and the highest proof meet, the number is known.",
                "meeting bounds are the number",
            ),
        ),
    ),
    Step(
        "The exact value",
        "certify",
        {**LADDER, "methods": "simplex,interval,fast-lin,crown,lp,pgd,linear-region,exact"},
        (
            Sentence(
                "The exact search encloses the number from both sides until its bounds meet.",
                "the exact search encloses",
                RUNGS,
            ),
            Sentence("Stopped early, it keeps both bounds it has.", "what the search has is true at any time"),
            Sentence(
                "Now every rung that shows a number can be judged: how much of the exact one did it prove?",
                "every rung is a share",
                RUNGS,
            ),
        ),
    ),
    Step(
        "A whole data set",
        "certify",
        {"of": "toy", "data": "mmr", "network": "shipped", "p": "inf", "show": "data"},
        (
            Sentence(
                "The same for all points at once: for each $\\varepsilon$ the share of points that an attack breaks "
                "(at least) and that cannot be proved safe (at most).",
                "attacks from below, certificates from above",
                ("certify-curves",),
            ),
            Sentence("The truth lies between.", "the exact robust error lies between", ("certify-curves",)),
        ),
    ),
)
