"""Contacts, self-service and complaints (M05–M13)."""

RUSSIAN = {
    # M05
    (
        "Contacts the customer began and a person answered, per 1,000 subscriptions and 30 days, "
        "by the end of the contact. Self-service is M05b."
    ): (
        "Обращения, которые начал клиент, а принял сотрудник, на 1000 подписок за 30 дней, по "
        "окончанию обращения. Самообслуживание – в M05b."
    ),
    "inbound human-handled contacts / average base × 1000 × 30 / days": (
        "входящие обращения, принятые человеком / средняя база × 1000 × 30 / дни"
    ),
    # M05b
    "Inbound sessions no person answered, per 1,000 subscriptions and 30 days.": (
        "Входящие сеансы, обошедшиеся без сотрудника, на 1000 подписок за 30 дней."
    ),
    "inbound sessions without a person / average base × 1000 × 30 / days": (
        "входящие сеансы без человека / средняя база × 1000 × 30 / дни"
    ),
    # M06
    (
        "Share of contacts a person answered after which the same customer began another for the "
        "same reason, answered by a person, less than 7 days after the start of the first. "
        "Counted by the end of the first. Contacts of an unknown customer or reason are left "
        "out."
    ): (
        "Доля принятых сотрудником обращений, после которых тот же клиент по той же причине "
        "снова обратился к сотруднику менее чем через 7 дней после начала первого. Считается по "
        "окончанию первого. Обращения с неизвестным клиентом или причиной не учитываются."
    ),
    "contacts followed within 7 days / contacts": "обращения, повторённые за 7 дней / обращения",
    # M06d1
    "As M06, within 1 day.": "Как M06, за 1 день.",
    "contacts followed within 1 day / contacts": "обращения, повторённые за 1 день / обращения",
    # M06d14
    "As M06, within 14 days.": "Как M06, за 14 дней.",
    "contacts followed within 14 days / contacts": "обращения, повторённые за 14 дней / обращения",
    # M06d30
    "As M06, within 30 days.": "Как M06, за 30 дней.",
    "contacts followed within 30 days / contacts": "обращения, повторённые за 30 дней / обращения",
    # M07
    (
        "Share of contacts a person answered that the agent coded as resolved at the first "
        "contact. A contact without a code is not resolved; where nothing is coded there is no "
        "value. Compare with M08, what customers lived."
    ): (
        "Доля принятых сотрудником обращений, которые он отметил как решённые с первого раза. "
        "Обращение без отметки решённым не считается; где отметок нет вовсе, нет и значения. "
        "Сравните с M08 – тем, что было с клиентами на самом деле."
    ),
    "contacts coded resolved at first / contacts": (
        "обращения с отметкой «решено сразу» / обращения"
    ),
    # M08
    (
        "Share of issues settled by one contact. An issue is a run of contacts of one customer "
        "and reason, each less than 7 days after the one before, counted by the end of the last. "
        "Settled means: one contact, not passed on, no contact or session for the same reason "
        "on any channel in 7 days, no ticket linked to it that was opened in 30 days or ever "
        "reopened, no credit to the customer and no exit by own notice or port-out in 30 days, "
        "on the same subscription where both name one. Linked is the ticket the contact names, "
        "else the next one of the subscription that no contact names, opened within 24 hours. A "
        "dispute, credited or not, and a refund are no credits. Issues of an unknown customer or "
        "reason are left out. Where tickets are delivered, nothing is told of the time before "
        "they begin."
    ): (
        "Доля вопросов, решённых одним обращением. Вопрос – цепочка обращений одного клиента по "
        "одной причине, каждое менее чем через 7 дней после предыдущего; считается по окончанию "
        "последнего. Решён значит: одно обращение, без перевода; за 7 дней нет обращений и "
        "сеансов по той же причине ни в одном канале; нет связанной заявки, открытой за 30 дней "
        "или когда-либо переоткрытой; за 30 дней нет компенсации клиенту и нет ухода по своей "
        "воле или с переносом номера – по той же подписке, если она названа в обоих. Связанная "
        "заявка – та, что названа в обращении, иначе следующая заявка подписки, не названная ни "
        "одним обращением и открытая за 24 часа. Спор по счёту, даже удовлетворённый, и возврат "
        "денег компенсацией не считаются. Вопросы с неизвестным клиентом или причиной не "
        "учитываются. Где заявки поступают, о времени до первых из них не говорится ничего."
    ),
    "issues settled by one contact for good / issues": (
        "вопросы, решённые окончательно одним обращением / вопросы"
    ),
    # M09
    (
        "Percentage points by which agents code more contacts as resolved at first than "
        "customers find settled. n is the number of issues behind M08."
    ): (
        "На сколько процентных пунктов больше обращений сотрудники отмечают как решённые с "
        "первого раза, чем решено для клиентов. n – число вопросов в M08."
    ),
    "M07 − M08": "M07 − M08",
    # M10
    (
        "Mean seconds of talk, hold and after-contact work per inbound contact a person "
        "answered, by the end of the contact. Contacts with none of the three told are left out. "
        "No target on its own: a short call that settles nothing helps nobody."
    ): (
        "Среднее число секунд разговора, удержания на линии и обработки после него на входящее "
        "обращение, принятое сотрудником, по окончанию обращения. Обращения, где не указано "
        "ничего из трёх, не учитываются. Сам по себе не цель: короткий звонок, который ничего не "
        "решил, никому не помог."
    ),
    "sum(talk + hold + after-contact work) / contacts": (
        "сумма(разговор + удержание + обработка после) / обращения"
    ),
    # M11
    (
        "Mean number of times an inbound contact a person answered was passed on, by the end of "
        "the contact. Contacts whose transfers are not told are left out."
    ): (
        "Сколько раз в среднем переводили входящее обращение, принятое сотрудником, по окончанию "
        "обращения. Обращения без сведений о переводах не учитываются."
    ),
    "sum(transfers) / contacts": "сумма(переводы) / обращения",
    # M11j
    (
        "Times a journey passed from one team to another: distinct teams it went through less "
        "one, per journey that ended in the period (fct_journey, the journeys of M47). The team "
        "that took the call counts as one, the team of the ticket it led to as another. A "
        "journey no named team touched counts 0."
    ): (
        "Сколько раз путь клиента переходил от одной команды к другой: число разных команд на "
        "нём минус одна, на путь, завершившийся за период (fct_journey, те же пути, что в M47). "
        "Команда, принявшая звонок, – одна, команда заявки, к которой он привёл, – другая. Путь "
        "без единой названной команды даёт 0."
    ),
    "Σ (distinct teams − 1) / journeys ended": "Σ (разные команды − 1) / завершившиеся пути",
    # M12
    (
        "Share of all inbound self-service sessions whose task was done and whose customer began "
        "no contact with a person for the same reason within 24 hours of the session's start. "
        "Sessions given up, and sessions of an unknown customer or reason, are not contained. "
        "Counted by the end of the session."
    ): (
        "Доля всех входящих сеансов самообслуживания, где задача выполнена и клиент по той же "
        "причине не обратился к сотруднику за 24 часа от начала сеанса. Брошенные сеансы и "
        "сеансы с неизвестным клиентом или причиной решёнными не считаются. По окончанию сеанса."
    ),
    "sessions done and not followed by a contact within 24 h / all sessions": (
        "завершённые сеансы без обращения за 24 ч / все сеансы"
    ),
    # M12b
    (
        "Share of all inbound self-service sessions whose task was done, as the session itself "
        "tells. Compare with M12, which looks whether the customer had to call after it."
    ): (
        "Доля всех входящих сеансов самообслуживания, где задача выполнена по данным самого "
        "сеанса. Сравните с M12, где проверено, не пришлось ли клиенту потом звонить."
    ),
    "sessions done / all sessions": "завершённые сеансы / все сеансы",
    # M13
    (
        "Complaint tickets per 1,000 subscriptions and 30 days, by the day they were resolved, "
        "or closed where no resolution is told. Open ones are not in it: see M13b."
    ): (
        "Заявки-жалобы на 1000 подписок за 30 дней, по дню решения, а если он не указан – "
        "закрытия. Открытые сюда не входят: они в M13b."
    ),
    "complaints settled / average base × 1000 × 30 / days": (
        "решённые жалобы / средняя база × 1000 × 30 / дни"
    ),
    # M13b
    "As M13, by the day the complaint was opened.": "Как M13, но по дню открытия жалобы.",
    "complaints opened / average base × 1000 × 30 / days": (
        "открытые жалобы / средняя база × 1000 × 30 / дни"
    ),
    # M13r
    (
        "As M13b, of the complaints a customer took to the regulator or an ombudsman, as known "
        "now. Known from the first ticket whose source tells it: before that there is no figure."
    ): (
        "Как M13b, но только жалобы, с которыми клиент пошёл к регулятору или омбудсмену, "
        "насколько это известно сейчас. Считается с первой заявки, источник которой это "
        "сообщает; до неё значения нет."
    ),
    "complaints opened and taken to the regulator / average base × 1000 × 30 / days": (
        "открытые жалобы, дошедшие до регулятора / средняя база × 1000 × 30 / дни"
    ),
}
