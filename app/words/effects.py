"""Words about what a bad experience causes."""

WORDS = {
    "effects": ("What drives them out", "Что заставляет уходить"),
    "effects.how": (
        "Caused by one unit, against like lines without it; line: 95% interval. Filled: clear. "
        "Method and limits: docs/effects.md.",
        "Вызвано одной единицей, против таких же подписок без неё; черта – 95 % интервал. "
        "Закрашено – явно. Метод: docs/effects.md.",
    ),
    "effects.finding": (
        "**{unit}** a thousand times over brings **{value}** exits ({low} to {high}) within {days} "
        "days that would not have come otherwise.",
        "На тысячу единиц («**{unit}**») приходится **{value}** (от {low} до {high}) уходов за "
        "{days} дней, которых иначе не было бы.",
    ),
    "effects.unclear": (
        "No kind of event **clearly** causes exits here: each interval holds zero.",
        "**Явного** влияния на уходы нет: каждый интервал включает ноль.",
    ),
    "effects.alt": ("{unit}: {value} exits per thousand", "{unit}: {value} уходов на тысячу"),
    "effects.none": ("Nothing estimated", "Оценок нет"),
    "effects.none.why": (
        "`cx train` estimates effects once there are enough events.",
        "Их оценивает `cx train`, когда событий достаточно.",
    ),
    "effects.unit": ("One unit", "Единица"),
    "effects.outcome": ("Causes", "Вызывает"),
    "effects.exits": ("Exits per thousand", "Уходов на тысячу"),
    "effects.per_thousand": ("Per thousand units", "На тысячу единиц"),
    "effects.without": ("Without it", "Без неё"),
    "effects.without.help": (
        "What a thousand such lines would have had in the window all the same.",
        "Сколько было бы у тысячи таких подписок и без события.",
    ),
    "effects.money": ("Money per unit", "Деньги за единицу"),
    "effects.lines": ("Lines exposed", "Подписок задето"),
    "dose.hour without service": ("An hour without service", "Час без услуги"),
    "dose.day late": ("A day late", "День опоздания"),
    "dose.bill": ("A bill shock", "Шок от счёта"),
    "dose.contact": ("A contact not resolved", "Нерешённое обращение"),
    "outcome.exits": ("exits", "уходы"),
    "outcome.contacts": ("contacts", "обращения"),
    "effect_status.usable": ("may be used", "можно использовать"),
    "effect_status.too few": ("too few to use", "слишком мало"),
    "effect_status.placebo failed": (
        "not to be used: the groups differed before",
        "не использовать: группы различались и раньше",
    ),
}
