"""The way history says no."""


class HistoryIsAppendOnly(Exception):
    """An event was about to be changed or removed."""

    def __init__(self) -> None:
        super().__init__("Audit events are only ever added.")
