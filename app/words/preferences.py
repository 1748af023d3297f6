"""Words of preferences and segments."""

_TRAIT = {
    "tenure_days": ("Days with us", "Дней с нами"),
    "monthly_charge": ("Monthly charge", "Плата в месяц"),
    "addons": ("Add-ons", "Опции"),
    "customer_subscriptions": ("Lines of the customer", "Линий у клиента"),
    "data_mb_30d": ("Data in 30 days, GB", "Данные за 30 дней, ГБ"),
    "voice_minutes_30d": ("Minutes in 30 days", "Минуты за 30 дней"),
    "data_trend": ("Trend of data use", "Тренд данных"),
    "contacts_90d": ("Contacts in 90 days", "Обращения за 90 дней"),
    "outage_minutes_90d": ("Minutes without service, 90 days", "Минуты без услуги, 90 дней"),
    "late_payments_210d": ("Late payments in 210 days", "Просрочки за 210 дней"),
    "days_to_contract_end": ("Days to the contract's end", "Дней до конца договора"),
    "risk": ("Churn risk", "Риск ухода"),
    "clv": ("Customer value", "Ценность клиента"),
}
_HABIT = {
    "channel": ("Channel", "Канал"),
    "day part": ("Time of day (UTC)", "Время дня (UTC)"),
    "day kind": ("Kind of day", "Какой день"),
    "add-on": ("Add-ons held", "Опции"),
    "answer": ("Answer to offers", "Ответ на предложения"),
    "payment method": ("How they pay", "Как платят"),
    "payment time": ("When they pay", "Когда платят"),
}
_CHOICE = {
    "accepts": ("accepts", "соглашаются"),
    "declines": ("declines", "отказываются"),
    "no answer": ("no answer", "не отвечают"),
    "upset": ("upset by it", "недовольны"),
    "app": ("App", "Приложение"),
    "chat": ("Chat", "Чат"),
    "ivr": ("Voice menu", "Голосовое меню"),
    "phone": ("Phone", "Телефон"),
    "shop": ("Shop", "Салон"),
    "web": ("Web site", "Сайт"),
    "email": ("E-mail", "Эл. почта"),
    "sms": ("SMS", "SMS"),
    "push": ("Push", "Push"),
    "letter": ("Letter", "Письмо"),
    "social": ("Social network", "Соцсеть"),
    "weekday": ("Weekday", "Будни"),
    "weekend": ("Weekend", "Выходные"),
    "morning": ("Morning, 8 to 12", "Утро, 8–12"),
    "afternoon": ("Afternoon, 12 to 17", "День, 12–17"),
    "evening": ("Evening, 17 to 21", "Вечер, 17–21"),
    "night": ("Night, 21 to 8", "Ночь, 21–8"),
    "card": ("Card", "Карта"),
    "cash": ("Cash", "Наличные"),
    "direct_debit": ("Direct debit", "Автоплатёж"),
    "top_up": ("Top-up", "Пополнение"),
    "transfer": ("Transfer", "Перевод"),
    "early": ("Early", "Заранее"),
    "on time": ("On time", "В срок"),
    "late": ("Late", "С опозданием"),
    "fails": ("Fails", "Не проходит"),
}
_TROUBLE = {
    "outage": ("an outage", "аварии"),
    "late order": ("a late order", "опоздавшего заказа"),
    "bill shock": ("a bill shock", "скачка счёта"),
    "unresolved contact": ("a contact not resolved", "нерешённого обращения"),
}
_UNIT = {
    "GB a month": ("GB a month", "ГБ в месяц"),
    "money a month": ("a month", "в месяц"),
    "lines": ("lines", "подписок"),
    "lines in 180 days": ("lines in 180 days", "подписок за 180 дней"),
    "lines.one": ("line", "подписка"),
    "lines.few": ("lines", "подписки"),
    "lines in 180 days.one": ("line in 180 days", "подписка за 180 дней"),
    "lines in 180 days.few": ("lines in 180 days", "подписки за 180 дней"),
}

