"""Words about curves, campaigns and how far to trust a model."""

WORDS = {
    "view": ("Show", "Показать"),
    "churn.view.why": ("Who left and why", "Кто ушёл и почему"),
    "churn.view.stay": ("How long they stay", "Сколько остаются"),
    "churn.view.risk": ("Who may leave next", "Кто может уйти"),
    "churn.view.target": ("Whom to contact", "Кому звонить"),
    "churn.view.trust": ("How far to trust it", "Насколько верить"),
    "slice": ("Part of the base", "Часть базы"),
    "contribution": ("Adds to the whole change", "Вклад в общее изменение"),
    "moved": ("What moved it", "Что изменилось"),
    "moved.how": (
        "Churn of each part of the base, {now} less {then}, with the interval of the difference. "
        "Grey: no clear change. Click a point to see that part.",
        "Отток каждой части базы, {now} минус {then}, с интервалом разности. Серым – нет явного "
        "изменения. Нажмите на точку, чтобы увидеть эту часть.",
    ),
    "moved.clear": (
        "**{count}** of {slices} parts changed clearly.",
        "Явно изменились **{count}** из {slices} частей.",
    ),
    "moved.unclear": (
        "**None** of {slices} parts changed clearly: what moved is within chance.",
        "**Ни одна** из {slices} частей явно не изменилась: сдвиги в пределах случайности.",
    ),
    "moved.alt": (
        "Largest difference: {slice}, {value}",
        "Наибольшая разница: {slice}, {value}",
    ),
    "moved.none": ("Nothing to compare", "Не с чем сравнить"),
    "moved.none.why": (
        "No part of the base has a churn rate in both periods.",
        "Ни у одной части базы нет оттока в обоих периодах.",
    ),
    "survival": ("How long they stay", "Сколько остаются"),
    "survival.how": (
        "Share still here, or gone for one cause; band: 95% interval. Small groups are left out.",
        "Доля оставшихся или ушедших по одной причине; полоса – 95 % интервал. Малых групп нет.",
    ),
    "survival.cut": (
        "The {shown} with most lines of {count} are drawn.",
        "Показаны {shown} с наибольшим числом подписок из {count}.",
    ),
    "survival.none": ("No curves in this release", "В выпуске нет кривых"),
    "survival.none.why": (
        "`cx score` makes them once exits are known.",
        "Их строит `cx score`, когда известны уходы.",
    ),
    "survival.reads.stays": (
        "Line: share of lines still here.",
        "Линия – доля оставшихся подписок.",
    ),
    "survival.reads.left": (
        "Line: share of lines gone for this cause.",
        "Линия – доля ушедших по этой причине.",
    ),
    "survival.reads.seen": (
        "As seen, by months since joining.",
        "По наблюдениям, по месяцам с подключения.",
    ),
    "survival.reads.expected": (
        "As expected of today's lines, by months from now.",
        "Ожидание для нынешних подписок, по месяцам от сегодняшнего дня.",
    ),
    "survival.alt": ("{series}: {value} in the last month", "{series}: {value} в конце"),
    "clock": ("Clock", "Отсчёт"),
    "clock.as of": ("From now on, expected", "От сегодня, ожидание"),
    "clock.tenure": ("Since joining, as seen", "С подключения, факт"),
    "split_by": ("Split by", "Разбить по"),
    "any_cause": ("Any cause", "Любая причина"),
    "still_here": ("Still here", "Остались"),
    "has_left": ("Gone", "Ушли"),
    "month.of": ("Month", "Месяц"),
    "months.since": ("months since joining", "месяцев с подключения"),
    "months.ahead": ("months from now", "месяцев от сегодня"),
    "after_months": ("After {months}", "Через {months}"),
    "prepaid": ("Prepaid", "Предоплата"),
    "postpaid": ("Postpaid", "Постоплата"),
    "dimension.all": ("Whole base", "Вся база"),
    "dimension.segment": ("Segment", "Сегмент"),
    "dimension.family": ("Product family", "Семейство"),
    "dimension.region": ("Region", "Регион"),
    "dimension.segment+family": ("Segment × product family", "Сегмент × семейство"),
    "dimension.segment+region": ("Segment × region", "Сегмент × регион"),
    "dimension.family+region": ("Product family × region", "Семейство × регион"),
    "dimension.contract": ("Contract", "Договор"),
    "dimension.contract_type": ("Contract", "Договор"),
    "dimension.payment_method": ("Way of paying", "Способ оплаты"),
    "dimension.is_prepaid": ("Prepaid or not", "Предоплата или нет"),
    "dimension.age_band": ("Age", "Возраст"),
    "dimension.tenure_band": ("Time with us", "Срок с нами"),
    "payment_method.direct_debit": ("Direct debit", "Автосписание"),
    "payment_method.card": ("Card", "Карта"),
    "payment_method.transfer": ("Transfer", "Перевод"),
    "payment_method.invoice": ("Invoice", "Счёт"),
    "payment_method.wallet": ("Wallet", "Кошелёк"),
    "payment_method.cash": ("Cash", "Наличные"),
    "tenure_band.under 3 months": ("under 3 months", "до 3 месяцев"),
    "tenure_band.3 to 12 months": ("3 to 12 months", "3–12 месяцев"),
    "tenure_band.1 to 3 years": ("1 to 3 years", "1–3 года"),
    "tenure_band.over 3 years": ("over 3 years", "более 3 лет"),
    "target.none": ("No campaign to plan", "Нет кампании"),
    "target.none.why": (
        "`cx score` makes the curve of profit once churn scores and customer values are known.",
        "Кривую прибыли строит `cx score`, когда известны риск и ценность клиентов.",
    ),
    "list_kind.risk, not persuadability": (
        "Risk, not persuadability",
        "Риск, а не отклик",
    ),
    "list_kind.persuadability": ("Persuadability, shown by hold-outs", "Отклик, показан опытом"),
    "list_kind.help": (
        "What the list may be called. Only campaigns with a hold-out drawn by chance can show whom "
        "a contact keeps; without them the list ranks who may leave, and a call may change nothing "
        "or drive them out.",
        "Как можно называть список. Кого удержит звонок, покажут только кампании со случайной "
        "контрольной группой; без них список говорит, кто может уйти, а звонок может ничего не "
        "изменить или ускорить уход.",
    ),
    "contacts.choose": ("How many to contact", "Скольким звонить"),
    "target.finding": (
        "Contacting **{contacts}** is expected to earn **{profit}** against doing nothing "
        "({low} to {high}).",
        "Контакты: **{contacts}**. Ожидаемая прибыль против бездействия: **{profit}** (от {low} "
        "до {high}).",
    ),
    "target.finding.chosen": (
        "Contacting {contacts} would earn {less} less.",
        "При {contacts} контактах прибыль меньше на {less}.",
    ),
    "target.finding.unsure": (
        "The band covers zero: **doing nothing may be as good.**",
        "Полоса включает ноль: **бездействие может быть не хуже.**",
    ),
    "target.finding.nothing": (
        "**Do nothing**: under these terms no number of contacts pays.",
        "**Ничего не делать**: на этих условиях контакты не окупаются.",
    ),
    "target.profit": ("Expected profit", "Ожидаемая прибыль"),
    "target.profit.help": (
        "Saves × customer value, less contacts and offers, against contacting nobody. Source: "
        "`ml.ml_profit_curve`; terms: `campaign_terms.csv`",
        "Удержанные × ценность клиента, минус контакты и предложения, против бездействия. "
        "Источник: `ml.ml_profit_curve`; условия: `campaign_terms.csv`",
    ),
    "target.profit.each": ("Profit of the contact", "Прибыль контакта"),
    "target.profit.each.help": (
        "Saves × this line's value − contact − offer where taken.",
        "Удержание × ценность подписки − контакт − предложение, если принято.",
    ),
    "target.saves": ("Expected saves", "Ожидаемо удержанных"),
    "target.saves.help": (
        "Exits prevented, by the assumption of the terms or the uplift shown.",
        "Предотвращённые уходы: по условиям или показанному отклику.",
    ),
    "target.of_contacts": ("of {contacts} contacted", "контактов: {contacts}"),
    "target.cost": ("Cost", "Затраты"),
    "target.cost.help": (
        "Contacts, and offers to those who take them.",
        "Контакты и предложения тем, кто их примет.",
    ),
    "target.held_out": ("Held out by chance", "Контрольная группа"),
    "target.held_out.help": (
        "Not to be contacted, so that somebody can tell what contacting did. They are on no list.",
        "Им не звонят, чтобы узнать, что дали звонки. В списке их нет.",
    ),
    "target.curve": ("What a campaign earns", "Что даёт кампания"),
    "target.curve.how": (
        "Profit by number of contacts; band: 95%. At zero contacts: doing nothing.",
        "Прибыль по числу контактов; полоса – 95 %. Ноль контактов – бездействие.",
    ),
    "target.curve.alt": ("Best campaign earns {profit}", "Лучшая кампания даёт {profit}"),
    "target.ranking": ("List ordered by", "Порядок списка"),
    "target.contacts": ("Contacts", "Контакты"),
    "target.best": ("most profit", "лучшее"),
    "target.limit": ("budget or cap", "бюджет или предел"),
    "ranking.expected profit": ("Expected profit", "Ожидаемая прибыль"),
    "ranking.risk": ("Risk", "Риск"),
    "ranking.uplift": ("Uplift", "Отклик"),
    "target.proof": ("What hold-outs showed", "Что показал опыт"),
    "target.proof.how": (
        "Whether a ranking finds those whom a contact keeps (M45).",
        "Находит ли порядок тех, кого удержит звонок (M45).",
    ),
    "target.proof.shown": (
        "Campaigns: {campaigns}, contacted: {treated}, held out: {control}. The chosen ranking "
        "**finds more of those whom a contact keeps than chance does**.",
        "Кампаний: {campaigns}, контактов: {treated}, контроль: {control}. Порядок **находит "
        "удерживаемых лучше случая**.",
    ),
    "target.proof.open": (
        "Campaigns: {campaigns}, contacted: {treated}, held out: {control}. **Not enough to show "
        "that any ranking finds those whom a contact keeps**. Below: the effect on everybody.",
        "Кампаний: {campaigns}, контактов: {treated}, контроль: {control}. **Этого мало, чтобы "
        "показать, кого удержит звонок.** Ниже – эффект на всех.",
    ),
    "target.proof.none": ("No campaign with a hold-out", "Нет кампаний с контролем"),
    "target.proof.none.why": (
        "Deliver `campaign_contact` with arms treated and control.",
        "Передайте `campaign_contact` с группами treated и control.",
    ),
    "target.list": ("Target list", "Список для контактов"),
    "target.list.how": (
        "Lines: {rows}, most expected profit first; held-out lines are not in it. The download "
        "holds only those who may be contacted.",
        "Строк: {rows}, по ожидаемой прибыли; контрольной группы нет. В файле только те, кому "
        "можно писать.",
    ),
    "target.nobody": ("Nobody to contact", "Звонить некому"),
    "target.nobody.why": (
        "Doing nothing is chosen, or nobody of this part of the base is on the list, or an earlier "
        "version made this release: the next run lists them.",
        "Выбрано бездействие, или в этой части базы никого нет в списке, или выпуск сделан прежней "
        "версией: список составит следующий расчёт.",
    ),
    "place": ("Place", "Место"),
    "uplift": ("Effect of a contact", "Эффект контакта"),
    "uplift.help": (
        "Exits prevented per contact, with 95% interval; empty where hold-outs have not shown any.",
        "Предотвращённые уходы на контакт, 95 % интервал; пусто, если опыт не показал.",
    ),
    "clv": ("Customer value", "Ценность клиента"),
    "may_be_contacted": ("May be contacted", "Можно писать"),
    "trust.proven": (
        "Over {cutoffs} cut-offs the model is **clearly better than the three-line rule**: "
        "log-loss gain {gain} ({low} to {high}).",
        "На срезах: {cutoffs} – модель **явно лучше правила из трёх строк**: выигрыш log-loss "
        "{gain} (от {low} до {high}).",
    ),
    "trust.unproven": (
        "Over {cutoffs} cut-offs the model is **not proven better than the three-line rule**: "
        "log-loss gain {gain} ({low} to {high}).",
        "На срезах: {cutoffs} – **не доказано, что модель лучше правила из трёх строк**: выигрыш "
        "log-loss {gain} (от {low} до {high}).",
    ),
    "backtest": ("Back-tests over time", "Проверки на прошлом"),
    "backtest.how": (
        "Refitted at each cut-off on what was known then, asked who will leave. AUC; band: 95% of "
        "the model; 0.5 is chance.",
        "На каждом срезе обучение заново на известном тогда. AUC; полоса – 95 % модели; 0,5 – "
        "случайность.",
    ),
    "backtest.none": ("No back-test", "Проверки на прошлом нет"),
    "backtest.none.why": (
        "It needs cut-offs with at least 50 exits to learn from and 10 to be tested on.",
        "Нужны срезы, где не менее 50 уходов для обучения и 10 для проверки.",
    ),
    "backtest.alt": ("Newest value {value}", "Последнее значение {value}"),
    "cut_off": ("Cut-off", "Срез"),
    "scope": ("Over", "По"),
    "scope.mean": ("all cut-offs", "всем срезам"),
    "scope.worst": ("the worst one", "худшему"),
    "scope.decay": ("an older model", "более старой модели"),
    "lag": ("{months} months old", "возраст {months} мес."),
    "calibration": ("Is a risk of 5% five in a hundred?", "Риск 5 % – это 5 из 100?"),
    "calibration.how": (
        "By tenth of risk: predicted beside what came true, on rows not seen; line: both equal.",
        "По десятым риска: прогноз и факт на невиденных строках; пунктир – равенство.",
    ),
    "calibration.good": (
        "In all {bins} groups the prediction lies within the interval of what came true.",
        "Во всех группах ({bins}) прогноз в пределах интервала факта.",
    ),
    "calibration.off": (
        "In **{off}** of {bins} groups the prediction lies outside the interval of what came true.",
        "В **{off}** из {bins} групп прогноз вне интервала факта.",
    ),
    "calibration.alt": (
        "Prediction outside the interval in {off} of {bins} groups",
        "Прогноз вне интервала в {off} из {bins} групп",
    ),
    "calibration.none": ("Not measured", "Не измерено"),
    "calibration.none.why": (
        "This release holds no comparison of predictions with outcomes.",
        "В выпуске нет сравнения прогнозов с исходами.",
    ),
    "predicted": ("Predicted", "Прогноз"),
    "observed": ("Came true", "Факт"),
    "groups": ("For whom is it wrong?", "Для кого она ошибается?"),
    "groups.how": (
        "Predicted less observed share by group, 95% interval. Filled: clearly off. Groups of what "
        "a person did not choose are the fairness table.",
        "Прогноз минус факт по группам, 95 % интервал. Закрашено – явная ошибка. Группы по тому, "
        "чего человек не выбирал, – таблица справедливости.",
    ),
    "groups.fine": (
        "In none of {groups} groups is the prediction clearly off.",
        "Ни в одной из {groups} групп нет явной ошибки прогноза.",
    ),
    "groups.wrong": (
        "In **{count}** of {groups} groups the prediction is clearly off: {names}.",
        "Явная ошибка в **{count}** из {groups} групп: {names}.",
    ),
    "groups.wrong.most": (
        "In **{count}** of {groups} groups the prediction is clearly off, furthest: {names}.",
        "Явная ошибка в **{count}** из {groups} групп, самая большая: {names}.",
    ),
    "groups.alt": ("Largest gap: {group}", "Наибольшая ошибка: {group}"),
    "groups.none": ("Not measured by group", "По группам не измерено"),
    "groups.none.why": (
        "Groups are judged on the rows of the back-test.",
        "Группы оцениваются на строках проверки на прошлом.",
    ),
    "group": ("Group", "Группа"),
    "gap": ("Predicted less observed", "Прогноз минус факт"),
    "chosen_ratio": ("Chosen ×", "Выбор ×"),
    "chosen_ratio.help": (
        "How often the group is among the tenth with the highest risk, over everybody's.",
        "Как часто группа попадает в десятую часть с высшим риском, относительно всех.",
    ),
    "fairness": ("Fairness", "Справедливость"),
    "fairness.help": (
        "A group by what a person did not choose: age, region, segment.",
        "Группа по тому, чего человек не выбирал: возраст, регион, сегмент.",
    ),
    "serves": ("Why this model serves", "Почему работает эта модель"),
    "decisions.how": (
        "Each check of the gate: what was found and what was allowed.",
        "Каждая проверка: что найдено и что разрешено.",
    ),
    "decisions.last": (
        "Newest decision ({day}): **{decision}**.",
        "Последнее решение ({day}): **{decision}**.",
    ),
    "decisions.none": ("No decision yet", "Решений ещё нет"),
    "decisions.none.why": (
        "`cx train` writes why a model serves.",
        "`cx train` записывает, почему работает модель.",
    ),
    "decision": ("Decision", "Решение"),
    "decision.first": ("first model, serves", "первая модель, работает"),
    "decision.promoted": ("promoted", "повышена"),
    "decision.kept": ("the old one is kept", "оставлена прежняя"),
    "decision.rolled back": ("taken back", "отозвана"),
    "decision.nothing to go back to": ("nothing to go back to", "отступать не к чему"),
    "check": ("Check", "Проверка"),
    "check.no leak": ("No leak", "Нет утечек"),
    "check.calibration": ("Calibration", "Калибровка"),
    "check.log-loss": ("Log-loss", "Log-loss"),
    "check.worst month": ("Worst month", "Худший месяц"),
    "check.three-line rule": ("Against the three-line rule", "Против правила из трёх строк"),
    "check.scores moved": ("Scores moved", "Сдвиг оценок"),
    "check.back-test": ("Back-test", "Проверка на прошлом"),
    "check.comparable": ("Comparable", "Сравнимость"),
    "check.realised": ("What came true", "Что сбылось"),
    "outcome": ("Outcome", "Итог"),
    "passed": ("passed", "пройдена"),
    "not_passed": ("not passed", "не пройдена"),
    "decisive": ("Decisive", "Решающая"),
    "decisive.help": (
        "A failure keeps a challenger from serving.",
        "Непройденная не пускает новую модель в работу.",
    ),
    "told": ("Note", "Примечание"),
    "drift": ("Has what comes in changed?", "Изменились ли данные?"),
    "drift.how": (
        "Each feature and the scores beside what the model learned from. Within the noise limit "
        "nothing is said to have moved.",
        "Признаки и оценки рядом с тем, на чём модель училась. В пределах шума сдвига нет.",
    ),
    "drift.none": ("Nothing compared yet", "Сравнений ещё нет"),
    "drift.none.why": ("`cx score` compares at each run.", "Сравнивает `cx score`."),
    "drift.drifted": ("drifted", "сдвинулось"),
    "drift.watch": ("watch", "следить"),
    "drift.steady": ("steady", "стабильно"),
    "drift_kind.feature": ("Feature", "Признак"),
    "drift_kind.score": ("Scores", "Оценки"),
    "drift_kind.calibration": (
        "Mean score less share that left",
        "Средний риск минус доля ушедших",
    ),
    "drift.value": ("Shift", "Сдвиг"),
    "drift.value.help": (
        "Population stability index; of calibration, predicted less observed.",
        "Индекс стабильности; для калибровки – прогноз минус факт.",
    ),
    "drift.noise": ("Noise up to", "Шум до"),
    "drift.since": ("Compared with", "Сравнение с"),
    "subject": ("What", "Что"),
    "measure": ("Measure", "Мера"),
    "measure.log_loss_gain": ("Log-loss gain of the model", "Выигрыш log-loss модели"),
    "measure.calibration_gap": ("Predicted less observed", "Прогноз минус факт"),
    "measure.qini": ("Qini (saves per 1,000)", "Qini (удержано на 1000)"),
    "measure.auuc": ("AUUC (saves per 1,000)", "AUUC (удержано на 1000)"),
    "measure.uplift_at_10": ("Effect, top tenth", "Эффект, верхняя десятая"),
    "measure.uplift_at_30": ("Effect, top three tenths", "Эффект, верхние три десятых"),
    "measure.uplift_at_100": ("Effect on everybody", "Эффект на всех"),
    "groups.small": ("small groups together", "малые группы вместе"),
    "leak.refused": ("refused", "отвергнут"),
    "leak.passed": ("passed", "допущен"),
    "leak.warned": ("noted", "замечен"),
    "measure.arm_auc": ("Told apart (AUC; 0.5: chance)", "Отличимость (0,5 – случай)"),
    "measure.largest_standard_gap": (
        "Largest difference of the groups (in standard deviations)",
        "Наибольшее различие групп (в ст. отклонениях)",
    ),
    "estimator.balance": ("Were the groups alike", "Похожи ли группы"),
    "estimator.everyone": ("Everybody", "Все"),
    "estimator.risk": ("Risk ranking", "Порядок по риску"),
}
