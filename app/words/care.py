"""Words of the care desk: its answers, its reconciliation of bills, and the codes only it tells."""

_WAIT = {
    "visit": ("A technician's visit", "Визит техника"),
    "waits_for_repair": ("A repair of the network", "Ремонт сети"),
    "customer_absent": ("The customer, who was not there", "Клиент: его не было на месте"),
    "number_locked": ("A number that is locked", "Заблокированный номер"),
    "wrong_address": ("An address that is wrong", "Неверный адрес"),
    "no_free_port": ("A free port", "Свободный порт"),
    "activation_failed": ("Activation, which failed", "Сбой активации"),
    "missed_by_us": ("We did not come", "Мы не приехали"),
    "missed_by_customer": ("Nobody was there", "Клиента не было"),
    "fallout": ("An error in the order", "Ошибка в заказе"),
    "capacity": ("No capacity", "Нет мощностей"),
    "unknown": ("A reason that was not delivered", "Причина не указана"),
}
_BILL_CAUSE = {
    "unchanged": ("Unchanged", "Без изменений"),
    "new_product": ("New", "Новое"),
    "ended_product": ("Ended", "Закончилось"),
    "part_period": ("Charged for part of a month", "Начислено за часть месяца"),
    "plan_change": ("Plan changed", "Смена тарифа"),
    "price": ("Price changed", "Изменилась цена"),
    "usage": ("Usage", "Использование"),
    "one_off": ("One-off charge", "Разовое начисление"),
    "equipment": ("Equipment", "Оборудование"),
    "discount": ("Discount", "Скидка"),
    "credit": ("Credit", "Компенсация"),
    "other": ("Other charge", "Прочее начисление"),
    "tax": ("Tax", "Налог"),
    "unexplained": ("Not explained by any line", "Не объяснено строками счёта"),
}
_CHARGE = {
    "recurring": ("Monthly charge", "Абонентская плата"),
    "usage": ("Usage", "Использование"),
    "one_off": ("One-off", "Разово"),
    "equipment": ("Equipment", "Оборудование"),
    "discount": ("Discount", "Скидка"),
    "credit": ("Credit", "Компенсация"),
}
_DAY_PART = {
    "morning": ("In the morning", "Утром"),
    "afternoon": ("In the afternoon", "Днём"),
    "evening": ("In the evening", "Вечером"),
    "night": ("At night", "Ночью"),
}
_LIMIT = {
    "budget": ("Budget", "Бюджет"),
    "capacity": ("Capacity", "Мощность"),
    "contact fatigue": ("Contacts to one customer", "Число обращений к клиенту"),
    "better left alone": ("Better left alone", "Лучше не беспокоить"),
}
_RECORD = {
    "problem": ("Problem", "Сбой"),
    "alarm": ("Alarm", "Авария"),
    "ticket": ("Ticket", "Заявка"),
    "visit": ("Visit", "Визит"),
    "contact": ("Contact", "Обращение"),
    "order": ("Order", "Заказ"),
    "bill": ("Bill", "Счёт"),
    "payment": ("Payment", "Платёж"),
    "credit": ("Credit", "Компенсация"),
    "refund": ("Refund", "Возврат"),
    "dispute": ("Dispute", "Спор"),
    "port": ("Number move", "Перенос номера"),
    "notice": ("Message", "Уведомление"),
    "survey": ("Survey", "Опрос"),
    "subscription": ("Subscription", "Подписка"),
}
_IDENTIFIER = {
    "customer": ("customer number", "номер клиента"),
    "account": ("billing account", "лицевой счёт"),
    "subscription": ("subscription", "подписка"),
    "service": ("service", "услуга"),
    "order": ("order", "заказ"),
    "ticket": ("ticket", "заявка"),
    "bill": ("bill", "квитанция"),
}
_EFFECT_OF = {
    "assumption": ("an assumption", "допущение"),
    "ml_effect": ("what events did to customers", "действие событий на клиентов"),
    "hold-out of campaigns": ("hold-outs of campaigns", "контрольные группы кампаний"),
    "own hold-out": ("its own hold-out", "собственная контрольная группа"),
}
_CONSENT_PURPOSE = {
    "marketing": ("marketing", "маркетинг"),
    "profiling": ("profiling", "профилирование"),
    "research": ("research", "исследования"),
}

