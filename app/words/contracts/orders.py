"""Orders, activations and visits (M22–M27)."""

RUSSIAN = {
    # M22
    "Median calendar hours from order to completion, over order items completed in the period.": (
        "Медиана календарных часов от заказа до выполнения, по позициям заказов, выполненным за "
        "период."
    ),
    "median(completed − ordered)": "медиана(выполнено − заказано)",
    # M22b
    (
        "Median calendar hours from the order of a new subscription to its first usage after "
        "that, over subscriptions first used in the period. Add-ons and changes have no first "
        "usage of their own. Where usage comes in daily totals, a day begins at midnight, so use "
        "on the day of the order is not seen."
    ): (
        "Медиана календарных часов от заказа новой подписки до первого пользования после него, "
        "по подпискам с первым пользованием за период. У дополнительных услуг и изменений своего "
        "первого пользования нет. Где использование приходит суммами за день, день начинается в "
        "полночь, поэтому пользование в день заказа не видно."
    ),
    "median(first usage − ordered)": "медиана(первое пользование − заказано)",
    # M22bp90
    (
        "Nine of ten new subscriptions first used in the period took no longer than this, as in "
        "M22b."
    ): (
        "У девяти из десяти новых подписок с первым пользованием за период до него прошло не "
        "больше; как в M22b."
    ),
    "90th percentile(first usage − ordered)": "90-й процентиль(первое пользование − заказано)",
    # M22c
    "As M22, less the time an order item was held for a reason the customer caused.": (
        "Как M22, но без времени, на которое позиция заказа была остановлена по вине клиента."
    ),
    "median(completed − ordered − holds the customer caused)": (
        "медиана(выполнено − заказано − остановки по вине клиента)"
    ),
    # M22cp90
    (
        "Nine of ten order items completed in the period took no longer than this, in the hours "
        "of M22c."
    ): (
        "Девять из десяти позиций заказов, выполненных за период, заняли не больше; часы – как в "
        "M22c."
    ),
    "90th percentile(completed − ordered − holds the customer caused)": (
        "90-й процентиль(выполнено − заказано − остановки по вине клиента)"
    ),
    # M22p90
    (
        "Nine of ten order items completed in the period took no longer than this, in calendar "
        "hours."
    ): (
        "Девять из десяти позиций заказов, выполненных за период, заняли не больше, в "
        "календарных часах."
    ),
    "90th percentile(completed − ordered)": "90-й процентиль(выполнено − заказано)",
    # M23
    (
        "Share of order items completed in the period no later than first promised, however "
        "often the promise was moved since. A promise of a day is kept until that day is over. "
        "Items nobody promised a date for are left out."
    ): (
        "Доля позиций заказов, выполненных за период не позже первого обещанного срока, сколько "
        "бы раз его потом ни переносили. Обещанный день не нарушен, пока он не кончился. "
        "Позиции без обещанного срока не учитываются."
    ),
    "items completed by the first promise / items completed": (
        "позиции, выполненные к первому обещанному сроку / выполненные позиции"
    ),
    # M23b
    (
        "As M23, against the last date promised; one never moved is the first. M23b less M23 is "
        "what promising anew hides."
    ): (
        "Как M23, но по последнему обещанному сроку; если срок не переносили, это первый. M23b "
        "минус M23 – то, что скрывают переносы срока."
    ),
    "items completed by the latest promise / items completed": (
        "позиции, выполненные к последнему обещанному сроку / выполненные позиции"
    ),
    # M23c
    "As M23, against the date the customer asked for. Items without one are left out.": (
        "Как M23, но по дате, которую просил клиент. Позиции без такой даты не учитываются."
    ),
    "items completed by the requested date / items completed": (
        "позиции, выполненные к желаемой дате / выполненные позиции"
    ),
    # M24
    (
        "Share of orders closed in the period with every item completed, each by its first "
        "promise. An order is closed when none of its items is open; failed, cancelled, rejected "
        "and partial items count against it, and ended when we learned of it. Where a source "
        "tells of no promise there is no value. By slice, an order counts in each one its items "
        "touch."
    ): (
        "Доля закрытых за период заказов, где выполнены все позиции и каждая – к своему первому "
        "обещанному сроку. Заказ закрыт, когда ни одна его позиция не открыта; сорванные, "
        "отменённые, отклонённые и частичные позиции считаются против него и закончились тогда, "
        "когда мы об этом узнали. Если источник не сообщает обещанных сроков, значения нет. В "
        "разрезах заказ входит в каждый, которого касаются его позиции."
    ),
    "orders with all items completed by the first promise / orders closed": (
        "заказы, где все позиции выполнены к первому обещанному сроку / закрытые заказы"
    ),
    # M25
    (
        "Share of completed orders no item of which had fallout (M26), a change of what was "
        "asked, a second visit, or any trouble ticket on its subscription, from the item's "
        "completion until 30 days after the order's. An order is completed when all its items "
        "are; a cancelled appointment is no visit. By slice, an order counts in each one its "
        "items touch."
    ): (
        "Доля выполненных заказов, ни одна позиция которых не дала сбоя (M26), не менялась по "
        "содержанию, не потребовала второго визита и по подписке которых от выполнения позиции "
        "до 30-го дня после выполнения заказа не было заявки о неполадках. Заказ выполнен, когда "
        "выполнены все его позиции; отменённый визит визитом не считается. В разрезах заказ "
        "входит в каждый, которого касаются его позиции."
    ),
    "completed orders without trouble / completed orders": (
        "выполненные заказы без трудностей / выполненные заказы"
    ),
    # M26
    (
        "Share of the service orders submitted in the period that had an error, failed, or were "
        "held for more than 24 hours for an internal reason, in any of their items. Jeopardy "
        "alerts do not count. Orders still open may yet fall out, so a period is final 30 days "
        "after it ends. By slice, an order counts in each one its items touch."
    ): (
        "Доля сервисных заказов, поданных за период, у которых хотя бы одна позиция дала ошибку, "
        "сорвалась или стояла больше 24 часов по нашей внутренней причине. Предупреждения о "
        "риске срыва не считаются. Открытые заказы ещё могут сорваться, поэтому период "
        "окончателен через 30 дней после конца. В разрезах заказ входит в каждый, которого "
        "касаются его позиции."
    ),
    "service orders that fell out / service orders submitted": (
        "сервисные заказы со сбоем / поданные сервисные заказы"
    ),
    # M27
    (
        "Share of service order items completed in the period that no person had to touch. Items "
        "whose source does not say are left out."
    ): (
        "Доля позиций сервисных заказов, выполненных за период без участия человека. Позиции, о "
        "которых источник этого не говорит, не учитываются."
    ),
    "items completed without a manual task / items completed": (
        "позиции, выполненные без ручной работы / выполненные позиции"
    ),
    # M27b
    (
        "Share of subscriptions that came into the base in the period and had a fault ticket "
        "within 30 days."
    ): (
        "Доля подписок, пришедших в базу за период, по которым за 30 дней была заявка о "
        "неисправности."
    ),
    "activations with a fault within 30 days / activations": (
        "подключения с неисправностью за 30 дней / подключения"
    ),
    # M27c
    (
        "Share of the appointments due in the period that we missed. Due means its agreed window "
        "is over and it was not cancelled, whatever came of it."
    ): (
        "Доля визитов с наступившим за период сроком, на которые мы не приехали. Срок наступил – "
        "значит, согласованное окно прошло и визит не отменён, чем бы он ни кончился."
    ),
    "appointments missed by us / appointments due": "визиты, сорванные нами / назначенные визиты",
}
