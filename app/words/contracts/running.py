"""Tickets, journeys, links and the running of it all (M46–M49)."""

RUSSIAN = {
    # M46
    (
        "Share of the tickets resolved in the period (closed, where no resolution is told) that "
        "were opened again, as known now. One that was withdrawn or rejected, as a duplicate is, "
        "was not resolved."
    ): (
        "Доля заявок, решённых за период (закрытых, если решение не указано), которые потом "
        "открыли снова, насколько это известно сейчас. Отозванная или отклонённая (например, "
        "дубль) решённой не считается."
    ),
    "tickets reopened / tickets resolved": "переоткрытые заявки / решённые заявки",
    # M46b
    (
        "Nine of ten tickets still open at the end of the period were no older, in calendar "
        "hours. A period known in part ends where our knowledge does. A ticket counts as open "
        "until it was last resolved, or closed where no resolution is told; one opened again since "
        "is open. One whose state says it is over, but not since when, is left out."
    ): (
        "Девять из десяти заявок, ещё открытых в конце периода, не старше, в календарных часах. "
        "Неполный период кончается там же, где наши данные. Заявка открыта, пока не решена в "
        "последний раз (или закрыта, если решение не указано); открытая с тех пор снова – открыта. "
        "Заявки, закончившиеся по своему состоянию неизвестно когда, не учитываются."
    ),
    "90th percentile(end of period − opened)": "90-й процентиль(конец периода − открыта)",
    # M46c
    (
        "Of the tickets whose agreed time to resolve ended in the period, the share resolved by "
        "then (closed, where no resolution is told). A ticket not yet due is not judged; one "
        "that was withdrawn or rejected is left out, and so is one without an agreed time. A day "
        "agreed on is up when it is over. The clock is the calendar's: time that a ticket waits "
        "for the customer counts."
    ): (
        "Из заявок, согласованный срок решения которых истёк за период, – доля решённых к нему "
        "(закрытых, если решение не указано). Заявка, срок которой ещё не наступил, не "
        "оценивается; отозванные, отклонённые и не имеющие срока не учитываются. Срок, названный "
        "днём, истекает, когда день кончился. Время календарное: ожидание клиента тоже идёт в счёт."
    ),
    "tickets due and settled by then / tickets due": (
        "заявки, решённые к наступившему сроку / заявки с наступившим сроком"
    ),
    # M47
    (
        "Of the journeys that ended in the period, the share that reached what the customer set "
        "out for: ordered and active, moved, helped, paid, left. What a line lived through under "
        "a problem is a journey, too (degrade), and reaches its goal once service is back: "
        "usually most are of that kind, so read them by kind. A bill is paid by money received; a "
        "ticket that was withdrawn or rejected helped nobody; of contacts about one matter the "
        "last one's coding holds, and where nobody coded it they are left out. A call for help "
        "begins with the first contact about it, not with the ticket that this led to; a ticket "
        "of the network's own, which names a problem and nobody, is no journey. Open journeys are "
        "backlog and count when they end."
    ): (
        "Из путей, завершившихся за период, – доля тех, где клиент получил то, за чем пришёл: "
        "заказал и пользуется, переехал, получил помощь, оплатил, ушёл. То, что подписка пережила "
        "из-за сбоя, – тоже путь («Сбой»), он доходит до цели, когда услуга восстановлена: таких "
        "обычно больше всего, поэтому смотрите по видам. Счёт оплачен, когда "
        "деньги пришли; отозванная или отклонённая заявка никому не помогла; из обращений по "
        "одному делу верна отметка последнего, а где отметок нет, они не учитываются. Просьба о "
        "помощи начинается с первого обращения о ней, а не с заявки, к которой оно привело; "
        "собственная заявка сети, где назван сбой, но не клиент, путём не считается. Открытые "
        "пути – это остаток, они считаются, когда завершатся."
    ),
    "journeys that reached their goal / journeys ended": (
        "пути, дошедшие до цели / завершившиеся пути"
    ),
    # M47b
    (
        "Calendar hours from the start of a journey to its end, median over the journeys that "
        "ended in the period and say when."
    ): (
        "Календарные часы от начала пути до конца, медиана по путям, которые завершились за "
        "период и где известно когда."
    ),
    "median hours from start to end": "медиана часов от начала до конца",
    # M47c
    (
        "What a journey cost the customer: contacts about it while it lasted, hand-offs between "
        "teams and promises that were moved (as the order or what fulfils it tells, whichever "
        "tells of more), per journey that ended in the period."
    ): (
        "Чего путь стоил клиенту: обращения по нему, пока он длился, передачи между командами и "
        "переносы обещанного срока (по заказу или по его исполнению – где их названо больше), на "
        "путь, завершившийся за период."
    ),
    "Σ (contacts + hand-offs + re-promises) / journeys ended": (
        "Σ (обращения + передачи + переносы срока) / завершившиеся пути"
    ),
    # M47p90
    (
        "Calendar hours from the start of a journey to its end, 90th percentile over the "
        "journeys that ended in the period and say when."
    ): (
        "Календарные часы от начала пути до конца, 90-й процентиль по путям, которые завершились "
        "за период и где известно когда."
    ),
    "90th percentile of hours from start to end": "90-й процентиль часов от начала до конца",
    # M48
    "Share of rows of an edge that found their partner with confidence of at least 0.9.": (
        "Доля строк связи, нашедших пару с уверенностью не ниже 0,9."
    ),
    "rows linked with confidence ≥ 0.9 / eligible rows": (
        "строки, связанные с уверенностью ≥ 0,9 / строки, которые должны быть связаны"
    ),
    # M49
    (
        "Minutes from the beginning of the last event a source system told of (a ticket by its "
        "opening and by the changes of state told of it, a visit by the window agreed) until the "
        "build's now, the midnight after the last delivery. An event told again is one. Systems "
        "that deliver only states tell of no event."
    ): (
        "Минуты от начала последнего события, о котором сообщила система-источник (для заявки – "
        "её открытие и переданные смены состояния, для визита – начало согласованного окна), до "
        "момента сборки – полуночи после последней поставки. Событие, переданное повторно, – одно. "
        "Системы, передающие только состояния, о событиях не сообщают."
    ),
    "now − last event": "сейчас − последнее событие",
    # M49b
    (
        "Share of the questions of the two doors that the last visit answered with yes, "
        "comparisons with the release before left out. A door that gets a no of weight stops the "
        "run, so the noes behind a release are warnings."
    ): (
        "Доля вопросов двух дверей, на которые последний прогон ответил «да», без сравнений с "
        "прошлым выпуском. Дверь, получившая важное «нет», останавливает запуск, поэтому «нет» "
        "за выпуском – это предупреждения."
    ),
    "checks passed / checks asked": "пройденные проверки / заданные проверки",
}
