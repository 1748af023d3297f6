"""Words of the Customer page."""

WORDS = {
    "customer.question": (
        "What is happening with this customer now, what happened before, and what is worth doing?",
        "Что происходит с клиентом сейчас, что было раньше и что стоит сделать?",
    ),
    "find": ("Find a customer or subscription", "Найти клиента или подписку"),
    "find.example": ("Subscription or customer id", "Номер подписки или клиента"),
    "find.help": (
        "The pseudonymous id, exactly as in the lists of this app. Names and phone numbers are "
        "not in "
        "this data.",
        "Псевдоним точно как в списках приложения. Имён и телефонов в этих данных нет.",
    ),
    "find.empty": ("Whom do you want to see?", "Кого показать?"),
    "find.empty.why": (
        "Enter an id above, or come from a list: Churn has those at risk, Service impact those a "
        "problem hit.",
        "Введите номер выше или придите из списка: «Отток» – кто под риском, «Влияние сбоев» – "
        "кого "
        "задело.",
    ),
    "not_found": ("Not found", "Не найдено"),
    "not_found.why": (
        "No subscription or customer has the id “{id}” in this release. Ids are matched exactly.",
        "Ни у подписки, ни у клиента нет номера «{id}» в этом выпуске. Номер должен совпасть "
        "точно.",
    ),
    "no_subscription": ("A customer without subscription", "Клиент без подписки"),
    "no_subscription.why": (
        "This customer is known, but no subscription is.",
        "Клиент известен, но подписок у него нет.",
    ),
    "subscriptions.of": ("Subscriptions of this customer ({n})", "Подписки клиента ({n})"),
    "ended": ("ended", "закончилась"),
    "since": ("Since", "С"),
    "left_on": ("Left on {day}: {cause}.", "Подписка закончилась {day}: {cause}."),
    "no_outage": (
        "No outage known at {moment} UTC.",
        "На {moment} UTC перерывов не известно.",
    ),
    "active_outage": (
        "**Active outage since {since} UTC** ({kind}, {cause}): problem {problem}, customers hit: "
        "{customers}. As known at {moment} UTC.",
        "**Перерыв с {since} UTC** ({kind}, {cause}): сбой {problem}, задето клиентов: "
        "{customers}. "
        "По данным на {moment} UTC.",
    ),
    "active_degradation": (
        "**Degraded service since {since} UTC** ({kind}, {cause}): problem {problem}, customers "
        "hit: "
        "{customers}. As known at {moment} UTC.",
        "**Ухудшение с {since} UTC** ({kind}, {cause}): сбой {problem}, задето клиентов: "
        "{customers}. По данным на {moment} UTC.",
    ),
    "see_problem": ("See problem {problem}", "Открыть сбой {problem}"),
    "cxi.help": (
        "Customer experience index (M42), 0 to 100; 100 is untroubled. Points lost stand below. "
        "Source: `marts.fct_cxi_day`",
        "Индекс опыта (M42), от 0 до 100; 100 – без неприятностей. Потерянные баллы ниже. "
        "Источник: "
        "`marts.fct_cxi_day`",
    ),
    "times_average": ("{times}× average", "{times}× среднего"),
    "minutes_down_90d": ("Minutes down, 90 d", "Минут без услуги, 90 дн."),
    "minutes_down_90d.help": (
        "Outage minutes of this subscription in the last 90 days, planned ones included. Source: "
        "`marts.fct_service_impact`",
        "Минуты перерывов этой подписки за 90 дней, включая плановые. Источник: "
        "`marts.fct_service_impact`",
    ),
    "contacts_90d": ("Contacts, 90 d", "Обращений, 90 дн."),
    "contacts_90d.help": (
        "Contacts and digital sessions of the last 90 days. Source: `marts.fct_interaction`",
        "Обращения и цифровые сеансы за 90 дней. Источник: `marts.fct_interaction`",
    ),
    "last_bill": ("Last bill", "Последний счёт"),
    "last_bill.help": (
        "Amount due incl. tax; the line shows the bills before. Source: `marts.fct_bill`",
        "Сумма к оплате с налогом; линия – прежние счета. Источник: `marts.fct_bill`",
    ),
    "bill_shock": ("Bill shock", "Скачок счёта"),
    "not_monitored": ("Not monitored", "Не наблюдается"),
    "not_monitored.why": (
        "No service is linked to this subscription, so we could not have seen trouble: no index.",
        "С подпиской не связана услуга, поэтому неприятностей мы бы не увидели: индекса нет.",
    ),
    "timeline": ("What happened", "Что было"),
    "timeline.how": (
        "Both sides on one axis, last {months} months; bars last as long as the event. Below: "
        "everything, newest first.",
        "Обе стороны на одной оси, {months} мес.; полоса – длительность. Ниже всё, новое сверху.",
    ),
    "timeline.alt": ("{n} events on one time axis", "Событий на оси времени: {n}"),
    "no_events": ("Nothing is known to have happened", "Ничего не известно"),
    "no_events.why": (
        "A silent, untroubled service – or one we receive no events for; see link coverage on "
        "Overview.",
        "Тихая услуга без неприятностей – или без событий в выгрузках; см. полноту связей в "
        "«Обзоре».",
    ),
    "when": ("When (UTC)", "Когда (UTC)"),
    "what": ("What", "Что"),
    "side": ("Side", "Сторона"),
    "lane": ("Kind", "Вид"),
    "reference": ("Reference", "Номер"),
    "answer": ("answer", "ответ"),
    "points": ("What spoiled the experience", "Что испортило опыт"),
    "points.how": (
        "Points of the index lost to each experience; they add up exactly.",
        "Баллы индекса, потерянные на каждом событии; в сумме сходятся точно.",
    ),
    "points.sum": (
        "100 − **{lost}** points lost = **{cxi}** on {day}.",
        "100 − потеряно **{lost}** = **{cxi}** на {day}.",
    ),
    "points.none": ("Untroubled", "Без неприятностей"),
    "points.none.why": (
        "Nothing fell short of its target, so the index is 100.",
        "Всё соответствовало целям, индекс равен 100.",
    ),
    "points.rest": ("{n} more, together", "Ещё {n}, вместе"),
    "points.alt": ("{lost} points lost in all", "Всего потеряно баллов: {lost}"),
    "points_lost": ("Points lost", "Потеряно баллов"),
    "domain": ("Part of the experience", "Часть опыта"),
    "score.title": ("How likely to leave", "Вероятность ухода"),
    "score.sentence": (
        "**{score}** against {base} on average; rank {rank} of all scored on {day}.",
        "**{score}** при среднем {base}; место {rank} среди всех оценённых на {day}.",
    ),
    "no_score": ("No score", "Оценки нет"),
    "no_score.left": ("This subscription has ended.", "Подписка закончилась."),
    "no_score.why": (
        "Only subscriptions that were in the base at the last cut-off are scored.",
        "Оцениваются только подписки, бывшие в базе на последний срез.",
    ),
    "offer": ("What they may want next", "Что может понадобиться"),
    "offer.how": (
        "Products not held yet, likeliest first. A probability to take it, not a promise it is "
        "good "
        "for them.",
        "Продукты, которых ещё нет, от вероятных. Это вероятность подключения, а не польза.",
    ),
    "offer.reason": ("{score} {kind}", "{score}: {kind}"),
    "a_month": ("{price} a month", "{price} в месяц"),
    "no_offer": ("No recommendation", "Рекомендации нет"),
    "no_offer.why": (
        "This subscription was not scored, or holds everything it could take.",
        "Подписка не оценивалась или уже имеет всё доступное.",
    ),
    "history": ("Bills, orders, contacts", "Счета, заказы, обращения"),
    "history.how": ("Newest first.", "Новое сверху."),
    "amount": ("Amount", "Сумма"),
    "usual_amount": ("Usual amount", "Обычная сумма"),
    "currency": ("Currency", "Валюта"),
    "action": ("Action", "Действие"),
    "lead_hours": ("Hours taken", "Заняло часов"),
    "is_late": ("Late", "С опозданием"),
    "channel": ("Channel", "Канал"),
    "direction": ("Direction", "Направление"),
    "is_human_handled": ("By a person", "С сотрудником"),
    "is_repeat": ("Repeat", "Повтор"),
    "none_known": ("None known", "Ничего не известно"),
    "none_known.why": (
        "The extracts hold none for this subscription.",
        "В выгрузках для этой подписки ничего нет.",
    ),
}