WORDS: dict[str, tuple[str, str]] = {
    "preferences": ("Preferences & segments", "Предпочтения и сегменты"),
    "preferences.question": (
        "Which customers are alike, what do they prefer, and what do they lack?",
        "Какие клиенты похожи, что предпочитают и чего им не хватает?",
    ),
    "preferences.agreed": (
        "Only of customers who agreed to profiling; nothing about fewer than 10 of them, no "
        "segment of fewer than 50.",
        "Только о согласившихся на профилирование; ничего менее чем о 10 из них, сегменты – от 50.",
    ),
    "preferences.view.segments": ("Segments", "Сегменты"),
    "preferences.view.habits": ("What they prefer", "Что предпочитают"),
    "preferences.view.needs": ("Unmet needs", "Незакрытые потребности"),
    "segments.name": ("Kind of customers", "Сегмент"),
    "segments.none": ("No segments in this release", "В выпуске нет сегментов"),
    "segments.none.why": (
        "`cx train` finds them once enough customers agree to profiling.",
        "Их находит `cx train`, когда достаточно клиентов согласны на профилирование.",
    ),
    "segments.few": ("Nothing that may be told", "Показать нечего"),
    "segments.few.why": (
        "The nightly run made no profile of this segment, or too few customers are in it.",
        "Ночной запуск не сделал профиля этого сегмента, или в нём слишком мало клиентов.",
    ),
    "segments.finding": (
        "**{segment}** is **{share}** of the lines.",
        "**{segment}** – это **{share}** подписок.",
    ),
    "segments.finding.apart": ("What sets it apart: {traits}.", "Чем отличается: {traits}."),
    "segments.finding.trait": (
        "{trait} **{value}** against {base} on average",
        "{trait} **{value}** при среднем {base}",
    ),
    "segments.finding.one": (
        "**The base has no shape**: no number of segments comes out alike when the data are "
        "shaken, so all {lines} lines are one.",
        "**У базы нет формы**: ни одно число сегментов не устойчиво, поэтому все подписки "
        "({lines}) – один.",
    ),
    "segments.customers": ("{n} customers", "клиентов: {n}"),
    "segments.lines.help": (
        "Lines of the segment at the newest cut-off. Source: `ml.ml_segment`",
        "Подписки сегмента на последний срез. Источник: `ml.ml_segment`",
    ),
    "segments.moved": ("Came less went", "Пришло минус ушло"),
    "segments.moved.note": ("{came} came, {went} went", "пришло {came}, ушло {went}"),
    "segments.moved.help": (
        "In the newest month, from and to other segments, joining and leaving us; hidden cells are "
        "not counted. Source: `ml.ml_segment_move`",
        "За последний месяц: из других сегментов и в них, подключения и уходы; скрытые ячейки не "
        "в счёт. Источник: `ml.ml_segment_move`",
    ),
    "segments.risk.help": (
        "Mean churn score of its lines. Source: `ml.ml_segment`",
        "Средний риск ухода подписок. Источник: `ml.ml_segment`",
    ),
    "segments.clv.help": (
        "Mean customer value of its lines (M43). Source: `ml.ml_segment`",
        "Средняя ценность подписки (M43). Источник: `ml.ml_segment`",
    ),
    "segments.alike": ("How steady they are", "Устойчивость"),
    "segments.alike.months": ("{value} from month to month", "{value} от месяца к месяцу"),
    "segments.alike.help": (
        "Adjusted Rand index of all segments when customers are drawn anew: 1 is the same, 0 is "
        "chance; below 0.6 there is one segment. Source: `ml.ml_segment`",
        "Индекс Рэнда всех сегментов при новой выборке: 1 – то же самое, 0 – случай; ниже 0,6 "
        "сегмент один. Источник: `ml.ml_segment`",
    ),
    "segments.trait": ("Trait", "Черта"),
    "segments.here": ("In this segment", "В этом сегменте"),
    "segments.average": ("Average of all", "В среднем"),
    "segments.difference": ("Difference", "Разница"),
    "segments.traits": ("Beside the average", "Рядом со средним"),
    "segments.traits.how": (
        "Difference from the average of all, in percent of it, with 95% interval; filled: clear.",
        "Разница со средним по всем, в процентах от него, 95 % интервал; закрашено – явно.",
    ),
    "segments.traits.alt": (
        "Furthest from the average: {trait}, {value}",
        "Дальше всего: {trait}, {value}",
    ),
    "segments.flow": ("Who moved", "Кто перешёл"),
    "segments.flow.how": (
        "Of each segment on {then}, the share that was in each on {now}; of those who joined, "
        "where.",
        "Из каждого сегмента на {then} – доля в каждом на {now}; из подключившихся – куда попали.",
    ),
    "segments.flow.none": ("Nobody to compare", "Сравнить не с кем"),
    "segments.flow.none.why": (
        "Moves are told from the second month on.",
        "Переходы видны со второго месяца.",
    ),
    "segments.flow.alt": ("{moved} lines changed their segment", "Сменили сегмент: {moved}"),
    "segments.from": ("From", "Откуда"),
    "segments.to": ("To", "Куда"),
    "segments.joined": ("joined", "новые"),
    "segments.left": ("left us", "ушли"),
    "segments.table": ("All segments", "Все сегменты"),
    "segments.table.how": (
        "Named by the two traits that set each apart most. Source: `ml.ml_segment`",
        "Названы по двум самым отличающим чертам. Источник: `ml.ml_segment`",
    ),
    "segments.members": ("Lines of segment {segment}", "Подписки сегмента {segment}"),
    "segments.members.how": (
        "The first {rows}, by pseudonym. Select a row to open the customer. Source: "
        "`ml.ml_segment_member`",
        "Первые {rows}, по псевдониму. Выберите строку, чтобы открыть клиента. Источник: "
        "`ml.ml_segment_member`",
    ),
    "habits.subject": ("Habit", "Привычка"),
    "habits.choice": ("Choice", "Выбор"),
    "habits.none": ("No habits that may be told", "Привычек для показа нет"),
    "habits.none.why": (
        "Too few customers of this segment did anything that tells of a habit.",
        "Слишком мало клиентов сегмента сделали что-то показательное.",
    ),
    "habits.finding": (
        "Most unlike the others: {habit} – **{choice}**, **{value}** against {base} on average. "
        "**{clear}** of {all} shares differ clearly.",
        "Больше всего отличается: {habit} – **{choice}**, **{value}** при среднем {base}. Явно "
        "отличаются **{clear}** из {all} долей.",
    ),
    "habits.finding.none": (
        "**Nothing** they prefer differs clearly from the average.",
        "**Ничто** в предпочтениях явно не отличается от среднего.",
    ),
    "habits.chart.how": (
        "Share of all times it was seen, with 95% interval; orange stroke: average of all. Filled: "
        "differs clearly.",
        "Доля всех случаев, 95 % интервал; оранжевый штрих – среднее. Закрашено – явно отличается.",
    ),
    "habits.chart.addons": (
        "Share of lines that hold it, with 95% interval; orange stroke: average of all. Filled: "
        "differs clearly.",
        "Доля подписок с опцией, 95 % интервал; оранжевый штрих – среднее. Закрашено – явно "
        "отличается.",
    ),
    "habits.alt": ("Most frequent: {choice}, {value}", "Чаще всего: {choice}, {value}"),
    "habits.alike": ("like the others", "как у всех"),
    "habits.more": ("clearly more", "явно чаще"),
    "habits.less": ("clearly less", "явно реже"),
    "habits.evidence": ("Seen", "Случаев"),
    "habits.evidence.help": (
        "Times it was seen, or lines; the more, the narrower the interval.",
        "Сколько раз это видели, или подписок; чем больше, тем уже интервал.",
    ),
    "habits.table": ("All habits", "Все привычки"),
    "habits.table.how": (
        "Learned from what they did, nobody was asked. Source: `ml.ml_segment_profile`",
        "По поступкам, никого не спрашивали. Источник: `ml.ml_segment_profile`",
    ),
    "needs.kind": ("Need", "Потребность"),
    "needs.none": ("No unmet needs in this release", "В выпуске нет незакрытых потребностей"),
    "needs.none.why": (
        "`cx score` finds them once usage and plans are known, or all are about too few customers.",
        "Их находит `cx score`, когда известны потребление и тарифы; или все слишком малы.",
    ),
    "needs.better": ("A plan that fits better", "Тариф лучше"),
    "needs.beyond": ("Usage beyond the plan", "Сверх тарифа"),
    "needs.leaving": ("Why plans are left", "Почему уходят с тарифов"),
    "needs.together": ("Held together", "Берут вместе"),
    "needs.better.how": (
        "Share of a plan's lines that would have paid less on another, by their own usage.",
        "Доля подписок тарифа, которым при их потреблении другой обошёлся бы дешевле.",
    ),
    "needs.beyond.how": (
        "Share of a plan's lines that go beyond its data in half of their months or more.",
        "Доля подписок тарифа, выходящих за пакет данных в половине месяцев и чаще.",
    ),
    "needs.leaving.how": (
        "How plans were left in 180 days, after which trouble of 60 days. After is not because.",
        "Как уходили с тарифов за 180 дней и после чего за 60 дней. «После» – не значит «из-за».",
    ),
    "needs.together.how": (
        "How many times as often two add-ons are held together as by chance; line: chance.",
        "Во сколько раз чаще случайного две опции берут вместе; линия – случай.",
    ),
    "needs.told.better": (
        "**{value}** of the lines on **{subject}** ({interval}) would pay less on **{other}**, "
        "{size}.",
        "**{value}** подписок на «**{subject}**» ({interval}) платили бы меньше на «**{other}**», "
        "{size}.",
    ),
    "needs.told.beyond": (
        "**{value}** of the lines on **{subject}** ({interval}) go beyond its data, by {size}.",
        "**{value}** подписок на «**{subject}**» ({interval}) выходят за пакет данных, на {size}.",
    ),
    "needs.told.leaving": (
        "**{value}** of those who left **{subject}** ({interval}): {other}.",
        "**{value}** ушедших с «**{subject}**» ({interval}): {other}.",
    ),
    "needs.told.together": (
        "**{subject}** and **{other}** are held together **{value}** as often as by chance "
        "({interval}), by {lines} lines.",
        "«**{subject}**» и «**{other}**» берут вместе в **{value}** от случайного ({interval}), "
        "подписок: {lines}.",
    ),
    "needs.way.plan": ("changed to {plan}", "перешли на «{plan}»"),
    "needs.way.after": ("{way} after {event}", "{way} после {event}"),
    "needs.alt": ("Strongest: {need}, {value}", "Сильнее всего: {need}, {value}"),
    "needs.subject": ("Of what", "О чём"),
    "needs.value": ("How much", "Сколько"),
    "needs.size": ("By how much", "На сколько"),
    "needs.base": ("Out of", "Из"),
    "needs.base.help": (
        "Lines of the plan, those who left it, or those that could hold both.",
        "Подписки тарифа, ушедшие с него или те, кто мог взять обе.",
    ),
    "needs.told": ("Told", "Словами"),
    "needs.table": ("Every need of this kind", "Все потребности этого вида"),
    "needs.table.how": (
        "With Wilson's interval; none is about fewer than 10 customers. Source: `ml.ml_unmet_need`",
        "С интервалом Уилсона; ни одной менее чем о 10 клиентах. Источник: `ml.ml_unmet_need`",
    ),
    **{f"trait.{code}": words for code, words in _TRAIT.items()},
    **{f"habit.{code}": words for code, words in _HABIT.items()},
    **{f"habit_choice.{code}": words for code, words in _CHOICE.items()},
    **{f"trouble.{code}": words for code, words in _TROUBLE.items()},
    **{f"need_unit.{code}": words for code, words in _UNIT.items()},
}
