"""Words of Retention and cohorts, of Moments and of Model health."""

WORDS = {
    "retention": ("Retention", "Удержание"),
    "retention.question": (
        "Do newer customers stay longer, and when do they leave?",
        "Остаются ли новые клиенты дольше и когда они уходят?",
    ),
    "cohorts": ("Cohorts by month of joining", "Когорты по месяцу подключения"),
    "cohorts.how": (
        "Still here by months since joining, shaded by share; behind the month: how many joined. "
        "*: provisional; pale: hidden, but between those beside it. By channel: of the order that "
        "brought the line.",
        "Оставшиеся по месяцам с подключения, цвет – по доле; рядом с месяцем – сколько "
        "подключилось. *: предварительно; бледное: скрыто, но лежит между соседними. По каналу: "
        "канал заказа, которым подключились.",
    ),
    "cohorts.how.click": (
        "A click compares cohorts after that many months and, with that right, lists whose they "
        "are.",
        "Щелчок сравнивает когорты через столько месяцев и, при праве на это, показывает, кто в "
        "них.",
    ),
    "cohorts.quarters": ("Cohorts by quarter of joining", "Когорты по кварталу подключения"),
    "cohorts.grain": ("Cohorts of a", "Когорты за"),
    "cohorts.grain.month": ("Month", "Месяц"),
    "cohorts.grain.quarter": ("Quarter", "Квартал"),
    "quarter.of": ("Q{number} {year}", "{number} кв. {year}"),
    "cohorts.sizes": ("Cohort sizes", "Размер когорт"),
    "cohorts.sizes.how": (
        "How many lines joined, of how many customers, and the share still here after the months "
        "last told of. –: fewer than ten, or would give such a figure away.",
        "Сколько подписок подключилось, у скольких клиентов и какая доля осталась через столько "
        "месяцев, о скольких можно судить. –: менее десяти или выдаёт такое число.",
    ),
    "cohorts.sizes.after": ("After months", "Через месяцев"),
    "retention.kind": ("Retention", "Удержание"),
    "retention.kind.birth": ("Since joining", "С подключения"),
    "retention.kind.recurring": ("Month over month", "Из месяца в месяц"),
    "recurring.finding.longer": (
        "Of the lines here as {month} began **{now}** were still here at its end, **clearly "
        "more** than in {before} ({then}).",
        "Из подписок на начало месяца ({month}) к его концу осталось **{now}** – **явно "
        "больше**, чем за {before} ({then}).",
    ),
    "recurring.finding.shorter": (
        "Of the lines here as {month} began **{now}** were still here at its end, **clearly "
        "fewer** than in {before} ({then}).",
        "Из подписок на начало месяца ({month}) к его концу осталось **{now}** – **явно "
        "меньше**, чем за {before} ({then}).",
    ),
    "recurring.finding.unclear": (
        "Of the lines here as {month} began **{now}** were still here at its end; no clear "
        "change against {before} ({then}).",
        "Из подписок на начало месяца ({month}) к его концу осталось **{now}**, без "
        "явного изменения ({before}: {then}).",
    ),
    "recurring.finding.none": (
        "Of the lines here as {month} began **{now}** were still here at its end; {before} cannot "
        "be told of.",
        "Из подписок на начало месяца ({month}) к его концу осталось **{now}**; за "
        "{before} сравнить не с чем.",
    ),
    "recurring.finding.few": (
        "No month can be told of: too few left in each.",
        "Ни об одном месяце нельзя судить: в каждом ушло слишком мало.",
    ),
    "recurring.line": ("Still here at the month's end", "Осталось к концу месяца"),
    "recurring.line.how": (
        "Of all lines in the base as the month began, old and new; band: 95% interval. Hollow: "
        "provisional; a gap: hidden. Whole months only. Source: `marts.agg_base_month`",
        "Из всех подписок базы на начало месяца, старых и новых; полоса – 95 % интервал. Пустая "
        "точка – предварительно, разрыв – скрыто. Только полные месяцы. Источник: "
        "`marts.agg_base_month`",
    ),
    "recurring.alt": ("Newest month: {value}", "Последний месяц: {value}"),
    "recurring.stayed": ("Stayed", "Остались"),
    "recurring.opening": ("At the start", "На начало"),
    "recurring.months": ("Lines month by month", "Подписки по месяцам"),
    "recurring.months.how": (
        "Lines in the base as the month began, how many of them left in it, and the customers of "
        "the month's first day. A part of the base is as it was then.",
        "Подписки в базе на начало месяца, сколько из них ушло за месяц, и клиенты первого дня "
        "месяца. Часть базы – на начало месяца.",
    ),
    "recurring.newcomers": (
        "Where fewer than ten joined and left within the month, they count as having left, so "
        "that nothing is told of them alone.",
        "Если подключились и ушли за тот же месяц менее десяти, они считаются среди ушедших, "
        "чтобы не выдать их отдельно.",
    ),
    "recurring.few": (
        "{hidden} of {months} months are hidden: few left, in this part or another.",
        "Скрыто месяцев: {hidden} из {months} – ушло мало, в этой части или в другой.",
    ),
    "recurring.hidden": (
        "A month is told of only where nobody or at least ten left, in every part of the base.",
        "О месяце судят, только если в каждой части базы не ушёл никто или ушли не менее десяти.",
    ),
    "recurring.none": ("No whole month in this release", "В выпуске нет полного месяца"),
    "recurring.none.why": (
        "It needs a month that lies wholly within the data.",
        "Нужен месяц, целиком попавший в данные.",
    ),
    "cohorts.as": ("Shown as", "Показать"),
    "cohorts.as.share": ("%", "%"),
    "cohorts.as.count": ("Lines", "Подписки"),
    "cohorts.at": ("Still here", "Остались"),
    "cohorts.finding.longer": (
        "After {months} **{now}** of those who joined in {newest} are still here, **clearly "
        "more** than of {oldest} ({then}).",
        "Через {months} остались **{now}** подключившихся за {newest} – **явно больше**, чем "
        "за {oldest} ({then}).",
    ),
    "cohorts.finding.shorter": (
        "After {months} **{now}** of those who joined in {newest} are still here, **clearly "
        "fewer** than of {oldest} ({then}).",
        "Через {months} остались **{now}** подключившихся за {newest} – **явно меньше**, чем "
        "за {oldest} ({then}).",
    ),
    "cohorts.finding.unclear": (
        "After {months} **{now}** of those who joined in {newest} are still here; no clear "
        "change against {oldest} ({then}).",
        "Через {months} остались **{now}** подключившихся за {newest}, без явного изменения "
        "({oldest}: {then}).",
    ),
    "cohorts.finding.few": (
        "Too few cohorts can be told of after {months} to compare them.",
        "Через {months} слишком мало когорт, о которых можно судить.",
    ),
    "cohorts.next": (
        "The cohort of {cohort} has {months} behind it on {day}.",
        "У когорты «{cohort}» срок «{months}» наступит {day}.",
    ),
    "cohorts.people_of": ("People of the cohort", "Люди когорты"),
    "cohorts.who.left": ("Left", "Ушли"),
    "cohorts.who.here": ("Still here", "Остались"),
    "cohorts.people.left": (
        "Joined in {cohort}, left within {months}",
        "Подключились: {cohort}; ушли за срок «{months}»",
    ),
    "cohorts.people.here": (
        "Joined in {cohort}, still here after {months}",
        "Подключились: {cohort}; остались через срок «{months}»",
    ),
    "cohorts.people.how": (
        "At most {most} lines of the part chosen, last exits first. A row leads to the customer. "
        "Source: `marts.cohort_line`",
        "Не более {most} подписок выбранной части, сначала последние уходы. Строка ведёт к "
        "клиенту. Источник: `marts.cohort_line`",
    ),
    "cohorts.people.none": ("Nobody to list", "Список пуст"),
    "cohorts.people.none.why": (
        "No line of this cohort and part is in that state.",
        "В этой когорте и части таких подписок нет.",
    ),
    "cohorts.exit": ("Left in", "Ушли в"),
    "cohorts.line": ("Still here after {months}", "Остались через {months}"),
    "cohorts.line.how": (
        "By when they joined; band: 95% interval. Hollow: provisional; a gap: hidden.",
        "По времени подключения; полоса – 95 % интервал. Пустая точка – предварительно, разрыв – "
        "скрыто.",
    ),
    "cohorts.line.alt": ("Newest cohort: {value}", "Новейшая когорта: {value}"),
    "cohorts.alt": ("{cohorts} cohorts", "Когорт: {cohorts}"),
    "cohorts.hidden": (
        "A share is shown only where nobody or at least ten left since the last one shown.",
        "Доля показана, только если с прошлой показанной не ушёл никто или ушли не менее десяти.",
    ),
    "cohorts.few": (
        "{hidden} of {cells} cells are hidden: fewer than ten left since the last one shown.",
        "Скрыто ячеек: {hidden} из {cells} – с прошлой показанной ушло менее десяти.",
    ),
    "cohorts.between": (
        "Of {between} of them those shown before and after say what they lie between (pale).",
        "Для {between} из них показанные до и после говорят, между чем они лежат (бледные).",
    ),
    "cohorts.none": ("No cohorts in this release", "В выпуске нет когорт"),
    "cohorts.none.why": (
        "They need months in which lines join; publish again with `cx publish` after a build.",
        "Нужны месяцы с подключениями; после сборки опубликуйте снова: `cx publish`.",
    ),
    "cohort": ("Joined in", "Когорта"),
    "cohort.and_size": ("Joined in · how many", "Подключились · сколько"),
    "joined": ("Joined", "Подключилось"),
    "moments": ("Moments", "Моменты"),
    "moments.question": (
        "Which moment of a customer hurts, and at which stage?",
        "Какой момент клиента болезнен и на каком шаге?",
    ),
    "moments.finding": (
        "**{journey}**: **{stage}** takes **{share}** of the time; half stand there {median} or "
        "less, one in ten longer than {p90}.",
        "**{journey}**: на шаг «**{stage}**» уходит **{share}** времени; не дольше {median} стоит "
        "половина, не дольше {p90} – девять из десяти.",
    ),
    "moments.finding.shown": (
        "**{journey}**: of the time in the stages shown, **{stage}** takes **{share}**; half stand "
        "there {median} or less, one in ten longer than {p90}.",
        "**{journey}**: на шаг «**{stage}**» уходит **{share}** времени показанных шагов; не "
        "дольше {median} стоит половина, не дольше {p90} – девять из десяти.",
    ),
    "moments.before": ("Median {month}", "Медиана {month}"),
    "moments.whole_base": (
        "The figures above are of the whole base; the stages below are of the part chosen, of a "
        "channel those that began on it. A part of few customers is hidden, and the next smallest.",
        "Показатели выше – по всей базе; шаги ниже – по выбранной части, по каналу – начатые в "
        "нём. Часть с немногими клиентами скрыта, и с ней следующая по величине.",
    ),
    "moments.finding.few": (
        "**{journey}**: too few in this period to be told of.",
        "**{journey}**: в этом периоде слишком мало случаев.",
    ),
    "moments.none": ("No journeys in this release", "В выпуске нет путей"),
    "moments.none.why": (
        "They are made of orders, tickets, contacts, faults and bills.",
        "Они строятся из заказов, заявок, обращений, сбоев и счетов.",
    ),
    "moment": ("Moment", "Момент"),
    "moments.time": ("Time in each stage", "Время на шаге"),
    "moments.time.how": (
        "Of the journeys that began in the period. Point: median. Line: up to what nine in ten "
        "take. Calendar hours.",
        "Пути, начатые в периоде. Точка – медиана. Линия – до значения для девяти из десяти. "
        "Часы по календарю.",
    ),
    "moments.time.due": (
        "Orange stroke: time left until the due time.",
        "Оранжевый штрих – сколько оставалось до срока.",
    ),
    "moments.due": ("Left until due", "Осталось до срока"),
    "moments.due.over": ("overdue", "срок прошёл"),
    "moments.due.help": (
        "Median of the time left when a journey came into the stage, until the first promise of "
        "its order, the due time of its bill or the agreed time of its ticket. A fault has none. "
        "Source: `marts.agg_moment_step`",
        "Медиана времени, которое оставалось при входе в шаг до первого обещания заказа, срока "
        "оплаты счёта или согласованного срока заявки. У сбоя срока нет. Источник: "
        "`marts.agg_moment_step`",
    ),
    "moments.time.alt": ("Slowest: {stage}", "Дольше всего: {stage}"),
    "moments.through": ("Who comes through", "Сколько проходит"),
    "moments.through.how": (
        "Journeys that stood in each stage, and their share of those at the stage most come "
        "through; blue: front office, orange: back office, green: the customer's turn.",
        "Сколько путей было на шаге и какая это доля от самого частого шага; синий – фронт, "
        "оранжевый – бэк, зелёный – ход клиента.",
    ),
    "moments.through.alt": ("{stages} stages", "Шагов: {stages}"),
    "moments.trend": ("The slowest stages by month", "Самые долгие шаги по месяцам"),
    "moments.trend.how": (
        "Hours that nine in ten journeys stand there at most, by month of their beginning.",
        "Часы, в которые укладываются девять из десяти, по месяцу начала.",
    ),
    "moments.trend.alt": ("Slowest stage: {stage}", "Самый долгий шаг: {stage}"),
    "moments.stages": ("Every stage", "Все шаги"),
    "moments.stages.how": (
        "Stages of fewer than ten customers keep their figures to themselves.",
        "Шаги менее чем десяти клиентов – без значений.",
    ),
    "moments.people_at": ("People at the stage", "Люди на шаге"),
    "moments.people_at.none": ("Nobody listed", "Без списка"),
    "moments.people": ("{journey}, {stage}: whose", "{journey}, {stage}: чьи"),
    "moments.people.how": (
        "The {most} lines that stood there longest, of journeys begun in the period and part "
        "chosen. A row leads to the customer. Source: `marts.moment_list`",
        "До {most} подписок, стоявших там дольше всех, из путей, начатых в выбранном периоде и "
        "части. Строка ведёт к клиенту. Источник: `marts.moment_list`",
    ),
    "moments.people.none": ("Nobody to list", "Список пуст"),
    "moments.people.none.why": (
        "No journey of this period and part stood in the stage.",
        "В этом периоде и части на шаге никто не стоял.",
    ),
    "moments.people.now": ("Nobody stands there now", "Сейчас там никого"),
    "moments.people.now.why": (
        "Of the journeys begun in this period none is in the stage as of the data's last day. "
        "All months hold those begun before.",
        "Из начатых в этом периоде путей на последний день данных на шаге нет ни одного. Начатые "
        "раньше – за всё время.",
    ),
    "moments.work_list": ("Those of them on the work list", "Кто из них в списке дел"),
    "moments.who": ("Who", "Кто"),
    "moments.who.all": ("Came through", "Прошли через шаг"),
    "moments.who.now": ("Stand there now", "Стоят там сейчас"),
    "moments.here_now": ("there now", "сейчас там"),
    "moments.stood": ("Stood there", "Стоит на шаге"),
    "moments.entered": ("Came in", "Вошли"),
    "moments.due_at": ("Due", "Срок"),
    "moments.team": ("Team", "Команда"),
    "moments.contacts": ("Contacts meanwhile", "Обращений за путь"),
    "moments.contacts.help": (
        "Contacts about the journey while it lasted.",
        "Обращения по этому пути, пока он длился.",
    ),
    "moments.contacts_after": ("Contacts in 7 days", "Обращений за 7 дней"),
    "moments.to_do.help": (
        "What the work list says is to be done for the line, if it is on it.",
        "Что сделать по рабочему списку, если подписка в нём.",
    ),
    "outcome.reached": ("reached", "завершён"),
    "outcome.missed": ("not reached", "не удался"),
    "outcome.open": ("went on", "пошёл дальше"),
    "outcome.untold": ("end not told", "исход не указан"),
    "moments.asked": ("Contacts within 7 days", "Обращения за 7 дней"),
    "moments.asked.how": (
        "Share of journeys whose customer contacted us within 7 days after coming into the stage; "
        "line: 95% interval. For any reason: after it, not because of it.",
        "Доля путей, чей клиент обратился за 7 дней после входа в шаг; линия – 95 % интервал. По "
        "любому поводу: после, а не из-за.",
    ),
    "moments.asked.help": (
        "Contacts of the line, or of its customer about no line, that a person answered, of any "
        "reason, within 7 days after the journey came into the stage first. Journeys whose 7 days "
        "are not over are left out. Source: `marts.agg_moment_step`",
        "Обращения по подписке (или клиента без указания подписки), на которые ответил человек, по "
        "любому поводу, за 7 дней после первого входа в шаг. Пути, у которых 7 дней не прошли, не "
        "учтены. Источник: `marts.agg_moment_step`",
    ),
    "moments.asked.share": ("Contact in 7 days", "Обращение за 7 дней"),
    "moments.asked_again": ("Two or more", "Два и больше"),
    "moments.asked.journeys": ("With a contact", "С обращением"),
    "moments.asked.hidden": (
        "Stages of fewer than ten customers who contacted us are hidden: {hidden}.",
        "Скрыто шагов, где обратилось менее десяти клиентов: {hidden}.",
    ),
    "moments.asked.alt": ("Most contacts: {stage}", "Больше всего обращений: {stage}"),
    "moments.asked.none": ("Not known yet", "Пока неизвестно"),
    "moments.asked.none.why": (
        "The 7 days after are not over for any journey of the period, or no contacts are known.",
        "Ни у одного пути периода 7 дней ещё не прошли, или обращения неизвестны.",
    ),
    "moments.repeats": ("Repeat contacts by reason", "Повторные обращения по причине"),
    "moments.repeats.how": (
        "Contacts after which the same customer came again for the same reason within 7 days: "
        "{month}, whole base.",
        "Обращения, после которых клиент за 7 дней снова пришёл по той же причине: {month}, вся "
        "база.",
    ),
    "moments.repeats.none": ("No contacts to tell of", "Обращений нет"),
    "moments.repeats.none.why": (
        "No reason of the month has contacts that may be told.",
        "За месяц нет причин, о которых можно сообщить.",
    ),
    "moments.repeated": ("Came again", "Повторно"),
    "moments.repeat_share": ("Of all", "Доля"),
    "moments.explore": ("Explore journeys by month", "Исследовать пути по месяцам"),
    "journey.join": ("Join", "Подключение"),
    "journey.change": ("Change", "Изменение"),
    "journey.move": ("Move", "Переезд"),
    "journey.degrade": ("Fault", "Сбой"),
    "journey.help": ("Ask for help", "Обращение"),
    "journey.pay": ("Pay", "Оплата"),
    "journey.leave": ("Leave", "Уход"),
    "stage": ("Stage", "Шаг"),
    "stage.ordered": ("Ordered", "Заказано"),
    "stage.handed_over": ("Handed over", "Передано"),
    "stage.in_work": ("In work", "В работе"),
    "stage.on_hold": ("On hold", "Приостановлено"),
    "stage.customer_hold": ("Waits for the customer", "Ждём клиента"),
    "stage.fallout": ("Fallout", "Сбой заказа"),
    "stage.visit": ("Visit", "Визит"),
    "stage.activation": ("Activation", "Активация"),
    "stage.undetected": ("Undetected", "Не обнаружено"),
    "stage.detected": ("Detected", "Обнаружено"),
    "stage.repair": ("Repair", "Ремонт"),
    "stage.contact": ("Contact", "Обращение"),
    "stage.ticket": ("Ticket", "Заявка"),
    "stage.billed": ("Billed", "Счёт выставлен"),
    "stage.overdue": ("Overdue", "Просрочено"),
    "stage.dispute": ("Dispute", "Спор"),
    "stage.validated": ("Validated", "Проверено"),
    "office": ("In the hands of", "В руках"),
    "office.front": ("front office", "фронт-офис"),
    "office.back": ("back office", "бэк-офис"),
    "office.customer": ("the customer", "клиент"),
    "median": ("Median", "Медиана"),
    "p90": ("Nine in ten within", "Девять из десяти до"),
    "journeys": ("Journeys", "Пути"),
    "customers": ("Customers", "Клиенты"),
    "share_of_time": ("Share of the time", "Доля времени"),
    "share_of_time.shown": ("Share of the time shown", "Доля показанного времени"),
    "model_health": ("Model health", "Состояние моделей"),
    "model_health.question": (
        "Can the scores be trusted, which model serves, and why?",
        "Можно ли верить оценкам, какая модель работает и почему?",
    ),
    "models.none": ("No model in this release", "В выпуске нет моделей"),
    "models.none.why": ("`cx train` makes them.", "Их создаёт `cx train`."),
    "models.finding": (
        "**{target}**: `{estimator}` serves, learned from what was known on {day}.",
        "**{target}**: работает `{estimator}`, обучена на известном на {day}.",
    ),
    "models.finding.none": (
        "**{target}**: no model serves; the reason stands below.",
        "**{target}**: модели нет; причина ниже.",
    ),
    "models.only_churn": (
        "Back-tests over time, calibration, groups, decisions and drift are kept for churn alone.",
        "Проверки на прошлом, калибровка, группы, решения и сдвиги ведутся только для оттока.",
    ),
    "measure.hit_rate_at_1": ("Hit rate, one offer", "Попадание, одно предложение"),
    "measure.hit_rate_at_3": ("Hit rate, three offers", "Попадание, три предложения"),
    "measure.map_at_3": ("MAP@3", "MAP@3"),
    "measure.ndcg_at_5": ("NDCG@5", "NDCG@5"),
    "measure.base_rate": ("Base rate", "Базовая доля"),
    "measure.brier_gain": ("Brier gain", "Выигрыш Брайера"),
    "measure.brier_last": ("Brier, last month", "Брайер, последний месяц"),
    "measure.brier_skill": ("Brier skill", "Навык Брайера"),
    "measure.c_harrell": ("C (Harrell)", "C (Харрелл)"),
    "measure.c_uno": ("C (Uno)", "C (Уно)"),
    "measure.c_uno_other": ("C (Uno), other causes", "C (Уно), прочие причины"),
    "measure.c_uno_port_out": ("C (Uno), number moved", "C (Уно), перенос номера"),
    "measure.calibration_slope": ("Calibration slope", "Наклон калибровки"),
    "measure.integrated_brier": ("Integrated Brier", "Интегральный Брайер"),
    "estimator.popularity": ("Most popular", "Самые популярные"),
    "estimator.recent popularity": ("Recently popular", "Популярные недавно"),
    "estimator.segment popularity": ("Popular in the segment", "Популярные в сегменте"),
    "estimator.family, by tenure (Kaplan–Meier)": (
        "By family and tenure (Kaplan–Meier)",
        "По семейству и сроку (Каплан–Мейер)",
    ),
    "estimator.family, constant hazard": (
        "By family, constant hazard",
        "По семейству, постоянный риск",
    ),
    "model_of": ("Model", "Модель"),
    "model_target.churn": ("Churn", "Отток"),
    "model_target.next_product": ("Next product", "Следующий продукт"),
    "model_target.segments": ("Segments", "Сегменты"),
    "model_target.survival": ("Survival", "Дожитие"),
    "model_target.uplift": ("Uplift", "Отклик"),
    "model_status.champion": ("serves", "работает"),
    "model_status.challenger": ("was not promoted", "не повышена"),
    "model_status.retired": ("retired", "снята"),
    "model_status.no model": ("no model", "нет модели"),
    "drivers": ("What moves it", "Что влияет"),
    "drivers.how": (
        "What moves the score most.",
        "Признаки, сильнее всего влияющие на оценку.",
    ),
    "drivers.alt": ("Strongest: {feature}", "Сильнее всего: {feature}"),
    "drivers.none": ("Not told", "Не указано"),
    "drivers.none.why": (
        "This model tells no features, or reasons are not told for it.",
        "Модель не называет признаки.",
    ),
    "drivers.theme": ("Theme", "Тема"),
    "drivers.importance": ("Importance", "Важность"),
    "registry": ("Versions", "Версии"),
    "registry.how": (
        "Each version with what it learned from and why it serves or does not.",
        "Версии: на чём обучены и почему работают или нет.",
    ),
    "cases": ("Cases", "Случаи"),
}
