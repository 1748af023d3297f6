"""Words of the Customer page."""

WORDS = {
    "customer.question": (
        "What is happening with this customer now, what happened before, and what is worth doing?",
        "Что происходит с клиентом сейчас, что было раньше и что стоит сделать?",
    ),
    "find": ("Find a customer by any number", "Найти клиента по любому номеру"),
    "find.example": (
        "Customer, subscription, order, ticket, bill, service",
        "Клиент, подписка, заказ, заявка, квитанция, услуга",
    ),
    "find.help": (
        "The number of a customer, billing account, subscription, service, order, ticket or bill, "
        "exactly as it is written there. Names and phone numbers are not in this data.",
        "Номер клиента, лицевого счёта, подписки, услуги, заказа, заявки или квитанции – точно "
        "как там написано. Имён и телефонов в этих данных нет.",
    ),
    "find.empty": ("Whom do you want to see?", "Кого показать?"),
    "find.empty.why": (
        "Enter an id above, or come from a list: the Work list has those to help, Service impact "
        "those a problem hit.",
        "Введите номер выше или придите из списка: «Список дел» – кому помочь, «Влияние сбоев» – "
        "кого задело.",
    ),
    "not_found": ("Not found", "Не найдено"),
    "not_found.why": (
        "No customer, account, subscription, service, order, ticket or bill has the number “{id}” "
        "in this release. Numbers are matched exactly.",
        "Ни у клиента, счёта, подписки, услуги, заказа, заявки или квитанции нет номера «{id}» в "
        "этом выпуске. Номер должен совпасть точно.",
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
    "cxi.help": (
        "Customer experience index (M42), 0 to 100; 100 is untroubled. Points lost stand below. "
        "Source: `marts.fct_cxi_day`",
        "Индекс опыта (M42), от 0 до 100; 100 – без неприятностей. Потерянные баллы ниже. "
        "Источник: "
        "`marts.fct_cxi_day`",
    ),
    "times_average": ("{times}× average", "{times}× среднего"),
    "not_monitored": ("Not monitored", "Не наблюдается"),
    "not_monitored.why": (
        "No service is linked to this subscription, so we could not have seen trouble: no index.",
        "С подпиской не связана услуга, поэтому неприятностей мы бы не увидели: индекса нет.",
    ),
    "timeline": ("What happened", "Что было"),
    "timeline.how": (
        "Both sides on one axis, last {months} months; bars last as long as the event. Below: the "
        "last 500, newest first.",
        "Обе стороны на одной оси, {months} мес.; полоса – длительность. Ниже последние 500, новое "
        "сверху.",
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
    "action": ("Action", "Действие"),
    "none_known": ("None known", "Ничего не известно"),
    "none_known.why": (
        "The extracts hold none for this subscription.",
        "В выгрузках для этой подписки ничего нет.",
    ),
}
