"""Losses."""

LOSSES = {
    **{
        f"{loss} of {kind}, {reduction}": (f"nn.{loss}(reduction='{reduction}'{more})(x, t)", inputs)
        for reduction in ("mean", "sum", "none")
        for loss, kind, more, inputs in (
            ("MSELoss", "rows", "", "x=5,7 t=5,7"),
            ("MSELoss", "numbers", "", "x=9 t=9"),
            ("CrossEntropyLoss", "ids", "", "x=6,7 t=ids:6"),
            ("CrossEntropyLoss", "one sample", "", "x=7 t=ids:"),
            ("CrossEntropyLoss", "ids with some ignored", ", ignore_index=2", "x=9,4 t=ids:9"),
            ("CrossEntropyLoss", "probabilities", "", "x=6,7 t=rows:6,7"),
            ("CrossEntropyLoss", "one row of probabilities", "", "x=7 t=rows:7"),
            ("CrossEntropyLoss", "ids of three axes", "", "x=3,5,4 t=ids:3,4"),
            ("CrossEntropyLoss", "ids of four axes, some ignored", ", ignore_index=1", "x=2,5,3,4 t=ids:2,3,4"),
            ("CrossEntropyLoss", "probabilities of four axes", "", "x=2,5,3,4 t=rows:2,5,3,4"),
        )
    },
    "CrossEntropyLoss of ids that are all ignored": ("nn.CrossEntropyLoss(ignore_index=0)(x, t)", "x=3,4 t=zeros:3"),
}