WORDS: dict[str, tuple[str, str]] = {
    f"{vocabulary}.{code}": words
    for vocabulary, codes in {
        "wait": _WAIT,
        "bill_cause": _BILL_CAUSE,
        "charge": _CHARGE,
        "day_part": _DAY_PART,
        "limit": _LIMIT,
        "record": _RECORD,
        "identifier": _IDENTIFIER,
        "consent_purpose": _CONSENT_PURPOSE,
        "effect_of": _EFFECT_OF,
    }.items()
    for code, words in codes.items()
} | {
    "care.us": ("Is it us?", "Дело в нас?"),
    "care.order": ("Where is my order?", "Где мой заказ?"),
    "care.bill": ("Why is the bill different?", "Почему счёт другой?"),
    "care.life": ("What have they been through?", "Что пережил клиент?"),
    "care.offer": ("What to offer?", "Что предложить?"),
    "care.parts": ("Part of the page", "Часть страницы"),
    "care.part.life": ("What happened", "Что было"),
    "care.part.bill": ("Bill", "Счёт"),
    "care.part.orders": ("Orders", "Заказы"),
    "care.part.standing": ("Experience and risk", "Опыт и риск"),
    "care.part.action": ("What may be done", "Что можно сделать"),
    "care.the_customer": ("the customer", "клиент"),
    "care.lines": ("{n} lines", "линий: {n}"),
    "care.no_team": ("no team yet", "команды пока нет"),
    "care.card": ("Sheet", "Лист"),
    "care.card.help": (
        "This page as one HTML file to print or keep. Numbers of the customer are masked; taking "
        "it is in the audit log.",
        "Страница одним файлом HTML для печати. Номера клиента скрыты; выдача записана в журнал.",
    ),
    "find.several": (
        "This number stands for {n} customers: choose",
        "Под этим номером клиентов: {n}. Выберите",
    ),
    # ------------------------------------------------------------------ is it us
    "us.yes": ("**Yes.** ", "**Да.** "),
    "us.outage": ("Outage", "Перерыв"),
    "us.degradation": ("Degraded service", "Ухудшение услуги"),
    "us.planned_work": ("Planned work", "Плановые работы"),
    "us.open": (
        "{what} since {since} UTC ({cause}), {hours} h so far, on {lines}; other customers hit: "
        "{others}. Problem {problem}.",
        "{what} с {since} UTC ({cause}), уже {hours} ч: {lines}; задето других клиентов: {others}. "
        "Сбой {problem}.",
    ),
    "us.few": ("fewer than 10", "менее 10"),
    "us.taken": ("In work since {moment} UTC.", "В работе с {moment} UTC."),
    "us.end": (
        "Not fixed yet. Going by {n} like it that lasted as long, half are over by **{half}** UTC, "
        "nine in ten by {most}.",
        "Ещё не устранено. Судя по похожим, длившимся не меньше ({n}), половина кончается к "
        "**{half}** UTC, девять из десяти – к {most}.",
    ),
    "us.no_end": (
        "Not fixed yet; too few like it to say when.",
        "Ещё не устранено; похожих слишком мало, чтобы назвать срок.",
    ),
    "us.alarm": (
        "**Perhaps.** An alarm on {element} is open since {since} UTC, and no problem has been "
        "opened for it; it lies on the way of {lines}.",
        "**Возможно.** С {since} UTC открыта авария на {element}, сбой по ней не заведён; через "
        "этот элемент идёт: {lines}.",
    ),
    "us.over": (
        "**Not any more.** {what} from {since} to {until} UTC ({cause}) hit {lines} and is over. "
        "Problem {problem}.",
        "**Уже нет.** {what} с {since} до {until} UTC ({cause}): {lines}; закончилось. Сбой "
        "{problem}.",
    ),
    "us.ahead": (
        "Planned work is to come: {since} to {until} UTC, on {lines}.",
        "Впереди плановые работы: с {since} до {until} UTC, {lines}.",
    ),
    "us.ticket": (
        "Ticket {ticket} is open since {since} UTC, with: {team}.",
        "Заявка {ticket} открыта с {since} UTC, у кого: {team}.",
    ),
    "us.no": (
        "**No.** There is no open problem, alarm or planned work on {lines}, as known at {moment} "
        "UTC.",
        "**Нет.** Ни сбоев, ни аварий, ни плановых работ сейчас нет ({lines}), по данным на "
        "{moment} UTC.",
    ),
    "us.partly": (
        "Not to be told of {lines}: no service of it is known to us.",
        "Нельзя сказать о {lines}: её услуга нам не известна.",
    ),
    "us.blind": (
        "**Cannot tell.** No service is linked to {lines}, so we could not see trouble.",
        "**Сказать нельзя.** Услуга не связана: {lines}; неприятностей мы бы не увидели.",
    ),
    "us.suspended": (
        "**Suspended**: {lines} since {since} UTC. That may be why nothing works, no fault.",
        "**Приостановлена**: {lines}, с {since} UTC. Поэтому может не работать, не из-за сбоя.",
    ),
    "us.suspended.undated": (
        "**Suspended**: {lines}. That may be why nothing works, no fault.",
        "**Приостановлена**: {lines}. Поэтому может не работать, не из-за сбоя.",
    ),
    "us.left": (
        "**No.** The last line ended on {day}.",
        "**Нет.** Последняя линия закончилась {day}.",
    ),
    # ------------------------------------------------------------------ orders
    "order.none": ("No order is known.", "Заказов не известно."),
    "order.open": (
        "**{name}**, ordered {ordered}: {stage} since {since} UTC, with: {team}.",
        "**{name}**, заказано {ordered}: {stage} с {since} UTC, у кого: {team}.",
    ),
    "order.waits": ("It waits for: **{reason}**.", "Ждёт: **{reason}**."),
    "order.promised": ("Promised for {day}.", "Обещано на {day}."),
    "order.unpromised": ("Nothing was promised.", "Срок не обещан."),
    "order.moved": (
        "Promised for {first}, moved to **{now}** (times moved: {n}; last because: {reason}).",
        "Обещано на {first}, перенесено на **{now}** (переносов: {n}; последняя причина: "
        "{reason}).",
    ),
    "order.visit": (
        "A technician comes {since} to {until} UTC.",
        "Техник приедет {since} – {until} UTC.",
    ),
    "order.expected": (
        "Expected by **{day}**, in {days} days.",
        "Ожидается к **{day}**, через {days} дн.",
    ),
    "order.no_date": (
        "**No date stands:** the promise has passed and none was given since.",
        "**Срока нет:** обещанный прошёл, нового не дали.",
    ),
    "order.more": ("More open orders: {n}.", "Ещё открытых заказов: {n}."),
    "order.last": (
        "None is open. The last, {name}, was completed on {day}.",
        "Открытых нет. Последний, {name}, выполнен {day}.",
    ),
    "order.late": ("That was {days} days late.", "С опозданием на {days} дн."),
    "order.last.other": (
        "None is open. The last, {name}, ordered {ordered}: {state}.",
        "Открытых нет. Последний, {name}, заказан {ordered}: {state}.",
    ),
    "order.stage": ("Stage", "Этап"),
    "orders.how": (
        "Open ones first; promises with each move and its reason.",
        "Сначала открытые; обещания со всеми переносами и причинами.",
    ),
    "ordered_on": ("Ordered", "Заказано"),
    "promises": ("Promised", "Обещано"),
    "expected_at": ("Expected (UTC)", "Ожидается (UTC)"),
    "completed_at": ("Completed (UTC)", "Выполнено (UTC)"),
    # ------------------------------------------------------------------ bills
    "bill.none": ("No bill is known.", "Счетов не известно."),
    "bill.prepaid": ("No bill: the line is prepaid.", "Счетов нет: предоплата."),
    "bill.first": (
        "The bill of {day} is the first: {amount}. There is none to compare it with.",
        "Счёт от {day} – первый: {amount}. Сравнить не с чем.",
    ),
    "bill.uncompared": (
        "The bill of {day} ({amount}) cannot be set against that of {before_day}: an amount is "
        "missing, or the currency is another.",
        "Счёт от {day} ({amount}) нельзя сравнить со счётом от {before_day}: нет суммы или другая "
        "валюта.",
    ),
    "bill.same": (
        "The bill of {day} is **the same** as that of {before_day}: {amount}.",
        "Счёт от {day} **такой же**, как от {before_day}: {amount}.",
    ),
    "bill.more": (
        "The bill of {day} is **{difference} more** than that of {before_day} ({amount} against "
        "{before})",
        "Счёт от {day} **больше на {difference}**, чем от {before_day} ({amount} против {before})",
    ),
    "bill.less": (
        "The bill of {day} is **{difference} less** than that of {before_day} ({amount} against "
        "{before})",
        "Счёт от {day} **меньше на {difference}**, чем от {before_day} ({amount} против {before})",
    ),
    "bill.shock": (
        "**A bill shock**: {times} times {usual}, the median of the regular bills before it (at "
        "most six, since {since}).",
        "**Скачок счёта**: в {times} раза выше {usual} – медианы прошлых регулярных счетов (не "
        "более шести, с {since}).",
    ),
    "bill.shock.above": (
        "**A bill shock**: the median of the regular bills before it (at most six, since {since}) "
        "is {usual}.",
        "**Скачок счёта**: медиана прошлых регулярных счетов (не более шести, с {since}) – "
        "{usual}.",
    ),
    "shock.times": (
        "{times} times the median of up to six bills before",
        "в {times} раза выше медианы прошлых счетов (не более шести)",
    ),
    "bill.rest": ("the rest", "остальное"),
    "bill.part_period": ("for part of a month", "за часть месяца"),
    "bill.unexplained": (
        "**{amount} is not explained by any line of the bill.**",
        "**{amount} строками счёта не объяснено.**",
    ),
    "bill.no_lines": (
        "No lines of these bills were delivered, so nothing explains it.",
        "Строки этих счетов не переданы, объяснить нечем.",
    ),
    "bill.card": ("This bill and the one before", "Этот счёт и предыдущий"),
    "bill.card.how": (
        "Ex tax by product and kind of charge, then all tax, then what no line explains; the parts "
        "add up to what was billed. Source: `marts.bill_difference`",
        "Без налога по продуктам и видам начислений, затем налог и необъяснённое; в сумме – сам "
        "счёт. Источник: `marts.bill_difference`",
    ),
    "bill.which": ("Bill", "Счёт"),
    "bill.why": ("Why", "Почему"),
    "bill.difference": ("Difference", "Разница"),
    "bill.same_charges": ("{n} charges", "Начислений: {n}"),
    "bill.total": ("Billed, incl. tax", "К оплате, с налогом"),
    "bill.sum": (
        "The parts are added up by the database, in {currency}.",
        "Части сложены базой данных, валюта: {currency}.",
    ),
    "bill.lines": ("Every line of both bills", "Все строки обоих счетов"),
    "bill.side": ("Bill", "Счёт"),
    "bill.side.this": ("this one", "этот"),
    "bill.side.previous": ("the one before", "предыдущий"),
    "bill.charge": ("Kind of charge", "Вид начисления"),
    "bill.ex_tax": ("Ex tax", "Без налога"),
    "bill.tax": ("Tax", "Налог"),
    # ------------------------------------------------------------------ life
    "life.sum": ("In {days} days: {what}.", "За {days} дней: {what}."),
    "life.quiet": (
        "Nothing but the ordinary in {days} days.",
        "За {days} дней – ничего особенного.",
    ),
    "life.outages": ("outages {n} ({minutes} min)", "перерывы {n} ({minutes} мин)"),
    "life.degradations": ("times degraded {n}", "ухудшения {n}"),
    "life.tickets": ("tickets {n}", "заявки {n}"),
    "life.contacts": ("contacts {n}", "обращения {n}"),
    "life.self_service": ("self-service {n}", "самообслуживание {n}"),
    "life.missed_visits": ("visits missed by us {n}", "не приехали мы {n}"),
    "life.bill_shocks": (
        "bill shocks {n} (against the median of up to six bills before)",
        "скачки счёта {n} (к медиане не более шести прошлых счетов)",
    ),
    "life.disputes": ("disputes {n}", "споры {n}"),
    "life.suspensions": ("times suspended {n}", "приостановки {n}"),
    "life.port_outs": (
        "**asked to take the number away {n}**",
        "**запросы на перенос номера {n}**",
    ),
    "life.survey": ("last survey ({kind}): {score}", "последний опрос ({kind}): {score}"),
    "life.all_lines": ("All lines", "Все линии"),
    "life.filtered": (
        "Choose other kinds or all lines above.",
        "Выберите выше другие виды или все линии.",
    ),
    "life.select": (
        "Select a row to see which file and line say so.",
        "Выберите строку: покажем файл и строку, где это сказано.",
    ),
    # ------------------------------------------------------------------ offers
    "offer.left": ("Nothing: the line has ended.", "Ничего: линия закончилась."),
    "offer.unweighed": (
        "Nothing was weighed for this line: it was not in the base at the last cut-off, or no "
        "model serves.",
        "Для линии ничего не взвешено: её не было в базе на последний срез или нет модели.",
    ),
    "offer.nothing": ("**Do nothing.** {reason}", "**Ничего не делать.** {reason}"),
    "offer.withheld": (
        "**Do nothing:** drawn by chance, so that what “{name}” changes can be measured. Do not "
        "offer it.",
        "**Ничего не делать:** выбран жребием, чтобы измерить действие «{name}». Не предлагать.",
    ),
    "offer.do": (
        "**{name}**, worth {value} ({low} to {high}). {reason}",
        "**{name}**, ценность {value} (от {low} до {high}). {reason}",
    ),
    "offer.row": (
        "`ml.ml_action`: {action}, as of {day}, terms version {terms}; effect from: {effect}",
        "`ml.ml_action`: {action}, на {day}, версия условий {terms}; эффект: {effect}",
    ),
    "offer.card": ("What may be done, and what not", "Что можно сделать и чего нельзя"),
    "offer.card.how": (
        "Everything weighed for this line, in expected money with 95% interval; what consent "
        "forbids is not weighed. Source: `ml.ml_action_option`, `marts.fct_consent`",
        "Всё, что взвешено для линии, в ожидаемых деньгах с 95 % интервалом; без согласия не "
        "взвешивается. Источник: `ml.ml_action_option`, `marts.fct_consent`",
    ),
    "offer.wanted": (
        "Products they may want next, with probability: {names}.",
        "Что может понадобиться, с вероятностью: {names}.",
    ),
    "options.none": ("Nothing to weigh", "Взвешивать нечего"),
    "options.none.why": (
        "No fault, bill or risk calls for anything, or consent forbids it.",
        "Нет ни сбоя, ни счёта, ни риска, или нет согласия.",
    ),
    "options.what": ("Action", "Действие"),
    "options.value": ("Worth", "Ценность"),
    "options.low": ("from", "от"),
    "options.high": ("to", "до"),
    "options.chosen": ("Chosen", "Выбрано"),
    "options.reason": ("Reason", "Почему"),
    "consent.yes": ("Agreed to {purpose} (since {day})", "Согласие: {purpose} (с {day})"),
    "consent.no": (
        "**Did not agree to {purpose}** (since {day})",
        "**Нет согласия: {purpose}** (с {day})",
    ),
    "consent.none": ("No consent is known of", "О согласиях ничего не известно"),
    "reach.chosen": ("Reach them by {channel}, {part}.", "Связь: {channel}, {part}."),
    "reach.any_time": ("at any time of day", "в любое время дня"),
    "reach.habit": (
        "They contact us mostly by {channel} ({n} of {total} in a year), mostly {part} (UTC; {m})",
        "Чаще обращается: {channel} ({n} из {total} за год), {part} (UTC; {m})",
    ),
    "reach.habit.any_time": (
        "They contact us mostly by {channel} ({n} of {total} in a year), at no usual time of day",
        "Чаще обращается: {channel} ({n} из {total} за год), в разное время дня",
    ),
    "reach.mixed": (
        "They contact us in several ways, none of them usual ({total} times in a year)",
        "Обращается по-разному, привычного способа нет (за год: {total})",
    ),
    "reach.unknown": (
        "Too few contacts to tell how they prefer to be reached",
        "Обращений мало: как удобнее связаться, не известно",
    ),
    "reach.approached": (
        "We approached them {n} times in 30 days, last on {day}",
        "Мы обращались за 30 дней: {n}, последний раз {day}",
    ),
    "reach.not_approached": (
        "We have not approached them in 30 days",
        "За 30 дней мы не обращались",
    ),
    "reach.limited": (
        "A better action is kept back by a limit: {limit}",
        "Лучшее действие сдерживает предел: {limit}",
    ),
    # ------------------------------------------------------------------ value and proof
    "cxi.before": ("{value} on {day}", "{value} на {day}"),
    "value.figure": ("Worth yet (CLV)", "Ещё принесёт (CLV)"),
    "value.between": ("{low} to {high}", "от {low} до {high}"),
    "value.help": (
        "Margin the line is expected to bring within the horizon, discounted, with 95% interval "
        "(M43). Source: `ml.ml_value`",
        "Маржа, ожидаемая от линии за горизонт, дисконтированная, с 95 % интервалом (M43). "
        "Источник: `ml.ml_value`",
    ),
    "value.sentence": (
        "Worth yet **{clv} {currency}** within {months} months: {margin} a month, expected to stay "
        "{stays} months.",
        "Ещё принесёт **{clv} {currency}** за {months} мес.: {margin} в месяц, ожидаемый срок "
        "{stays} мес.",
    ),
    "proof": ("Proof", "Источник"),
    "proof.help": (
        "Which delivered file and line say so: {title}",
        "В каком файле и строке это сказано: {title}",
    ),
    "see_problem": ("See it on Service impact", "Открыть во «Влиянии сбоев»"),
    "proof.looked": (
        "Nothing of this customer in {tables}",
        "Об этом клиенте ничего нет в {tables}",
    ),
    "proof.none": (
        "No delivered line is kept for it.",
        "Переданной строки для этого не хранится.",
    ),
    "proof.more": ("{n} more", "ещё {n}"),
    "proof.row": ("line {n}", "строка {n}"),
    "proof.known": ("known {at} UTC", "известно {at} UTC"),
    "proof.earlier": ("told anew later", "позже уточнено"),
    "proof.file": ("File", "Файл"),
    "proof.line": ("Line", "Строка"),
}
