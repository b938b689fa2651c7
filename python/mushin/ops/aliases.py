"""PyTorch's other names for ops, of functions and methods alike. The methods follow from the functions' names."""

from mushin.ops import compare, elementwise, unary

absolute = unary.abs
arccos = unary.acos
arccosh = unary.acosh
arcsin = unary.asin
arcsinh = unary.asinh
arctan = unary.atan
arctan2 = elementwise.atan2
arctanh = unary.atanh
divide = elementwise.div
fix = unary.trunc
greater = compare.gt
greater_equal = compare.ge
less = compare.lt
less_equal = compare.le
multiply = elementwise.mul
negative = unary.neg
not_equal = compare.ne
sgn = unary.sign
subtract = elementwise.sub
true_divide = elementwise.div

__all__ = [
    "absolute",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "divide",
    "fix",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "multiply",
    "negative",
    "not_equal",
    "sgn",
    "subtract",
    "true_divide",
]
