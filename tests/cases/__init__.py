"""THE table of ops: for each the function, a float64 reference, and inputs; a file for each family.

test_cases.py drives everything from it. The kernels that no op shows whole are in of_kernels.py.
"""

from cases.arranging import ARRANGING
from cases.compare import COMPARE
from cases.composed import COMPOSED
from cases.einsum import EINSUM
from cases.elementwise import ELEMENTWISE
from cases.embedding import EMBEDDING
from cases.indexing import INDEXING
from cases.losses import LOSSES
from cases.norms import NORMS
from cases.of_kernels import KERNELS
from cases.optimizers import OPTIMIZERS
from cases.orders import ORDERS
from cases.places import PLACES
from cases.products import PRODUCTS
from cases.recurrent import RECURRENT
from cases.reductions import REDUCTIONS
from cases.shapes import SHAPES
from cases.softmax import SOFTMAX
from cases.stacking import STACKING
from cases.statistics import STATISTICS

CASES = [
    *ELEMENTWISE,
    *COMPARE,
    *REDUCTIONS,
    *ORDERS,
    *NORMS,
    *SOFTMAX,
    *LOSSES,
    *SHAPES,
    *ARRANGING,
    *INDEXING,
    *EMBEDDING,
    *PRODUCTS,
    *RECURRENT,
    *EINSUM,
    *COMPOSED,
    *STACKING,
    *PLACES,
    *STATISTICS,
    *KERNELS,
    *OPTIMIZERS,
]
