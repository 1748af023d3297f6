"""Words of the work list and of decisions."""

_ACTION = {
    "repair_first": ("Repair first", "Чинить вне очереди"),
    "notify": ("Tell before they ask", "Сообщить заранее"),
    "fix_bill": ("Fix the bill", "Исправить счёт"),
    "call": ("Call to keep", "Позвонить и удержать"),
    "offer": ("Offer a product", "Предложить продукт"),
    "change_plan": ("Offer a better plan", "Предложить другой тариф"),
    "do_nothing": ("Do nothing", "Ничего не делать"),
}
_WHY = {
    "nothing pays": ("Nothing pays", "Ничто не окупается"),
    "nothing known": ("No reason to act, or no consent", "Нет повода или согласия"),
    "withheld": ("Kept back by chance, to measure", "Контрольная группа"),
    "budget": ("The budget is spent", "Бюджет исчерпан"),
    "capacity": ("No capacity left", "Нет мощности"),
    "contact fatigue": ("Contacted enough already", "Контактов уже достаточно"),
    "better left alone": ("Better left alone", "Лучше не беспокоить"),
}
_SOURCE = {
    "ml_effect": ("measured on events", "измерено по событиям"),
    "hold-out of campaigns": ("measured by campaigns", "измерено кампаниями"),
    "own hold-out": ("measured by this desk", "измерено здесь"),
    "assumption": ("assumed", "допущение"),
}
_DAY_PART = {
    "night": ("night", "ночь"),
    "morning": ("morning", "утро"),
    "afternoon": ("afternoon", "день"),
    "evening": ("evening", "вечер"),
}
_OUTCOME = {
    "exits": ("Exits", "Уходы"),
    "contacts": ("Contacts", "Обращения"),
    "takes": ("Offers taken", "Принятые предложения"),
    "revenue": ("Revenue", "Выручка"),
}
# What an action is there for: more of it is good.
_DONE = {
    "exits": ("exits prevented", "предотвращённые уходы"),
    "contacts": ("contacts prevented", "предотвращённые обращения"),
    "takes": ("offers taken", "принятые предложения"),
}
_SCENARIO = {
    "restore_an_hour_sooner": ("Restore one hour sooner", "Восстанавливать на час раньше"),
    "deliver_two_days_sooner": (
        "Deliver two days sooner",
        "Выполнять заказы на два дня раньше",
    ),
    "cap_bill_shock": ("Cap bill shock", "Ограничить скачки счёта"),
    "raise_prices_5": ("Raise prices by 5%", "Поднять цены на 5 %"),
}
_METHOD = {
    "free": ("no limit binds", "пределы не мешают"),
    "exact": ("best possible choice", "наилучший выбор"),
    "priced": ("by prices of what is scarce", "по ценам дефицита"),
}

