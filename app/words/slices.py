"""Values that metrics are cut by, in words; those of other vocabularies are in codes."""

_CHANNELS = {
    "phone": ("Phone", "Телефон"),
    "ivr": ("Voice menu", "Голосовое меню"),
    "chat": ("Chat", "Чат"),
    "email": ("E-mail", "Эл. почта"),
    "sms": ("Text message", "SMS"),
    "letter": ("Letter", "Письмо"),
    "social": ("Social media", "Соцсети"),
    "push": ("App message", "Уведомление в приложении"),
    "app": ("App", "Приложение"),
    "web": ("Web", "Сайт"),
    "shop": ("Shop", "Салон"),
    "dealer": ("Dealer", "Дилер"),
    "visit": ("Visit", "Визит"),
    "regulator": ("Regulator", "Регулятор"),
    "monitoring": ("Monitoring", "Мониторинг"),
    "other": ("Other", "Прочее"),
}
_CHANNEL_KINDS = {
    "voice": ("Voice", "Голос"),
    "written": ("Written", "Переписка"),
    "digital": ("Digital", "Приложение и сайт"),
    "in_person": ("In person", "Лично"),
    "third_party": ("Third party", "Третья сторона"),
    "network": ("Network", "Сеть"),
    "other": ("Other", "Прочее"),
}
_REASONS = {
    "repair": ("Repair", "Ремонт"),
    "move": ("Move", "Переезд"),
    "roaming_or_usage": ("Roaming or usage", "Роуминг или расход"),
}
_REASON_AREAS = {
    "use": ("Use", "Использование"),
    "pay": ("Pay", "Оплата"),
    "join_or_change": ("Join or change", "Подключение и изменения"),
    "leave": ("Leave", "Уход"),
    "ask": ("Ask", "Вопросы"),
    "other": ("Other", "Прочее"),
}
_CAUSE_GROUPS = {
    "site": ("Site", "Площадка"),
    "network": ("Network element", "Элемент сети"),
    "line": ("Line", "Линия"),
    "radio": ("Radio", "Радио"),
    "premises": ("At the customer's", "У клиента"),
    "external": ("Others", "Третьи лица"),
    "work": ("Work of ours", "Наши работы"),
    "other": ("Other", "Прочее"),
}
# Beside those of codes.
_CAUSES = {
    "environment": ("Environment", "Среда"),
    "intrusion": ("Intrusion", "Проникновение"),
    "synchronisation": ("Synchronisation", "Синхронизация"),
    "capacity": ("Capacity", "Ёмкость"),
    "redundancy": ("Redundancy lost", "Потеря резерва"),
    "transmission": ("Transmission", "Передача"),
    "antenna": ("Antenna", "Антенна"),
}
_FIRST_ALERTS = {
    "alarm": ("Alarm", "Сигнал аварии"),
    "monitoring": ("Monitoring", "Мониторинг"),
    "ticket": ("Customer's ticket", "Заявка клиента"),
}
_RESOURCE_TYPES = {
    "core": ("Core", "Ядро сети"),
    "aggregation": ("Aggregation", "Агрегация"),
    "access": ("Access", "Доступ"),
    "cell": ("Cell", "Сота"),
    "port": ("Port", "Порт"),
    "cpe": ("Customer equipment", "Оборудование клиента"),
    "microwave_node": ("Microwave node", "Радиорелейный узел"),
}
_ACTIVITIES = {
    "contact": ("Contacts", "Обращения"),
    "visit": ("Visits", "Визиты"),
    "ticket": ("Tickets", "Заявки"),
    "notice": ("Messages", "Сообщения"),
    "credit": ("Credits", "Компенсации"),
}
_REQUEST_TYPES = {
    "cancel": ("To end the subscription", "Закрыть подписку"),
    "port": ("To take the number along", "Перенести номер"),
}
_ESTIMATORS = {
    "chance": ("Random order", "Случайный порядок"),
    "risk ranking": ("Risk ranking", "Порядок по риску"),
    "response model": ("Response model", "Модель отклика"),
    "class transformation": ("Class transformation", "Преобразование классов"),
    "model": ("Model", "Модель"),
    "last repeat": ("What was taken last", "Взятое последним"),
    "what goes with what": ("What goes with what", "Что с чем берут"),
}

WORDS: dict[str, tuple[str, str]] = {
    f"{vocabulary}.{code}": words
    for vocabulary, codes in {
        "channel": _CHANNELS,
        "channel_kind": _CHANNEL_KINDS,
        # A code may be a whole area or group, where a source tells no more.
        "reason": _REASON_AREAS | _REASONS,
        "reason_area": _REASON_AREAS,
        "cause_group": _CAUSE_GROUPS,
        "fault": _CAUSE_GROUPS | _CAUSES,
        "first_alert": _FIRST_ALERTS,
        "resource_type": _RESOURCE_TYPES,
        "activity": _ACTIVITIES,
        "request_type": _REQUEST_TYPES,
        "estimator": _ESTIMATORS,
        "exit_cause": {"other": ("Other causes", "Прочие причины")},
    }.items()
    for code, words in codes.items()
}
