"""Bills and disputes (M34–M35)."""

RUSSIAN = {
    # M34
    (
        "Share of the bills of the period above 1.5 times the median of the last 6 on-cycle "
        "bills before (of as many as there are), and more than 10 above it in the currency of "
        "the bill. A bill of one subscription is compared with those of that subscription, one "
        "that names none with all of its account, and none with one in another currency. A first "
        "bill counts as a bill but is never a shock."
    ): (
        "Доля счетов за период, которые больше чем в 1,5 раза превышают медиану последних 6 "
        "регулярных счетов (или стольких, сколько есть) и больше неё более чем на 10 в валюте "
        "счёта. Счёт одной подписки сравнивается со счетами этой подписки, счёт без указанной "
        "подписки – со всеми счетами лицевого счёта, и никакой – со счетами в другой валюте. "
        "Первый счёт входит в число счетов, но шоком не бывает."
    ),
    "bill shocks / bills": "шоки от счёта / счета",
    # M34b
    (
        "As M34, after taking off the bill what the customer ordered: the rise, tax included, of "
        "recurring and one-off charges of products added, changed or moved by an order "
        "completed since the oldest bill in the median, against that bill."
    ): (
        "Как M34, но из счёта вычтено то, что клиент заказал сам: рост с налогом регулярных и "
        "разовых начислений за продукты, добавленные, изменённые или перенесённые заказом, "
        "который выполнен после самого старого счёта в медиане, по сравнению с тем счётом."
    ),
    "bill shocks not explained by orders / bills": "шоки от счёта, не объяснённые заказами / счета",
    # M35
    "Share of the bills of the period that were disputed within 60 days.": (
        "Доля счетов за период, оспоренных в течение 60 дней."
    ),
    "bills disputed within 60 days / bills": "счета, оспоренные за 60 дней / счета",
    # M35b
    (
        "Share of the amounts disputed that was credited, over disputes closed in the period, "
        "whenever they were opened."
    ): (
        "Какая доля оспоренных сумм возмещена, по спорам, закрытым за период, когда бы они ни "
        "были открыты."
    ),
    "amounts credited / amounts disputed": "возмещённые суммы / оспоренные суммы",
}
