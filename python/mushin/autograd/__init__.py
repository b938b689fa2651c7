"""The whole tape: Tensor, record, backward, no_grad, gradcheck.

A tensor's values are a NumPy array, `tensor.array`. An op computes an array and calls `record` with a closure that
turns the gradient of its output into the gradients of its inputs. The closure makes a node of the graph. A node
belongs to the tensor it made and refers to its inputs' nodes, never to tensors: dropping the last tensor of a graph
frees all of it at once.

`backward(dy, into)` gets `into[i]` for each input, which says where that gradient shall go:

    SKIP        nobody wants it: do not compute it
    NEW         into a new array
    array       overwrite this array
    (array,)    add to this array

and returns one array for each input (None where it was skipped). Kernels take `into[i]` as it is. An array that is
returned in the place of another one is copied or added by the tape, so a closure may also ignore a destination.
"""

from mushin.autograd.gradcheck import gradcheck
from mushin.autograd.hooks import (
    RemovableHandle,
    checked_gradient,
    register_hook,
    retain_grad,
    retains_grad,
    shown,
)
from mushin.autograd.tape import NEW, SKIP, enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from mushin.autograd.tensor import (
    Tensor,
    as_array,
    check_in_place,
    from_array,
    is_real,
    numbers_of,
    record,
    record_all,
    record_view,
    view_of,
)
from mushin.autograd.touched import list_touched_rows, rows_of_gradient, touched_rows
from mushin.autograd.trace import (
    RecordingError,
    Switch,
    Trace,
    bind_gradient,
    configuration,
    configuration_changed,
    forbid_changes,
    forbid_while_recording,
    forget_trace,
    home_is_shared,
    note_gradient_written,
    note_gradients_used,
    note_write,
    note_writes,
    tracing,
)
from mushin.autograd.versions import new_version, raise_versions_again

__all__ = [
    "NEW",
    "SKIP",
    "RecordingError",
    "RemovableHandle",
    "Switch",
    "Tensor",
    "Trace",
    "as_array",
    "bind_gradient",
    "check_in_place",
    "checked_gradient",
    "configuration",
    "configuration_changed",
    "enable_grad",
    "forbid_changes",
    "forbid_while_recording",
    "forget_trace",
    "from_array",
    "gradcheck",
    "home_is_shared",
    "inference_mode",
    "is_grad_enabled",
    "is_real",
    "list_touched_rows",
    "new_version",
    "no_grad",
    "note_gradient_written",
    "note_gradients_used",
    "note_write",
    "note_writes",
    "numbers_of",
    "raise_versions_again",
    "record",
    "record_all",
    "record_view",
    "register_hook",
    "retain_grad",
    "retains_grad",
    "rows_of_gradient",
    "set_grad_enabled",
    "shown",
    "touched_rows",
    "tracing",
    "view_of",
]
