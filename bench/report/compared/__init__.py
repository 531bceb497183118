"""Studies of one test compared in pairs: scores, images, classes and costs.

``compare`` reads them from the store alone. The page and the tables that show them are
made in ``bench.report.page.compare``.
"""

from bench.report.compared.compare import Compared, compare, compare_on
from bench.report.compared.contender import Choice, Contender
from bench.report.compared.documents import as_json
from bench.report.compared.images import kept_images
from bench.report.compared.mcnemar import McNemar, mcnemar
from bench.report.compared.pair import Disagreement, Pair

__all__ = [
    "Choice",
    "Compared",
    "Contender",
    "Disagreement",
    "McNemar",
    "Pair",
    "as_json",
    "compare",
    "compare_on",
    "kept_images",
    "mcnemar",
]