WORDS: dict[str, tuple[str, str]] = {
    "list_risk": ("Risk on the list", "Риск в списке"),
    "list_risk.how": (
        "Lines of the list by their risk of leaving, all actions; pointing tells the exits "
        "prevented, with interval. The height grows with the square root. A click lists those of "
        "that risk and more. A wide bar: ranges joined, for of few customers none is told.",
        "Подписки списка по риску ухода, все действия; при наведении – предотвращённые уходы с "
        "интервалом. Высота растёт как корень. Щелчок оставляет в списке риск не ниже. Широкий "
        "столбец – диапазоны вместе: о немногих клиентах не сообщается.",
    ),
    "list_risk.alt": ("Most lines: {risk}", "Больше всего подписок: {risk}"),
    "value_from.all": ("Any", "Любая"),
    "consent.all": ("Any", "Любое"),
    "about.all": ("Anything", "Что угодно"),
    "kind_of_customer.all": ("Any", "Любой"),
    "value_from": ("Net value at least", "Польза не ниже"),
    "value_from.sure": ("Surely above zero", "Точно выше нуля"),
    "value_from.help": (
        "Surely: the whole 95% interval is above zero. Of those you can do today, not beyond them.",
        "Точно: весь 95 % интервал выше нуля. Из тех, что вы успеете сегодня, не сверх них.",
    ),
    "about": ("About", "О чём"),
    "about.product": ("Product: {name}", "Продукт: {name}"),
    "about.problem": ("Outage {name}", "Авария {name}"),
    "about.help": (
        "The product or the outage that the reason is about; those of most lines can be chosen.",
        "Продукт или авария, о которых говорит причина; можно выбрать самые частые.",
    ),
    "at_stage": ("Stand now at", "Стоят сейчас на шаге"),
    "at_stage.all": ("Any or none", "Всё равно"),
    "at_stage.help": (
        "A stage of a moment where the line stands now: of each region and segment the 200 longest "
        "there. Source: `marts.moment_list`",
        "Шаг пути, на котором подписка стоит сейчас: в каждом регионе и сегменте до 200 стоящих "
        "дольше всех. Источник: `marts.moment_list`",
    ),
    "kind_of_customer": ("Segment by behaviour", "Сегмент по поведению"),
    "kind_of_customer.help": (
        "Found by the nightly run among those who agreed to profiling; others are in none. "
        "Source: `ml.ml_segment_member`",
        "Найден ночным запуском среди согласившихся на профилирование; остальных в сегментах нет. "
        "Источник: `ml.ml_segment_member`",
    ),
    "consent.only.help": (
        "Agreement as the list tells it: of lines whose action needs one, or those that need none.",
        "Согласие, как в списке: у подписок, действию для которых оно нужно, или где не нужно.",
    ),
    "consent.both": ("marketing and profiling", "реклама и профилирование"),
    "work_list.only": (
        "{lines} of the first {of}, as filtered above.",
        "{lines} из первых {of} – по фильтрам выше.",
    ),
    "work_list.nobody_such.why": (
        "None of those you can do today is such. Reset the filters above the list, or do more.",
        "Среди тех, кого вы успеете, таких нет. Сбросьте фильтры над списком или возьмите больше.",
    ),
    "risk_from": ("Risk at least", "Риск не ниже"),
    "risk_from.all": ("Any", "Любой"),
    "work_list": ("Work list", "Список дел"),
    "work_list.question": (
        "Whom to help and call today, and why?",
        "Кому помочь и позвонить сегодня, и почему?",
    ),
    "work_list.none": ("No actions in this release", "В выпуске нет действий"),
    "work_list.none.why": (
        "`cx score` chooses them once the features are built.",
        "Их выбирает `cx score`, когда готовы признаки.",
    ),
    "work_list.idle": ("Do nothing today", "Сегодня – ничего"),
    "work_list.idle.why": (
        "Every line was weighed, and nothing can be told to pay. Why is below; the next run weighs "
        "them again.",
        "Взвешены все подписки, и ни о чём нельзя сказать, что окупится. Почему – ниже; следующий "
        "запуск взвесит снова.",
    ),
    "work_list.to_plan": ("What was weighed", "Что было взвешено"),
    "work_list.finding": (
        "Doing the first **{lines}** of {total} is expected to bring **{value}** against doing "
        "nothing ({low} to {high}).",
        "Первые **{lines}** из {total} дадут **{value}** против бездействия (от {low} до {high}).",
    ),
    "work_list.finding.left": (
        "**{lines}** are left out, worth {value} more.",
        "За бортом останется **{lines}**, это ещё {value}.",
    ),
    "work_list.finding.nothing": (
        "Doing **nothing** leaves {lines} undone, worth {value}.",
        "**Бездействие** оставит несделанным: {lines}, это {value}.",
    ),
    "to_do": ("To do", "Что сделать"),
    "to_do.all": ("Everything", "Всё"),
    "capacity": ("How many can you do today?", "Сколько успеете сегодня?"),
    "capacity.help": (
        "The list is made anew each night: what is left out today competes again tomorrow.",
        "Список составляется заново каждую ночь: что не сделано, завтра снова в очереди.",
    ),
    "capacity.mark": ("your day", "ваш день"),
    "net_value": ("Net value", "Чистая польза"),
    "net_value.narrow": ("Net value", "Польза"),
    "net_value.help": (
        "Exits prevented × customer value + contacts spared × their cost + sales − cost of doing "
        "it, against doing nothing. Source: `ml.ml_work_list`; terms: `actions.csv`",
        "Предотвращённые уходы × ценность клиента + снятые обращения × их цена + продажи − "
        "затраты, против бездействия. Источник: `ml.ml_work_list`; условия: `actions.csv`",
    ),
    "saves.help": (
        "Exits prevented with their 95% interval; bounds are added up, for lines err together. "
        "Source: `ml.ml_action_curve`",
        "Предотвращённые уходы и 95 % интервал; границы складываются: ошибки общие. Источник: "
        "`ml.ml_action_curve`",
    ),
    "contacts_spared": ("Contacts spared", "Снятые обращения"),
    "contacts_spared.help": (
        "Contacts with care that will not happen. Source: `ml.ml_action_curve`",
        "Обращения, которых не будет. Источник: `ml.ml_action_curve`",
    ),
    "left_out": ("Left out", "Не успеваем"),
    "left_out.worth": ("worth {value}", "это {value}"),
    "left_out.help": (
        "Lines on the list beyond what you can do, and what they would bring.",
        "Подписки в списке сверх ваших сил и их польза.",
    ),
    "doing_nothing": ("Doing nothing", "Бездействие"),
    "doing_nothing.note": ("brings nothing", "не даёт ничего"),
    "nothing.help": (
        "What everything here is compared with.",
        "С этим сравнивается всё на странице.",
    ),
    "lines": ("Lines", "Подписки"),
    "work_list.curve": ("What a day's work brings", "Что даёт рабочий день"),
    "work_list.curve.how": (
        "Net value by how many are done, best first; band: 95%. At zero: doing nothing.",
        "Чистая польза по числу сделанного, лучшие сначала; полоса – 95 %. Ноль – бездействие.",
    ),
    "work_list.curve.alt": ("The chosen number brings {value}", "Выбранное число даёт {value}"),
    "work_list.list": ("Today's list", "Список на сегодня"),
    "work_list.list.how": (
        "Most net value first. Who is held out by chance, did not agree or was contacted enough is "
        "not in it. Select a row to open the customer.",
        "По чистой пользе. Контрольной группы, не согласившихся и уже получивших достаточно "
        "контактов в нём нет. Выберите строку, чтобы открыть клиента.",
    ),
    "work_list.hidden": ("These figures are hidden", "Эти числа скрыты"),
    "work_list.hidden.why": (
        "They are about fewer than 10 customers, or would give away figures that are.",
        "Они менее чем о 10 клиентах или выдали бы такие числа.",
    ),
    "work_list.nobody": ("Nobody on the list", "В списке никого"),
    "work_list.nobody.why": (
        "You chose to do nothing, or nothing pays for this part of the base today.",
        "Выбрано бездействие, или для этой части базы сегодня ничто не окупается.",
    ),
    "because": ("Why", "Почему"),
    "best_way": ("Channel, time (UTC)", "Канал, время (UTC)"),
    "best_way.help": (
        "What the customer uses itself; empty where only its segment would tell.",
        "Чем пользуется сам клиент; пусто, если известно только о его сегменте.",
    ),
    "consent": ("Agreed to", "Согласие"),
    "consent.help": (
        "Purposes agreed to; who has not agreed to all an action needs is not on the list.",
        "Цели, на которые есть согласие; без всех нужных клиента в списке нет.",
    ),
    "consent.not_needed": ("not needed", "не требуется"),
    "consent.marketing": ("marketing", "реклама"),
    "consent.profiling": ("profiling", "профилирование"),
    "contacts.lately": ("Contacts in {days} days", "Контакты за {days} дней"),
    "contacts.lately.help": (
        "Calls and campaign contacts made lately, of the most the policy allows.",
        "Наши звонки и контакты кампаний и сколько разрешено.",
    ),
    "contacts.of": ("{made} of {most}", "{made} из {most}"),
    "effect_source": ("Effect", "Эффект"),
    "effect_source.help": (
        "Where the effect is from: measured, or assumed in `actions.csv`.",
        "Откуда эффект: измерен или допущение из `actions.csv`.",
    ),
    "idle": ("Why nothing is done for the others", "Почему для других – ничего"),
    "idle.how": (
        "Lines that are left alone today; what their best action would have brought is in the tip.",
        "Подписки, которых сегодня не трогают; упущенная польза – в подсказке.",
    ),
    "idle.why": ("Reason", "Причина"),
    "idle.missed": ("Value missed", "Упущенная польза"),
    "idle.none": ("Nobody is left alone", "Никто не оставлен"),
    "idle.none.why": (
        "Something is to be done for every line, or too few are left alone to be told.",
        "Для каждой подписки есть дело, или остальных слишком мало для показа.",
    ),
    "idle.untold": (
        "{lines} more for reasons that are not told: of too few customers, or one that would give "
        "those away.",
        "Ещё {lines} – по причинам, которые не названы: клиентов слишком мало, или причина выдала "
        "бы их.",
    ),
    "idle.alt": ("Most frequent: {why}, {lines}", "Чаще всего: {why}, {lines}"),
    "decisions": ("Decisions", "Решения"),
    "decisions.question": (
        "What is worth doing within the budget, what if, and did it work?",
        "Что стоит делать в пределах бюджета, что будет если и помогло ли?",
    ),
    "decisions.view.plan": ("Portfolio", "Портфель"),
    "decisions.view.what_if": ("What if", "Что если"),
    "decisions.view.results": ("Did it work?", "Помогло ли?"),
    "plan.finding": (
        "What is recommended is expected to bring **{value}** ({low} to {high}) for {cost} of a "
        "budget of {budget}.",
        "Рекомендованное даст **{value}** (от {low} до {high}) за {cost} при бюджете {budget}.",
    ),
    "plan.best": (
        "Most of it: **{action}**, {share}.",
        "Больше всего: **{action}**, {share}.",
    ),
    "plan.finding.few": (
        "What is recommended today is about too few customers to be told of.",
        "Рекомендации на сегодня касаются слишком немногих клиентов, чтобы их назвать.",
    ),
    "plan.finding.nothing": (
        "**Do nothing**: no action pays for anybody today.",
        "**Ничего не делать**: сегодня ни одно действие не окупается.",
    ),
    "plan.no_limit": ("no limit", "без предела"),
    "plan.spent": ("Budget used", "Израсходовано"),
    "plan.spent.of": ("of {budget}", "из {budget}"),
    "plan.spent.help": (
        "What all chosen actions cost this month, held-out lines left out. Source: "
        "`ml.ml_action_curve`; budget: `decision_terms.csv`",
        "Стоимость выбранного за месяц без контрольной группы. Источник: `ml.ml_action_curve`; "
        "бюджет: `decision_terms.csv`",
    ),
    "plan.lines": ("Lines with an action", "Подписки с действием"),
    "plan.lines.of": ("{idle} left alone", "не тронуты: {idle}"),
    "plan.lines.help": (
        "Lines something is recommended for, and those left alone. Actions whose cells are hidden "
        "below are counted. Source: `ml.ml_action_curve`",
        "Подписки, для которых есть рекомендация, и остальные, с действиями, скрытыми ниже. "
        "Источник: `ml.ml_action_curve`",
    ),
    "plan.withheld": ("Kept back by chance", "Контрольная группа"),
    "plan.withheld.note": ("to measure what actions do", "чтобы измерить эффект"),
    "plan.withheld.help": (
        "Chosen by the same rule and not done, so that the others can be compared with them.",
        "Выбраны тем же правилом и не сделаны, чтобы было с кем сравнить.",
    ),
    "plan.price": ("One more of the budget", "Ещё единица бюджета"),
    "plan.price.note": ("the budget does not bind", "бюджета хватает"),
    "plan.price.binds": ("brings, as the budget binds", "даст: бюджет исчерпан"),
    "plan.price.help": (
        "Value that one more unit of money would bring; zero while the budget is not spent.",
        "Польза от ещё одной денежной единицы; ноль, пока бюджет не исчерпан.",
    ),
    "plan.value": ("What each action is worth", "Чего стоит каждое действие"),
    "plan.value.how": (
        "Net value of all lines it is recommended for, with 95% interval; grey: may be nothing.",
        "Чистая польза по всем рекомендациям, 95 % интервал; серым – может не быть.",
    ),
    "plan.value.alt": ("Most valuable: {action}, {value}", "Самое ценное: {action}, {value}"),
    "plan.table": ("The portfolio", "Портфель"),
    "plan.table.how": (
        "How many options of each action were weighed and pay (a line has several where there are "
        "several products), and for how many lines it is recommended; what its limit leaves, and "
        "what one more would bring. Choice: {method}. Cells of fewer than 10 customers are hidden, "
        "and what would give them away. Source: `ml.ml_action_plan`",
        "Сколько вариантов действия взвешено и окупается (у подписки их несколько, если продуктов "
        "несколько) и для скольких подписок оно рекомендовано; остаток предела и цена ещё одного. "
        "Выбор: {method}. Ячейки менее чем о 10 клиентах и то, что их выдаст, скрыты. Источник: "
        "`ml.ml_action_plan`",
    ),
    "plan.none": ("No actions in this release", "В выпуске нет действий"),
    "plan.none.why": (
        "`cx score` chooses them once the features are built.",
        "Их выбирает `cx score`, когда готовы признаки.",
    ),
    "plan.to_list": ("To today's work list", "К списку на сегодня"),
    "plan.options": ("Options", "Вариантов"),
    "plan.worth_doing": ("Options that pay", "Окупаются"),
    "plan.recommended": ("Recommended", "Рекомендовано"),
    "plan.used": ("Used of limit", "Занято из предела"),
    "plan.one_more": ("One more brings", "Ещё одно даст"),
    "what_if.finding": (
        "**{scenario}** would be worth **{value}** in 30 days ({low} to {high}): {contacts} "
        "contacts and {exits} exits.",
        "**{scenario}**: **{value}** за 30 дней (от {low} до {high}); обращений {contacts}, уходов "
        "{exits}.",
    ),
    "what_if.finding.open": (
        "**{scenario}**: its effect has **not been measured**, so no figure is given.",
        "**{scenario}**: эффект **не измерен**, поэтому числа нет.",
    ),
    "what_if.scenario": ("If we", "Если"),
    "what_if.money": ("Worth in 30 days", "Польза за 30 дней"),
    "what_if.money.narrow": ("Worth", "Польза"),
    "what_if.money.help": (
        "Contacts and exits that would not happen × what each costs. Source: `ml.ml_what_if`",
        "Обращения и уходы, которых не будет × их цена. Источник: `ml.ml_what_if`",
    ),
    "what_if.dose": ("Changed of it", "Изменится"),
    "what_if.dose.note": (
        "of {now} in 30 days: {unit}",
        "из {now} за 30 дней: {unit}",
    ),
    "what_if.dose.help": (
        "How much of what happens would be different, of all events seen in {days} days.",
        "Сколько из происходящего изменится, по всем событиям за {days} дней.",
    ),
    "what_if.compare": ("All scenarios side by side", "Все сценарии рядом"),
    "what_if.compare.how": (
        "Money in 30 days with 95% interval. Grey: beyond what was lived through, or not clear.",
        "Деньги за 30 дней, 95 % интервал. Серым – за пределами пережитого или неясно.",
    ),
    "what_if.compare.alt": ("Worth most: {scenario}, {value}", "Лучшее: {scenario}, {value}"),
    "what_if.table": ("Scenarios in figures", "Сценарии в числах"),
    "what_if.table.how": (
        "A figure stands on the measured effect of a unit (`ml.ml_effect`) × what changes.",
        "Число – измеренный эффект единицы (`ml.ml_effect`) × что изменится.",
    ),
    "what_if.warning": ("Caution", "Осторожно"),
    "what_if.extrapolated": ("Beyond what was lived through", "За пределами пережитого"),
    "what_if.effect": ("Change in 30 days", "Изменение за 30 дней"),
    "what_if.outcome": ("Of what", "Чего"),
    "what_if.none": ("No what-if in this release", "В выпуске нет «что если»"),
    "what_if.none.why": (
        "`cx score` makes it from `scenarios.csv` once effects are measured.",
        "Его строит `cx score` из `scenarios.csv`, когда измерены эффекты.",
    ),
    "what_if.not_measured": ("not measured", "не измерено"),
    "results.finding": (
        "Clear effects, beside a group kept back by chance: **{clear}** of {measured}. Furthest "
        "from nothing: {action}, {outcome}: **{value}** per 100 lines.",
        "Явных эффектов рядом с контрольной группой: **{clear}** из {measured}. Дальше всего от "
        "нуля: {action}, {outcome}: **{value}** на 100 подписок.",
    ),
    "results.finding.open": (
        "**Nothing can be said yet**: no action has enough lines with a known outcome both done "
        "and kept back. Until then the values stand on what was assumed or measured elsewhere.",
        "**Пока сказать нечего**: ни у одного действия нет достаточного числа подписок с "
        "известным исходом и среди сделанных, и в контроле. До тех пор польза стоит на "
        "допущениях и прежних замерах.",
    ),
    "results.first": (
        "The first is known on **{day}**: {action}, {outcome}.",
        "Первым станет известно: {action}, {outcome} – **{day}**.",
    ),
    "results.first.few": (
        "The first outcomes are known on **{day}**, but the lists so far keep too few lines back "
        "of any one action: it takes more lists.",
        "Первые исходы станут известны **{day}**, но в списках пока слишком мало контроля по "
        "каждому действию: нужны новые списки.",
    ),
    "results.when": ("Known on", "Известно"),
    "results.when.help": (
        "When enough lines of both arms have a known outcome, by the lists made so far. Empty: "
        "they hold too few.",
        "Когда исход известен у достаточного числа подписок и среди сделанных, и в контроле – по "
        "уже составленным спискам. Пусто: в них слишком мало.",
    ),
    "results.chart": ("Foretold and found", "Обещано и найдено"),
    "results.chart.how": (
        "Share of what was foretold that the hold-out found, with 95% interval; line: as foretold. "
        "It weighs every later value.",
        "Какая доля обещанного нашлась в опыте, 95 % интервал; линия – как обещано. Она умножает "
        "все следующие оценки.",
    ),
    "results.chart.alt": ("{action}: {value} of what was foretold", "{action}: {value} обещанного"),
    "results.table": ("Done beside kept back", "Сделано и контроль"),
    "results.table.how": (
        "Exits and contacts prevented, offers taken, per 100 lines: those recommended beside those "
        "kept back by the same rule. It is the effect of recommending. Source: "
        "`ml.ml_action_effect`",
        "Предотвращённые уходы и обращения, принятые предложения на 100 подписок: рекомендованные "
        "рядом с контролем тем же правилом. Это эффект рекомендации. Источник: "
        "`ml.ml_action_effect`",
    ),
    "results.none": ("No action has a hold-out", "Нет действий с контролем"),
    "results.none.why": (
        "`cx score` keeps lines back by chance and follows them; come back after a month.",
        "`cx score` оставляет контроль и следит за ним; загляните через месяц.",
    ),
    "results.done": ("Done", "Сделано"),
    "results.kept": ("Kept back", "Контроль"),
    "results.measured": ("Found", "Найдено"),
    "results.foretold": ("Foretold", "Обещано"),
    "results.status.measured": ("measured", "измерено"),
    "results.status.foretold": ("too few yet", "пока мало"),
    **{f"desk_action.{code}": words for code, words in _ACTION.items()},
    **{f"idle_why.{code}": words for code, words in _WHY.items()},
    **{f"effect_source.{code}": words for code, words in _SOURCE.items()},
    **{f"habit_hour.{code}": words for code, words in _DAY_PART.items()},
    **{f"desk_outcome.{code}": words for code, words in _OUTCOME.items()},
    **{f"desk_done.{code}": words for code, words in _DONE.items()},
    **{f"scenario.{code}": words for code, words in _SCENARIO.items()},
    **{f"choice_method.{code}": words for code, words in _METHOD.items()},
}
