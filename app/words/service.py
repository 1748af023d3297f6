"""Words of the Service impact page."""

WORDS = {
    "technology": ("Technology", "Технология"),
    "technology.all": ("All", "Все"),
    "technology.microwave": ("Microwave", "РРЛ"),
    "technology.help": (
        "Of the element that failed, as the inventory tells it.",
        "Отказавшего элемента – по данным инвентаря.",
    ),
    "least": ("Customers hit at least", "Задето не менее"),
    "least.any": ("Any number", "Любое число"),
    "least.help": (
        "Of the problems listed and ranked; the sums are of all.",
        "Для списка и рейтинга сбоев; суммы – по всем.",
    ),
    "service.left_out": (
        "Minutes, contacts, tickets and notices, here and by month and area, are less "
        "than in all: they leave out {problems} of the {all} problems, which hit fewer than {k} "
        "customers each, whom a sum would give away.",
        "Минуты, обращения, заявки и уведомления здесь, по месяцам и районам – меньше всех: "
        "без сбоев ({problems} из {all}), задевших менее {k} клиентов каждый, – сумма бы их "
        "выдала.",
    ),
    "areas.churn": ("Churn in {region}", "Отток: {region}"),
    "service.question": (
        "Which problems cost customers most, and what followed: contacts, tickets, exits?",
        "Какие сбои дороже всего обошлись клиентам и что было потом: обращения, заявки, уходы?",
    ),
    "service.finding": (
        "**{problems}** problems cost **{minutes}** customer-minutes, {planned} of them in planned "
        "work.",
        "Сбоев: **{problems}**, потеряно клиенто-минут: **{minutes}**, из них в плановых работах "
        "{planned}.",
    ),
    "service.finding.few": (
        "**{problems}** problems, which hit too few customers to be told of.",
        "Сбоев: **{problems}**; задетых клиентов слишком мало, чтобы о них говорить.",
    ),
    "service.finding.worst": (
        "The costliest one ({cause}, {region}, {day}) made up **{share}** of them.",
        "На самый дорогой ({cause}, {region}, {day}) пришлось **{share}**.",
    ),
    "kind": ("Kind", "Вид"),
    "period_before": ("period before", "период раньше"),
    "period_last_year": ("a year ago", "год назад"),
    "against.period.prev": ("The period before", "Период раньше"),
    "against.period.year": ("Same period last year", "Тот же период год назад"),
    "against.period.week": ("Same day a week before", "Тот же день неделей раньше"),
    "against.period.target": ("The target", "Цель"),
    "service.month": (
        "{metrics}: {month}, {part}; only these have targets, which are by month.",
        "{metrics}: {month}, {part}; цели есть только у них, они помесячные.",
    ),
    "area": ("Area", "Район"),
    "areas.all": ("All areas", "Все районы"),
    "areas": ("Areas that lost most", "Районы с большими потерями"),
    "areas.how": (
        "Customer-minutes lost by where the fault was. Click a bar to see that area alone.",
        "Потерянные клиенто-минуты по месту сбоя. Нажмите на полосу, чтобы выбрать район.",
    ),
    "map": ("Where it happened", "Где это было"),
    "map.how": (
        "Disc: customer-minutes lost by area; dots: sites. No map of another host is asked for.",
        "Круг – потерянные клиенто-минуты по районам; точки – площадки. Чужих карт нет.",
    ),
    "map.unplaced": ("Areas without coordinates: {n}.", "Районов без координат: {n}."),
    "map.none": ("Nothing to put on the map", "На карте пусто"),
    "map.none.why": (
        "No problem of the scope has lost minutes and coordinates; fill location.latitude and "
        "longitude.",
        "Нет сбоев с потерями и координатами; заполните location.latitude и longitude.",
    ),
    "map.alt": ("Most minutes lost: {area}, {value}", "Больше всего минут: {area}, {value}"),
    "total.problems": ("Problems", "Сбои"),
    "total.customer_minutes_lost": ("Minutes lost", "Потеряно минут"),
    "total.affected_customers": ("Customers hit", "Задето клиентов"),
    "total.contacts": ("Contacts", "Обращения"),
    "total.tickets": ("Tickets", "Заявки"),
    "total.exits_30d": ("Left within 30 days", "Ушли за 30 дней"),
    "problems.help": (
        "Outages and degradations that began in the period. Source: `marts.fct_problem`",
        "Перерывы и ухудшения, начавшиеся в периоде. Источник: `marts.fct_problem`",
    ),
    "minutes.help": (
        "Minutes without service, summed over problems and services; minutes of two problems at "
        "once "
        "count for both (M18 on Overview counts them once). Source: `marts.fct_problem`",
        "Минуты без услуги, сумма по сбоям и услугам; минуты двух сбоев сразу считаются в обоих "
        "(M18 "
        "на странице «Обзор» – один раз). Источник: `marts.fct_problem`",
    ),
    "affected.help": (
        "Distinct customers whose service was down or degraded, to the nearest {k}: filters and "
        "periods side by side would give few away else. Source: `marts.fct_service_impact`",
        "Разные клиенты, чья услуга пропадала или ухудшалась, с точностью до {k}: иначе фильтры и "
        "периоды, если их сравнить, выдали бы немногих. Источник: `marts.fct_service_impact`",
    ),
    "contacts.help": (
        "Contacts linked to a problem, by name or by time window. Source: `marts.fct_problem`",
        "Обращения, связанные со сбоем по имени или окну времени. Источник: `marts.fct_problem`",
    ),
    "tickets.help": (
        "Tickets linked to a problem, by name or by time window. Source: `marts.fct_problem`",
        "Заявки, связанные со сбоем по имени или окну времени. Источник: `marts.fct_problem`",
    ),
    "exits.none_yet": (
        "nobody was hit 30 days ago or earlier: choose a longer period",
        "никого не задело 30 дней назад или раньше: выберите период длиннее",
    ),
    "exits.help": (
        "Of subscriptions hit at least 30 days ago ({n}), the share that left within 30 days; 95% "
        "interval {low} – {high}; both counts to the nearest {k}. Timing, not cause: compare with "
        "the churn rate (M28) on Overview. Source: `marts.bdg_evidence`",
        "Доля ушедших за 30 дней среди подписок, задетых не менее 30 дней назад ({n}); 95 % "
        "интервал {low} – {high}; оба числа с точностью до {k}. Это время, а не причина: сравните "
        "с оттоком (M28). Источник: `marts.bdg_evidence`",
    ),
    "ranking": ("Costliest problems", "Самые дорогие сбои"),
    "ranking.how": (
        "Customer-minutes lost. Select a bar to see what followed. Orange: unplanned, blue: "
        "planned.",
        "Потерянные клиенто-минуты. Выберите столбец. Оранжевые – внеплановые, синие – плановые.",
    ),
    "ranking.alt": ("Costliest: {problem}, {value}", "Самый дорогой: {problem}, {value}"),
    "by_month": ("Planned and unplanned", "Плановые и внеплановые"),
    "by_month.how": (
        "Customer-minutes lost by the month a problem began.",
        "Потерянные клиенто-минуты по месяцу начала сбоя.",
    ),
    "by_month.alt": (
        "Customer-minutes lost over {months} months",
        "Потерянные минуты, месяцев: {months}",
    ),
    "problems": ("Problems", "Сбои"),
    "problems.how": (
        "Costliest first. Select a row to see what followed. {k} is the fewest customers a "
        "figure may "
        "be about.",
        "Сначала самые дорогие. Выберите строку. Показатели – не менее чем о {k} клиентах.",
    ),
    "problems.cut": (
        "Listed: {shown} of {all}; a file holds {taken}.",
        "В списке {shown} из {all}; в файле {taken}.",
    ),
    "problems.losses": (
        "Revenue is what those hit pay a month; more exits are an association, not a cause.",
        "Выручка – сколько задетые платят в месяц; лишние уходы – связь, а не причина.",
    ),
    "revenue_month": ("Revenue hit", "Задетая выручка"),
    "revenue_month.help": (
        "What the lines hit paid a month when it hit them, ex tax, with add-ons: at risk, not "
        "lost. In steps no smaller than what its nine largest customers pay, so that what few pay "
        "does not follow from it; hidden below a step. Source: `marts.agg_problem_revenue`",
        "Сколько задетые подписки платили в месяц в момент сбоя, без налога, с доп. услугами: под "
        "риском, а не потеряно. С шагом не меньше, чем платят девять крупнейших клиентов, чтобы по "
        "нему нельзя было узнать плату немногих; меньше шага – скрыто. Источник: "
        "`marts.agg_problem_revenue`",
    ),
    "excess": ("More exits", "Лишние уходы"),
    "excess.help": (
        "Of a hundred lines an unplanned outage hit, how many more left within {days} days than of "
        "lines of the same product and place that it spared, with the 95 % interval. An "
        "association: what else differed is not taken off as in “What drives them out” below, and "
        "of a hundred harmless outages some look clear by chance. Source: `ml.ml_problem_effect`",
        "Сколько из ста подписок, задетых внеплановой аварией, ушло за {days} дней сверх того, что "
        "ушло из подписок того же продукта и места, которых она не задела; с 95 % интервалом. Это "
        "связь: прочие различия не вычтены, как ниже в «Что заставляет уходить», а из ста "
        "безвредных аварий некоторые случайно выглядят явными. Источник: `ml.ml_problem_effect`",
    ),
    "excess.clear": ("clear: {value} ({bounds})", "явно: {value} ({bounds})"),
    "excess.unclear": ("unclear ({bounds})", "неясно ({bounds})"),
    "excess.is_clear": ("clear", "явно"),
    "excess.is_unclear": ("unclear", "неясно"),
    "excess.too few": ("too few to tell", "мало данных"),
    "excess.too early": ("too early to tell", "судить рано"),
    "excess.not compared": ("not compared", "не сравнивается"),
    "started": ("Began (UTC)", "Начало (UTC)"),
    "state": ("State", "Состояние"),
    "notices": ("Notices", "Уведомления"),
    "restored_in": ("restored in {time}", "восстановлено за {time}"),
    "detected_after": ("detected after {time}", "обнаружено через {time}"),
    "began": ("began {moment} UTC", "начало {moment} UTC"),
    "derived": ("made of an alarm", "выведен из аварии"),
    "open_since": ("Open since {moment} UTC", "Открыт с {moment} UTC"),
    "state.open": ("open", "открыт"),
    "no_minutes": ("No minutes lost", "Минут не потеряно"),
    "no_minutes.why": (
        "No problem of this scope took a service down for ten customers or more.",
        "Ни один сбой не лишил услуги десять и более клиентов.",
    ),
    "no_problems": ("No problems match these filters", "Нет сбоев с такими фильтрами"),
    "no_problems.why": (
        "Choose a longer period or take a filter off.",
        "Выберите больший период или снимите фильтр.",
    ),
    "no_problems_ever": ("No problems in this release", "В выпуске нет сбоев"),
    "no_problems_ever.why": (
        "The extracts hold neither service problems nor alarms. Overview says which columns are "
        "missing.",
        "В выгрузках нет ни сбоев, ни аварий. Каких столбцов не хватает, видно в «Обзоре».",
    ),
    "no_such_problem": ("No such problem", "Такого сбоя нет"),
    "no_such_problem.why": (
        "This release knows no problem of that number. Choose one in the table.",
        "В выпуске нет сбоя с таким номером. Выберите в таблице.",
    ),
    "step.affected_customers": ("Customers hit", "Задето клиентов"),
    "step.affected_customers.help": (
        "Distinct customers whose service it disturbed. Source: `marts.fct_problem`",
        "Разные клиенты, чью услугу он нарушил. Источник: `marts.fct_problem`",
    ),
    "step.customer_minutes_lost": ("Minutes lost", "Потеряно минут"),
    "step.customer_minutes_lost.help": (
        "Minutes without service, summed over services. Source: `marts.fct_problem`",
        "Минуты без услуги, сумма по услугам. Источник: `marts.fct_problem`",
    ),
    "step.customers_told": ("Customers told", "Предупреждено"),
    "step.customers_told.help": (
        "Customers a notice about it went to. Source: `marts.fct_problem`",
        "Клиенты, получившие уведомление о нём. Источник: `marts.fct_problem`",
    ),
    "step.contacts": ("Contacts", "Обращения"),
    "step.contacts.help": (
        "Contacts linked to it; the rules are below. Source: `marts.fct_problem`",
        "Связанные обращения; правила ниже. Источник: `marts.fct_problem`",
    ),
    "step.tickets": ("Tickets", "Заявки"),
    "step.tickets.help": (
        "Tickets linked to it; the rules are below. Source: `marts.fct_problem`",
        "Связанные заявки; правила ниже. Источник: `marts.fct_problem`",
    ),
    "step.exits_30d": ("Left within 30 days", "Ушли за 30 дней"),
    "step.exits_30d.help": (
        "Subscriptions it hit that left within 30 days: timing, not cause. Source: "
        "`marts.fct_problem`",
        "Задетые подписки, ушедшие за 30 дней: время, а не причина. Источник: `marts.fct_problem`",
    ),
    "evidence": ("How we know", "Откуда это известно"),
    "evidence.how": (
        "Links of `marts.bdg_evidence` by rule; confidence 1 is certain.",
        "Связи `marts.bdg_evidence` по правилам; уверенность 1 – наверняка.",
    ),
    "no_evidence": ("No links", "Связей нет"),
    "no_evidence.why": (
        "Nothing was linked to this problem by name, topology or time.",
        "С этим сбоем ничего не связано ни по имени, ни по топологии, ни по времени.",
    ),
    "link": ("Link", "Связь"),
    "rule": ("Rule", "Правило"),
    "links_found": ("Links", "Связи"),
    "confidence": ("Confidence", "Уверенность"),
    "affected": ("Who was hit", "Кого задело"),
    "affected.how": (
        "By pseudonym, those that left or called first, at most {rows}. Select a row for the "
        "customer.",
        "По псевдонимам, сначала ушедшие и звонившие, не более {rows}. Выберите строку.",
    ),
    "no_affected": ("Nobody is known", "Никто не известен"),
    "no_affected.why": (
        "No subscription is known to have used the services it took down.",
        "Неизвестно, какие подписки пользовались задетыми услугами.",
    ),
    "minutes": ("Minutes", "Минуты"),
    "left_after": ("Left within 30 d", "Ушла за 30 дн."),
}
