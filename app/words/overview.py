"""Words of the Overview page."""

WORDS = {
    "overview.question": (
        "How is the base doing, what really changed, and what can we not tell?",
        "Как дела у базы, что действительно изменилось и чего мы не знаем?",
    ),
    "overview.finding": (
        "In {month} **{rate}** of subscriptions left per 30 days (95% interval "
        "{interval}){change}.",
        "За {month} ушло **{rate}** подписок за 30 дней (95 % интервал {interval}){change}.",
    ),
    "overview.finding.provisional": (
        "Provisional: some may still come back.",
        "Предварительно: кто-то ещё может вернуться.",
    ),
    "overview.finding.cause": (
        "Most frequent cause: **{cause}** ({share} of exits).",
        "Чаще всего: **{cause}** ({share} уходов).",
    ),
    "overview.finding.few": (
        "The churn rate of {month} counts too few people to be shown; the other figures stand "
        "below.",
        "За {month} ушло слишком мало людей, чтобы показать отток; остальные показатели ниже.",
    ),
    "overview.finding.none": (
        "There is no churn rate for {month}; the other figures stand below.",
        "За {month} нет показателя оттока; остальные показатели ниже.",
    ),
    "base": ("Average base", "Средняя база"),
    "base.help": (
        "Mean of the daily opening counts of active and suspended subscriptions, internal ones "
        "left "
        "out: what churn is a share of.\n\nUnit: subscriptions, per month\n\nSource: `{source}` "
        "(n of M28)",
        "Среднее число активных и приостановленных подписок на начало дня, без внутренних: от него "
        "считается отток.\n\nЕдиница: подписки, за месяц\n\nИсточник: `{source}` (n у M28)",
    ),
    "trend": ("By month", "По месяцам"),
    "changes": ("What changed in {month}", "Что изменилось за {month}"),
    "changes.how": (
        "Against: {before}. A change is clear only when its 95% interval leaves zero out.",
        "Сравнение: {before}. Изменение явное, только если его 95 % интервал не включает ноль.",
    ),
    "readiness": ("What this data can answer", "На что отвечают эти данные"),
    "readiness.how": (
        "Each question, and the columns that would answer it or answer it better.",
        "Вопросы и столбцы, которые дали бы ответ или улучшили его.",
    ),
    "readiness.none": ("Not told", "Не указано"),
    "readiness.none.why": (
        "This release does not say which answers it can give.",
        "Выпуск не говорит, на какие вопросы отвечает.",
    ),
    "question": ("Question", "Вопрос"),
    "missing_columns": ("Columns that are empty", "Пустые столбцы"),
    "trust": ("How far to trust it", "Насколько этому верить"),
    "trust.how": (
        "Link coverage (M48): rows that found their partner, % of those that should.",
        "Полнота связей (M48): строки, нашедшие пару, % от должных.",
    ),
    "trust.fresh": (
        "Data to **{day}**, published {moment} UTC, batch `{batch}`.",
        "Данные по **{day}**, опубликовано {moment} UTC, пакет `{batch}`.",
    ),
    "trust.alt": ("Weakest link: {edge}, {value}", "Самая слабая связь: {edge}, {value}"),
    "no_links": ("No link coverage", "Нет сведений о связях"),
    "no_links.why": (
        "There are no rows that should be linked between the network and the business side.",
        "Нет строк, которые должны связывать сеть и бизнес.",
    ),
    "edge": ("Link", "Связь"),
    "fix": ("To mend most", "Что исправить"),
    "linked": ("Linked", "Связано"),
    "eligible": ("Should be linked", "Должно быть связано"),
    "answer.base": (
        "How many subscriptions we serve, who left and why (M28, M29)",
        "Сколько подписок мы обслуживаем, кто ушёл и почему (M28, M29)",
    ),
    "answer.revenue": ("What a subscription is worth (M33)", "Сколько приносит подписка (M33)"),
    "answer.availability": (
        "How long services were down and for whom (M15, M17, M18)",
        "Как долго не работали услуги и у кого (M15, M17, M18)",
    ),
    "answer.impact": (
        "Problem → customers → contacts → exits (page Service impact)",
        "Сбой → клиенты → обращения → уходы (страница «Влияние сбоев»)",
    ),
    "answer.contacts": (
        "How often customers must contact us (M05, M36)",
        "Как часто клиентам приходится обращаться (M05, M36)",
    ),
    "answer.orders": ("How long an order takes (M22)", "Сколько длится заказ (M22)"),
    "answer.surveys": (
        "What customers say when asked (M01)",
        "Что клиенты отвечают на вопросы (M01)",
    ),
    "answer.experience": (
        "The customer experience index and what spoiled it (M42)",
        "Индекс опыта и что его испортило (M42)",
    ),
    "answer.churn": (
        "Who is likely to leave, and the reasons (page Churn)",
        "Кто может уйти и почему (страница «Отток»)",
    ),
    "answer.preference": (
        "Which product a customer is likely to want next",
        "Какой продукт клиент захочет следующим",
    ),
    "answer.identity": (
        "The same customer in several systems (bdg_customer_xref)",
        "Один клиент в нескольких системах (bdg_customer_xref)",
    ),
    "answer.privacy": (
        "Which purposes a customer agreed to",
        "На какие цели согласился клиент",
    ),
    "answer.network": ("What the network measured and reported", "Что измерила и сообщила сеть"),
    "definitions": ("Definitions:", "Определения:"),
    "definition.of": (
        "Definition, SQL and lineage of {metric}",
        "Определение, SQL и путь {metric}",
    ),
}
