"""Invented people: names and log-in names of clinicians and leaders."""

import numpy as np

# Surnames are put together from two parts, so that no real clinician is meant.
_FIRST = ("Alder", "Ash", "Barrow", "Birch", "Black", "Bram", "Brook", "Burn", "Carr", "Clay", "Copper", "Crow", "Dale",
          "Dun", "Elder", "Elm", "Fair", "Fenn", "Flint", "Fox", "Garth", "Glen", "Grim", "Hale", "Hart", "Hazel",
          "Holm", "Iron", "Keld", "Lang", "Lark", "Marsh", "Mill", "Moor", "North", "Oak", "Pike", "Raven", "Red",
          "Rook", "Rowan", "Rush", "Sand", "Silver", "Stan", "Stone", "Thorn", "Under", "Wath", "Whin", "Wild",
          "Winter", "Wren", "Yarrow")  # fmt: skip
_SECOND = ("acre", "bank", "beck", "bridge", "burn", "by", "combe", "dale", "den", "field", "ford", "garth", "gate",
           "gill", "ham", "head", "hurst", "ley", "low", "mere", "more", "ridge", "shaw", "side", "stead", "thorpe",
           "ton", "wath", "well", "wick", "wood", "worth")  # fmt: skip
_INITIALS = "ABCDEFGHIJKLMNOPRSTVWY"
_SURGICAL = ("Mr", "Miss", "Mrs", "Ms", "Mr")
_PROFESSORS = 0.05


def people(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    """`count` people, each with another initial and surname."""
    surnames = [first + second for first in _FIRST for second in _SECOND if first.lower() != second]
    chosen = rng.permutation(len(surnames) * len(_INITIALS))[:count]
    return [(_INITIALS[number % len(_INITIALS)], surnames[number // len(_INITIALS)]) for number in chosen]


def title(rng: np.random.Generator, *, is_surgeon: bool) -> str:
    """Form of address: surgeons are Mr or Miss, physicians Dr, a few are professors."""
    if rng.random() < _PROFESSORS:
        return "Prof"
    return str(rng.choice(_SURGICAL)) if is_surgeon else "Dr"
