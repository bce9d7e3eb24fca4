"""What can come of asking the database to act: each carries the sentence that the page shows."""


class ReviewError(Exception):
    """The database did not do what a page asked for; the text is a sentence for the person."""


class MayNotError(ReviewError):
    """The person may not do this: a forged request, or a right that ended since the page was opened."""


class BadInputError(ReviewError):
    """Something typed cannot be used; `field` is the name of the input, or empty for the form as a whole."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class SomebodyWasFirstError(ReviewError):
    """What the page showed is no longer so: the person must look again before acting."""


class UnavailableError(ReviewError):
    """The database does not answer, or took too long; nothing was done."""
