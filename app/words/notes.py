"""What the batch notes in English, and the same in Russian; braces are what stands there.

Longer texts that hold others go first. tests/test_app_desk.py reads the rooms for notes that are
missing here.
"""

NOTES: tuple[tuple[str, str], ...] = (
    # ---- ml/what_if.py
    (
        "The effect is not usable ({status}), so no figure is given.",
        "Эффект нельзя использовать ({status}), поэтому числа нет.",
    ),
    ("The effect may be none.", "Эффекта может не быть."),
    (
        "The change goes beyond what was lived through: this is extrapolated.",
        "Изменение выходит за пределы пережитого: это экстраполяция.",
    ),
    (
        "Taken for granted: each unit costs the same.",
        "Принято без проверки: каждая единица стоит одинаково.",
    ),
    (
        "If nobody leaves or changes plan because of it, which nobody has seen.",
        "Если из-за этого никто не уйдёт и не сменит тариф, чего никто не видел.",
    ),
    (
        "What a price does to exits has not been measured here. A year's gain is gone when {lines} "
        "of {all} lines ({share}) leave because of it.",
        "Как цена влияет на уходы, здесь не измерено. Выигрыш года пропадёт, если из-за неё уйдёт "
        "{lines} из {all} подписок ({share}).",
    ),
    (
        "What a price does to exits, or an exit costs, has not been measured here.",
        "Как цена влияет на уходы или сколько стоит уход, здесь не измерено.",
    ),
)
