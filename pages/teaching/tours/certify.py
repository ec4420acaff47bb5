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
                "This page closes in on one number: how far one must move the pinned point until the network gives "
                "it another class.",
                "there is a smallest perturbation",
                SAID,
            ),
            Sentence(
                "A **lower bound** proves that no shorter move does it, an **attack** shows one that does.",
                "lower bounds below, attacks above",
                RUNGS,
            ),
            Sentence(
                "Each method is one row, a rung of the ladder: the first comes from the point's own linear region, "
                "$\\min(d_B, d_D)$.",
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
                "Let the point move by at most $\\varepsilon$, and note the least and the largest value that each "
                "unit can then take, layer by layer: its interval.",
                "intervals are the ranges of ranges",
                RUNGS,
            ),
            Sentence(
                "Each unit is treated as if it were alone: two that can never be large at the same time are both "
                "taken at their largest.",
                "intervals forget what units share",
            ),
            Sentence("So the proof is right, but it does not reach far.", "the interval rung is true and loose", RUNGS),
        ),
    ),
    Step(
        "Lines around each unit",
        "certify",
        {**LADDER, "methods": "simplex,interval,fast-lin,crown,deepfool"},
        (
            Sentence(
                "A unit that may be on or off while the point moves is *unstable* ($\\ell < 0 < u$): its bent graph "
                "is enclosed between two straight lines.",
                "two lines enclose an unstable unit",
            ),
            Sentence(
                "Straight lines can be followed back to the input, so that what units share is not lost: here both "
                "methods prove more than intervals.",
                "lines prove more than intervals here",
                RUNGS,
            ),
            Sentence(
                "**Fast-Lin** takes parallel lines, of slope $\\frac{u}{u-\\ell}$; **CROWN** takes the lower line "
                "that leaves less area.",
                "the lines of Fast-Lin and CROWN",
                RUNGS,
            ),
            Sentence(
                "As long as no unit switches ($\\varepsilon \\le d_B$) nothing has to be enclosed: there both are "
                "exact, so they never prove less than the first rung.",
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
            Sentence(
                "Only unstable units cost anything: between their two lines lies a gap.", "only unstable units cost"
            ),
            Sentence(
                "The **LP**, a linear program, finds the best that any such lines can prove: it takes the whole "
                "triangle around each bend, of all units at once.",
                "no lines prove more than the LP",
                RUNGS,
            ),
            Sentence("Here CROWN's lines reach it already.", "CROWN reaches the LP here", RUNGS),
            Sentence(
                "What is still missing above it needs more than better lines: it is the price of filling each bend "
                "up to a triangle.",
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
                "*FGSM* takes one step along the gradient's signs, *PGD* many small ones, *DeepFool* goes to the "
                "nearest place where its region's formula changes class, and *Linear region* looks in region after "
                "region.",
                "FGSM steps along signs",
                RUNGS,
            ),
            Sentence(
                "Each finds a point of another class nearby: the number is at most that far away, an upper bound.",
                "every attack finds another class",
                RUNGS,
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
                "The exact search closes in on the number from both sides until its bounds meet.",
                "the exact search encloses",
                RUNGS,
            ),
            Sentence(
                "Stopped early, it keeps both bounds it has, and both are true.",
                "what the search has is true at any time",
            ),
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
                "The same for all points at once: for each distance $\\varepsilon$ the share of points that an "
                "attack breaks (the error is at least that), and the share that no proof covers (it is at most that).",
                "attacks from below, certificates from above",
                ("certify-curves",),
            ),
            Sentence(
                "The truth lies between the two curves.", "the exact robust error lies between", ("certify-curves",)
            ),
        ),
    ),
)
