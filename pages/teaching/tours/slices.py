"""The tour of Slices: trained networks on a plane of images."""

from pages.teaching.steps import Sentence, Step

UNITS = 1024
OFF_PLANE = 28 * 28 - 2
DIGITS = {"images": "mnist-5k", "a": "1", "b": "4", "c": "7"}
TWO = {**DIGITS, "first": "mnist-fc1-linf-plain", "second": "mnist-fc1-linf-mmr", "p": "2", "pixels": "0"}
HERE = {**TWO, "plane": "three", "size": "2", "about": "middle", "below": "numbers"}
LEFT, PICTURES = ("slices-pictures",), ("slices-pictures", "slices-beside")

SLICES = (
    Step(
        "A plane of images",
        "slices",
        {**HERE, "edges": "0"},
        (
            Sentence(
                "Three digits span a plane, as any three points do; each point of the plane is an image, a mixture "
                "of them.",
                "a plane through three digits",
                LEFT,
            ),
            Sentence(
                "**Point at** one: you see it, and the scores that each network gives it.",
                "hover: an image and its scores",
                PICTURES,
            ),
            Sentence(
                "On the way from one digit to another each score changes along straight pieces: in each linear "
                "region the network is one formula, an affine map.",
                "scores are piecewise affine",
            ),
        ),
    ),
    Step(
        "All regions of a trained network",
        "slices",
        HERE,
        (
            Sentence(
                "The plane is cut into *all* of its linear regions; the number over each picture counts them.",
                "all regions are counted",
                (*PICTURES, "slices-counts"),
            ),
            Sentence(
                "Both networks have <units> units and were trained on the same digits; what differs is what they were "
                "asked for.",
                "same units, same digits, other objectives",
                values={"units": UNITS},
            ),
            Sentence(
                "The plain one on the left has more than twice as many regions.",
                "the plain network has more regions",
                ("slices-counts",),
            ),
        ),
    ),
    Step(
        "Zoom: detail does not run out",
        "slices",
        {**HERE, "view": "-0.4,0.4,-0.4,0.4"},
        (
            Sentence(
                "What is in view is found afresh after each zoom.", "wheel: found afresh", (*PICTURES, "slices-counts")
            ),
            Sentence(
                "Close to a digit the plain network has many regions; under MMR, a training that pushes their "
                "boundaries away from the data, there are few.",
                "few regions near a digit under MMR",
                ("slices-counts",),
            ),
        ),
    ),
    Step(
        "A certificate in all dimensions",
        "slices",
        {**HERE, "pin": "0,0", "view": "-4,4,-4,4"},
        (
            Sentence("The pin is the first digit itself.", "the pin is a digit", LEFT),
            Sentence(
                "The small green ball is *proved*: no image in it has another class, on this plane or off it.",
                "no attack breaks the proved ball",
                (*LEFT, "slices-verdict"),
            ),
            Sentence(
                "The largest circle reaches the nearest decision boundary *on the plane*, at the cross; the one "
                "between the two has radius $d_D$.",
                "the largest circle reaches the boundary",
                LEFT,
            ),
            Sentence(
                "Off the plane the adversary has <more> directions more, and DeepFool finds an image of another class "
                "at less than half that distance.",
                "DeepFool is nearer than the plane's boundary",
                ("slices-verdict",),
                {"more": OFF_PLANE},
            ),
        ),
        below=110,
    ),
    Step(
        "What the adversary sees",
        "slices",
        {
            **TWO,
            "plane": "directions",
            "u": "adversarial",
            "v": "b",
            "size": "2",
            "about": "a",
            "pin": "0,0",
            "below": "numbers",
        },
        (
            Sentence(
                "The same digit, and the plane through its nearest adversarial image.",
                "the plane holds the adversarial image",
                LEFT,
            ),
            Sentence(
                "Along that direction the class changes in the plain network after a fifth of the way to the next "
                "digit, or sooner.",
                "the class changes soon",
                LEFT,
            ),
            Sentence(
                "Compare the images under the picture: the change is hard to see.",
                "the change is small",
                ("slices-images",),
            ),
        ),
        below=230,
    ),
    Step(
        "How far apart the boundaries are",
        "slices",
        {**HERE, "below": "edges"},
        (
            Sentence(
                "$d_B$, how far one may move before some unit switches, on the way from digit to digit along the "
                "sides of the triangle; the scale is logarithmic.",
                "d_B along the sides",
                ("slices-edges",),
            ),
            Sentence(
                "Under MMR it is on average <times> times as large, or more.",
                "MMR's regions are larger",
                ("slices-edges",),
                {"times": 5},
            ),
            Sentence(
                "Large regions make strong certificates: $\\min(d_B, d_D)$ is proved in each.",
                "so is the radius of the region",
            ),
        ),
    ),
    Step(
        "What they look at",
        "slices",
        {**HERE, "below": "gradients"},
        (
            Sentence(
                "The gradient of the margin at each image says which pixels would change the decision most.",
                "the gradient is the steepest change",
                ("slices-gradients",),
            ),
            Sentence(
                "Trained for robustness, it follows the strokes; trained without, it looks like noise.",
                "robust gradients follow the strokes",
                ("slices-gradients",),
            ),
        ),
    ),
)
