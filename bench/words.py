"""What people in the measured community are called and what they write."""

from random import Random

FIRST = (
    "Ana", "Ben", "Cleo", "Dario", "Elif", "Femi", "Greta", "Hana", "Ivo", "Jun", "Kira", "Leo", "Mira", "Nils",
    "Oona", "Pavel", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Vito", "Wren", "Ximena", "Yuki", "Zoe",
)  # fmt: skip
LAST = (
    "Abe", "Berg", "Costa", "Diaz", "Ek", "Fofana", "Gruber", "Haas", "Ito", "Jansen", "Kovač", "Lind", "Moreau",
    "Novak", "Okafor", "Park", "Quist", "Rossi", "Sato", "Tamm", "Ueda", "Varga", "Weiss", "Xu", "Yilmaz", "Zeman",
)  # fmt: skip
PLACES = (
    "Lisbon", "Ljubljana", "Malmö", "Osaka", "Oaxaca", "Porto", "Riga", "Tromsø", "Turin", "Valparaíso", "Vienna",
    "Wrocław",
)  # fmt: skip
_SCENES = (
    "First light on the harbour", "The last tram of the evening", "Fog over the fields",
    "A quiet corner of the market", "Rain on the station roof", "Two chairs by the window",
    "The old bridge after the storm", "Snow, finally", "A walk along the river", "Kitchen light in October",
    "The neighbour's cat again", "Somewhere above the tree line", "Laundry day", "Low tide", "Grandmother's garden",
)  # fmt: skip
_THOUGHTS = (
    "I had to wait an hour for this.", "Nobody else was there.", "Taken on the way home.", "Film, expired in 2009.",
    "You can almost hear it.", "More of these tomorrow.", "It was colder than it looks.", "I nearly missed it.",
    "Handheld, and it shows.", "We stayed until it was dark.",
)  # fmt: skip
_SUBJECTS = (
    "light", "street", "film", "mist", "sea", "mountain", "city", "portrait", "garden", "winter", "analog", "night",
    "travel", "home", "food", "sky", "bird", "rain",
)  # fmt: skip
_ANSWERS = (
    "Fine light.", "I know this place!", "How did you get that colour?", "Lovely.", "This one stays with me.",
    "What lens was it?", "So calm.", "The second look is the best.", "Wish I had been there.", "Great timing 🙂",
    "That sky!", "Reminds me of home.", "More please.", "Beautiful tones.",
)  # fmt: skip


def captions(rng: Random, usernames: list[str], count: int) -> list[str]:
    """Write captions: two in five with hashtags, one in twenty with a mention, one in ten empty."""
    return [_caption(rng, usernames) if rng.random() < 0.9 else "" for _ in range(count)]


def _caption(rng: Random, usernames: list[str]) -> str:
    parts = [rng.choice(_SCENES) + ".", *rng.sample(_THOUGHTS, rng.choice((0, 1, 1, 2, 3)))]
    if rng.random() < 0.05:
        parts.append(f"With @{rng.choice(usernames)}.")
    if rng.random() < 0.4:
        parts += [f"#{tag}" for tag in dict.fromkeys(_tag(rng) for _ in range(rng.randint(1, 4)))]
    return " ".join(parts)


def _tag(rng: Random) -> str:
    """Choose a hashtag; a few are used very often."""
    return rng.choice(_SUBJECTS) if rng.random() < 0.7 else f"{rng.choice(_SUBJECTS)}{rng.randint(1, 60)}days"


def comments(rng: Random, count: int) -> list[str]:
    """Write comments."""
    return [" ".join(rng.sample(_ANSWERS, rng.choice((1, 1, 1, 2, 3)))) for _ in range(count)]
