"""Codes of the data in words: metrics, causes, kinds, states, events, rules."""

_METRICS = {
    "M01": ("NPS", "NPS"),
    "M05": ("Contact rate", "Частота обращений"),
    "M17": ("Availability", "Доступность"),
    "M18": ("Minutes lost", "Потерянные минуты"),
    "M22": ("Order time (median)", "Срок заказа (медиана)"),
    "M28": ("Churn", "Отток"),
    "M29": ("Churn by cause", "Отток по причинам"),
    "M29i": ("Involuntary churn", "Вынужденный отток"),
    "M29v": ("Voluntary churn", "Добровольный отток"),
    "M33": ("ARPU", "ARPU"),
    "M36": ("Silent customers", "Молчащие клиенты"),
    "M42": ("Experience index (CXI)", "Индекс опыта (CXI)"),
    "M48": ("Link coverage", "Полнота связей"),
}
_UNIT = {
    "% per 30 d": ("% per 30 d", "% за 30 дн."),
    "%": ("%", "%"),
    "per 1000 per 30 d": ("per 1000 per 30 d", "на 1000 за 30 дн."),
    "min": ("min", "мин"),
    "h": ("h", "ч"),
    "money per month": ("money per month", "деньги в месяц"),
    "0..100": ("0..100", "0..100"),
    "−100..100": ("−100..100", "−100..100"),
}
_STATUS = {"final": ("final", "окончательно"), "provisional": ("provisional", "предварительно")}
_READINESS = {
    "available": ("Answered", "Есть ответ"),
    "partial": ("In part", "Частично"),
    "missing": ("Missing", "Нет ответа"),
}
_EXIT_CAUSE = {
    "port_out": ("Moved to another operator", "Перенос номера"),
    "cancel_other": ("Own notice", "Расторжение клиентом"),
    "move_out": ("Moved away", "Переезд"),
    "non_pay": ("Did not pay", "Неоплата"),
    "fraud": ("Fraud", "Мошенничество"),
    "deceased": ("Deceased", "Смерть"),
    "operator": ("Ended by us", "По решению оператора"),
    "inactive": ("Fell silent (prepaid)", "Замолчал (предоплата)"),
    "unknown": ("Unknown cause", "Причина неизвестна"),
    "joined": ("Other causes together", "Прочие причины вместе"),
}
_FAULT = {
    "all": ("All causes", "Все причины"),
    "power": ("Power", "Питание"),
    "fibre_cut": ("Fibre cut", "Обрыв оптики"),
    "hardware": ("Hardware", "Оборудование"),
    "software": ("Software", "ПО"),
    "planned_work": ("Planned work", "Плановые работы"),
    "third_party": ("Third party", "Третья сторона"),
    "configuration": ("Configuration", "Настройка"),
    "congestion": ("Congestion", "Перегрузка"),
    "weather": ("Weather", "Погода"),
    "equipment": ("Customer equipment", "Оборудование клиента"),
    "interference": ("Interference", "Помехи"),
    "line_fault": ("Line fault", "Неисправность линии"),
}
_KIND = {
    "all": ("All", "Все"),
    "planned": ("Planned", "Плановые"),
    "unplanned": ("Unplanned", "Внеплановые"),
}
_CATEGORY = {
    "outage": ("outage", "перерыв"),
    "degradation": ("degradation", "ухудшение"),
    "unknown": ("unknown kind", "вид неизвестен"),
}
_PERIOD = {
    "30d": ("Last 30 days", "30 дней"),
    "90d": ("Last 90 days", "90 дней"),
    "365d": ("Last 365 days", "365 дней"),
    "all": ("All time", "Всё время"),
}
_REGION = {"all": ("All regions", "Все регионы")}
_SEGMENT = {
    "consumer": ("Consumer", "Частные"),
    "business": ("Business", "Бизнес"),
    "soho": ("Small office", "Малый офис"),
}
_FAMILY = {
    "mobile": ("Mobile", "Мобильная связь"),
    "broadband": ("Broadband", "Интернет"),
    "tv": ("TV", "ТВ"),
    "voice": ("Voice", "Телефония"),
}
_CONTRACT = {
    "monthly": ("Monthly", "Помесячный"),
    "one_year": ("One year", "Год"),
    "two_year": ("Two years", "Два года"),
    "12m": ("12 months", "12 месяцев"),
    "24m": ("24 months", "24 месяца"),
    "prepaid": ("Prepaid", "Предоплата"),
}
_EDGE = {
    "alarm→resource": ("Alarm → element", "Авария → элемент"),
    "resource→service": ("Element → service", "Элемент → услуга"),
    "service→subscription": ("Service → subscription", "Услуга → подписка"),
    "ticket→subscription": ("Ticket → subscription", "Заявка → подписка"),
    "ticket→service": ("Ticket → service", "Заявка → услуга"),
    "contact→customer": ("Contact → customer", "Обращение → клиент"),
    "order→service": ("Order → service", "Заказ → услуга"),
    "port→subscription": ("Number move → subscription", "Перенос → подписка"),
    "problem→resource": ("Problem → element", "Сбой → элемент"),
    "notice→customer": ("Notice → customer", "Уведомление → клиент"),
    "bill→customer": ("Bill → customer", "Счёт → клиент"),
    "credit→problem": ("Credit → problem", "Компенсация → сбой"),
}
_FIX = {
    "fill_key": ("fill the column", "заполнить столбец"),
    "align_keys": (
        "write it as the other system does",
        "привести к записи другой системы",
    ),
    "deliver_partner": ("deliver what is missing", "передать недостающее"),
    "tell_apart": ("fill it, several things fit", "заполнить: подходит несколько"),
    "give_surer_key": (
        "fill it, now found by timing or an old number",
        "заполнить: связано лишь по времени или старому номеру",
    ),
}
_THING = {
    "problem": ("problem", "сбой"),
    "alarm": ("alarm", "авария"),
    "resource": ("element", "элемент"),
    "service": ("service", "услуга"),
    "subscription": ("subscription", "подписка"),
    "contact": ("contact", "обращение"),
    "ticket": ("ticket", "заявка"),
    "notice": ("notice", "уведомление"),
    "exit": ("exit", "уход"),
    "credit": ("credit", "компенсация"),
    "customer": ("customer", "клиент"),
}
_RULE = {
    "affected_service": ("named as affected", "указана как затронутая"),
    "failed_resource": ("runs on the failed element", "работает на отказавшем элементе"),
    "topology": ("hangs below the failed element", "ниже отказавшего элемента"),
    "redundancy_group": ("all its backups were down", "отказал весь резерв"),
    "impact_window": ("same customer, in the time window", "тот же клиент, в окно времени"),
    "exit_after_impact": ("left within 30 days after it", "уход за 30 дней после"),
    "named": ("named by the source", "указано источником"),
    "named_by_problem": ("named by the problem", "указано в сбое"),
    "named_by_alarm": ("named by the alarm", "указано в аварии"),
    "ticket": ("through its ticket", "через заявку"),
    "next_ticket": ("the next ticket of the customer", "следующая заявка клиента"),
    "settled_before": ("given when the ticket was settled", "дана по закрытой заявке"),
    "held_by": ("holds the subscription", "владеет подпиской"),
    "realises": ("realises the product", "реализует продукт"),
}
_SIDE = {
    "oss": ("Network side (OSS)", "Сеть (OSS)"),
    "bss": ("Business side (BSS)", "Бизнес (BSS)"),
}
_LANE = {
    "service": ("Service", "Услуга"),
    "ticket": ("Ticket", "Заявка"),
    "visit": ("Visit", "Визит"),
    "contact": ("Contact", "Обращение"),
    "order": ("Order", "Заказ"),
    "bill": ("Bill", "Счёт"),
    "notice": ("Notice", "Уведомление"),
    "survey": ("Survey", "Опрос"),
    "life": ("Subscription", "Подписка"),
}
_EVENT = {
    "outage": ("Outage", "Перерыв"),
    "planned_outage": ("Planned outage", "Плановый перерыв"),
    "degradation": ("Degraded service", "Ухудшение услуги"),
    "quality_throughput_mbps": ("Slow line", "Низкая скорость"),
    "quality_latency_ms": ("High latency", "Большая задержка"),
    "quality_packet_loss_pct": ("Packet loss", "Потери пакетов"),
    "late_order": ("Late order", "Опоздавший заказ"),
    "slow_order": ("Slow order", "Долгий заказ"),
    "failed_order": ("Failed order", "Сорванный заказ"),
    "missed_visit": ("Missed visit", "Сорванный визит"),
    "missed_repair_visit": ("Missed repair visit", "Сорванный ремонтный визит"),
    "bill": ("Bill", "Счёт"),
    "bill_shock": ("Bill shock", "Скачок счёта"),
    "dispute": ("Disputed bill", "Спор по счёту"),
    "adjustment": ("Credit", "Корректировка"),
    "slow_ticket": ("Slow ticket", "Долгая заявка"),
    "reopened_ticket": ("Reopened ticket", "Повторно открытая заявка"),
    "complaint": ("Complaint", "Жалоба"),
    "fault": ("Fault report", "Заявка о неисправности"),
    "request": ("Request", "Запрос"),
    "repeat_contact": ("Repeat contact", "Повторное обращение"),
    "transferred_contact": ("Passed-on contact", "Переведённое обращение"),
    "activation": ("Activated", "Подключение"),
    "plan_change": ("Plan change", "Смена тарифа"),
    "suspend": ("Suspended", "Приостановка"),
    "resume": ("Resumed", "Возобновление"),
    "exit": ("Left", "Уход"),
    "port_out": ("Asked to take the number away", "Запрос на перенос номера"),
    "port_in": ("Brought the number in", "Номер перенесён к нам"),
    "nps_relational": ("Relationship NPS", "NPS отношений"),
    "nps_transactional": ("Contact NPS", "NPS обращения"),
    "csat": ("Satisfaction", "Удовлетворённость"),
    "ces": ("Effort", "Усилие"),
    "completed": ("Visit done", "Визит выполнен"),
    "confirmed": ("Visit agreed", "Визит назначен"),
    "initialized": ("Visit planned", "Визит запланирован"),
    "cancelled": ("Visit called off", "Визит отменён"),
    "payment": ("Payment", "Платёж"),
    "missed_by_us": ("Visit missed by us", "Не приехали мы"),
    "missed_by_customer": ("Nobody was there", "Клиента не было"),
}
_DOMAIN = {
    "use": ("Use", "Пользование"),
    "join_change": ("Join and change", "Подключение и изменения"),
    "pay": ("Pay", "Оплата"),
    "get_help": ("Get help", "Помощь"),
}
_REASON = {
    "fault": ("About a fault", "О неисправности"),
    "billing": ("About a bill", "О счёте"),
    "order": ("About an order", "О заказе"),
    "complaint": ("Complaint", "Жалоба"),
    "info": ("Wants to know something", "Справка"),
    "cancel": ("Wants to leave", "Хочет уйти"),
    "retention": ("About leaving", "Об уходе"),
    "contact": ("Contact", "Обращение"),
}
_ACTION = {
    "add": ("New order", "Новый заказ"),
    "modify": ("Change", "Изменение"),
    "delete": ("Cancellation", "Отключение"),
    "move": ("Move", "Переезд"),
    "noChange": ("No change", "Без изменений"),
}
_ORDER_STATE = {
    "completed": ("Completed", "Выполнен"),
    "inProgress": ("In progress", "В работе"),
    "acknowledged": ("Received", "Принят"),
    "pending": ("Pending", "Ожидает"),
    "held": ("On hold", "Приостановлен"),
    "cancelled": ("Cancelled", "Отменён"),
    "rejected": ("Rejected", "Отклонён"),
    "failed": ("Failed", "Сорван"),
    "partial": ("In part", "Частично"),
}
_PURPOSE = {
    "outage": ("Told of an outage", "О перерыве"),
    "planned_work": ("Told of planned work", "О плановых работах"),
    "order": ("Told of an order", "О заказе"),
    "bill": ("Told of a bill", "О счёте"),
    "marketing": ("Offer", "Предложение"),
    "notice": ("Message", "Сообщение"),
}
_NOTE = {
    "inbound": ("from the customer", "от клиента"),
    "outbound": ("from us", "от нас"),
    "promoter": ("promoter", "промоутер"),
    "passive": ("passive", "нейтрал"),
    "detractor": ("detractor", "критик"),
    "call": ("call", "звонок"),
    "phone": ("phone", "телефон"),
    "ivr": ("voice menu", "голосовое меню"),
    "service_lost": ("for lost service", "за перерыв"),
    "paid_twice": ("paid twice", "двойная оплата"),
    "roaming_or_usage": ("roaming or usage", "роуминг или расход"),
    "delivered": ("delivered", "доставлено"),
    "chat": ("chat", "чат"),
    "app": ("app", "приложение"),
    "web": ("web", "сайт"),
    "shop": ("shop", "салон"),
    "email": ("e-mail", "эл. почта"),
    "sms": ("SMS", "SMS"),
    "push": ("push", "push"),
    "completed": ("completed", "выполнено"),
}
_THEME = {
    "contract": ("Contract", "Договор"),
    "tenure": ("Time with us", "Срок с нами"),
    "price": ("Price", "Цена"),
    "bills": ("Bills", "Счета"),
    "payments": ("Payments", "Платежи"),
    "usage": ("Usage", "Использование"),
    "care": ("Contacts and tickets", "Обращения"),
    "faults": ("Outages and experience", "Сбои и опыт"),
    "orders": ("Orders", "Заказы"),
    "products": ("Products held", "Продукты"),
    "profile": ("Profile", "Профиль"),
    "other": ("Other", "Прочее"),
}
_MEASURE = {
    "auc": ("AUC (95% interval)", "AUC (95 % интервал)"),
    "average_precision": ("Average precision", "Средняя точность"),
    "lift_top_decile": ("Lift, top tenth", "Lift, верхняя десятая"),
    "log_loss": ("Log-loss", "Log-loss"),
    "brier": ("Brier", "Brier"),
    "ece": ("Calibration error", "Ошибка калибровки"),
}
_ESTIMATOR = {
    "champion": ("Churn model", "Модель оттока"),
    "three-line rule": ("Three-line rule", "Правило из трёх строк"),
    "base rate": ("Same risk for everybody", "Одинаковый риск"),
    "logistic": ("Plain logistic regression", "Простая логистическая регрессия"),
}
_SPLIT = {
    "time": ("a later cut-off, never seen", "более поздний срез, не виденный"),
    "cross-validation": ("other customers, same time", "другие клиенты, то же время"),
}
_SCORE_KIND = {
    "probability of taking it": ("likely to take it", "вероятность подключения"),
    "affinity": ("as popular with customers alike", "популярность у похожих клиентов"),
}

WORDS: dict[str, tuple[str, str]] = {
    f"{vocabulary}.{code}": words
    for vocabulary, codes in {
        "metric": _METRICS,
        "metric_unit": _UNIT,
        "status": _STATUS,
        "readiness": _READINESS,
        "exit_cause": _EXIT_CAUSE,
        "fault": _FAULT,
        "kind": _KIND,
        "category": _CATEGORY,
        "period": _PERIOD,
        "region": _REGION,
        "segment": _SEGMENT,
        "contract": _CONTRACT,
        "family": _FAMILY,
        "edge": _EDGE,
        "fix": _FIX,
        "thing": _THING,
        "rule": _RULE,
        "side": _SIDE,
        "lane": _LANE,
        "event": _EVENT,
        "domain": _DOMAIN,
        "reason": _REASON,
        "action": _ACTION,
        "order_state": _ORDER_STATE,
        "purpose": _PURPOSE,
        "note": _NOTE,
        "theme": _THEME,
        "measure": _MEASURE,
        "estimator": _ESTIMATOR,
        "split": _SPLIT,
        "score_kind": _SCORE_KIND,
    }.items()
    for code, words in codes.items()
}
