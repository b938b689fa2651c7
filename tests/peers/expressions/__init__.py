"""Expressions in PyTorch's names whose values and gradients are compared, a file for each family.

Each is (expression, inputs): in the expression `torch` and `nn` are either library's, and the inputs are `x=5,7` for
normal numbers of a shape, `t=ids:6`, `t=rows:6,7`, `t=signs:6`, `t=zeros:3`, `x=edges` or `x=finite` (see
running.inputs_of).
"""

from peers.expressions.elementwise import ELEMENTWISE
from peers.expressions.layers import LAYERS
from peers.expressions.losses import LOSSES
from peers.expressions.names import NAMES
from peers.expressions.norms import NORMS
from peers.expressions.reductions import REDUCTIONS
from peers.expressions.shapes import SHAPES

FAMILIES = (ELEMENTWISE, LAYERS, LOSSES, NAMES, NORMS, REDUCTIONS, SHAPES)
EXPRESSIONS = {name: expression for family in FAMILIES for name, expression in family.items()}
