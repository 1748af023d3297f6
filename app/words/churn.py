"""Words of the Churn page."""

WORDS = {
    "churn.where.click": (
        "A click filters the page to the cell's region.",
        "Щелчок оставляет на странице регион ячейки.",
    ),
    "causes.click": (
        "A click: how long lines stay until they leave for it.",
        "Щелчок: сколько остаются до ухода по этой причине.",
    ),
    "churn.question": (
        "Who leaves and why, who may leave next, and how far to trust that?",
        "Кто уходит и почему, кто может уйти и насколько этому верить?",
    ),
    "churn.finding": (
        "In {month} **{exits}** subscriptions left, **{rate}** per 30 days{change}.",
        "За {month} ушло подписок: **{exits}**, **{rate}** за 30 дней{change}.",
    ),
    "churn.finding.next": (
        "The scores expect about **{exits}** of today's subscriptions to leave next.",
        "По оценкам дальше уйдёт около **{exits}** нынешних подписок.",
    ),
    "churn.finding.until": (
        "The scores expect about **{exits}** of today's subscriptions to leave before {until}.",
        "По оценкам до {until} уйдёт около **{exits}** нынешних подписок.",
    ),
    "churn.trend": ("Churn by month", "Отток по месяцам"),
    "part_of_base": ("Part of the base", "Часть базы"),
    "churn.of_part": (
        "The figures above are of **{part}** alone, compared with the same part ({versus}).",
        "Показатели выше – только о части «**{part}**», в сравнении с ней же ({versus}).",
    ),
    "churn.of_part.why": (
        "So is the trend; causes, what moved the rate, the grid and what spoils cost are of the "
        "whole base.",
        "Динамика – тоже; причины, что сдвинуло отток, сетка и цена плохого опыта – по всей базе.",
    ),
    "churn.of_part.stay": (
        "The curves are of the whole base, split as chosen there.",
        "Кривые – по всей базе, в выбранной там разбивке.",
    ),
    "churn.of_part.risk": (
        "So are the spread of the risk, its reasons and the list.",
        "Распределение риска, причины и список – тоже.",
    ),
    "churn.of_part.target": (
        "What a campaign earns is of the whole base; the list is of this part.",
        "Что приносит кампания – по всей базе; список – по этой части.",
    ),
    "churn.of_part.trust": (
        "The model is judged by everybody it scored.",
        "Модель проверена на всех, кого она оценила.",
    ),
    "whole_base": ("Whole base", "Вся база"),
    "expected_exits": ("Expected exits", "Ожидаемые уходы"),
    "expected_exits.help": (
        "Sum of the churn scores of the subscriptions in scope: how many leave {until}. Source: "
        "`ml.ml_score`",
        "Сумма оценок риска подписок: сколько уйдёт {until}. Источник: `ml.ml_score`",
    ),
    "of_scored": ("of {n} scored", "из {n} оценённых"),
    "charge_at_risk": ("Monthly charge at risk", "Плата под риском"),
    "charge_at_risk.help": (
        "Sum of score × monthly charge, in the operator's currency per month. Source: "
        "`ml.ml_score`, "
        "`marts.dim_subscription`",
        "Сумма: оценка × месячная плата, в валюте оператора за месяц. Источник: `ml.ml_score`, "
        "`marts.dim_subscription`",
    ),
    "risk.title": ("Who may leave next", "Кто может уйти"),
    "distribution": ("How the risk is spread", "Как распределён риск"),
    "distribution.how": (
        "Subscriptions by churn risk on {day}; orange: bars wholly within the tenth with the "
        "highest risk. A wide bar joins bins of fewer than 10 customers. Heights by square root, "
        "so that small bars are seen.",
        "Подписки по риску ухода на {day}; оранжевым – столбцы целиком из десятой части с высшим "
        "риском. Широкий столбец объединяет менее 10 клиентов. Высота – квадратный корень, чтобы "
        "были видны малые столбцы.",
    ),
    "distribution.top": (
        "The tenth begins at {top}.",
        "Десятая часть начинается с {top}.",
    ),
    "distribution.alt": (
        "Spread of churn risk; the top tenth begins at {top}",
        "Распределение риска; верхняя десятая начинается с {top}",
    ),
    "themes": ("What drives the top tenth", "Что движет верхней десятой"),
    "themes.how": (
        "Main reason of the tenth with the highest risk, % of that tenth.",
        "Главная причина у десятой части с высшим риском, % этой части.",
    ),
    "themes.alt": ("Most frequent theme: {theme}, {share}", "Чаще всего: {theme}, {share}"),
    "no_reasons": ("No reasons told", "Причины не указаны"),
    "no_reasons.why": (
        "Reasons are told only when the explanation follows the model closely enough.",
        "Причины показываются, только если объяснение достаточно близко к модели.",
    ),
    "risk.list": ("Risk list", "Список риска"),
    "risk.nobody": ("Nobody to list", "Список пуст"),
    "risk.nobody.why": (
        "Nobody of this part of the base has a score, or an earlier version made this release: "
        "the next run lists them.",
        "В этой части базы ни у кого нет оценки, или выпуск сделан прежней версией: список "
        "составит следующий расчёт.",
    ),
    "risk.list.how": (
        "The {rows} subscriptions with the highest risk on {day}, by pseudonym. Select a row for "
        "its story. The download holds only those who may be contacted.",
        "Подписок с высшим риском на {day}: {rows}, по псевдонимам. Выберите строку. В файле "
        "только те, кому можно писать.",
    ),
    "reasons": ("Why", "Почему"),
    "times_base": ("× average", "× среднего"),
    "times_base.help": (
        "Risk divided by the share that left in training.",
        "Риск, делённый на долю ушедших при обучении.",
    ),
    "offering": ("Product", "Продукт"),
    "monthly_charge": ("Monthly charge", "Плата в месяц"),
    "honesty": ("How good the model is", "Насколько хороша модель"),
    "honesty.how": (
        "Beside the simplest alternatives, on the same rows. AUC 0.5 is chance; higher AUC and "
        "lift, "
        "lower log-loss and calibration error are better.",
        "Рядом с простейшими способами, на тех же строках. AUC 0,5 – случайность; выше AUC и lift, "
        "ниже log-loss и ошибка калибровки – лучше.",
    ),
    "honesty.model": (
        "Trained on {rows} rows with {exits} exits, cut-offs {since} to {until}.",
        "Обучена на строках: {rows}, уходов: {exits}, срезы с {since} по {until}.",
    ),
    "honesty.exact": ("Its reasons are exact.", "Причины точные."),
    "honesty.approximate": (
        "Its reasons are told by a simpler model that follows it.",
        "Причины объясняет более простая модель, следующая за ней.",
    ),
    "beats": ("Clearly better than: {names}.", "Явно лучше, чем: {names}."),
    "not_clearly_better": (
        "**Not clearly better than: {names}.**",
        "**Не явно лучше, чем: {names}.**",
    ),
    "noise": ("noise", "шум"),
    "no_evaluation": ("Not evaluated", "Не проверена"),
    "no_evaluation.why": (
        "This release holds no evaluation, so nothing can be said about how good scores are.",
        "В выпуске нет проверки, поэтому о качестве оценок сказать нечего.",
    ),
    "estimator": ("Method", "Способ"),
    "role": ("Role", "Роль"),
    "model": ("Model", "Модель"),
    "baseline": ("Baseline", "Опорный"),
    "split": ("Tested on", "Проверено на"),
    "test_rows": ("Rows", "Строки"),
    "leaks": (
        "Leak gate, strongest single column by AUC: {text}.",
        "Проверка утечек, сильнейший столбец по AUC: {text}.",
    ),
}
