"""Names of metrics, their units and slices, and the words of Metric catalogue and Explore."""

_NAMES = {
    "M01b": ("NPS (transactional)", "NPS (транзакционный)"),
    "M02": ("CSAT", "CSAT"),
    "M02b": ("CSAT (mean)", "CSAT (среднее)"),
    "M03": ("CES", "CES"),
    "M03b": ("CES (share easy)", "CES (доля «легко»)"),
    "M04": ("Survey response rate", "Доля ответов на опросы"),
    "M05b": ("Self-service rate", "Частота самообслуживания"),
    "M06": ("Repeat-contact rate", "Повторные обращения"),
    "M06d1": ("Repeat-contact rate (1 day)", "Повторные обращения (1 день)"),
    "M06d14": ("Repeat-contact rate (14 days)", "Повторные обращения (14 дней)"),
    "M06d30": ("Repeat-contact rate (30 days)", "Повторные обращения (30 дней)"),
    "M07": ("FCR (coded)", "FCR (по отметке)"),
    "M08": ("FCR (durable)", "FCR (устойчивый)"),
    "M09": ("FCR honesty gap", "Разрыв FCR"),
    "M10": ("Handling time", "Время обработки"),
    "M11": ("Transfers per contact", "Переводов на обращение"),
    "M11j": ("Hand-offs per journey", "Передач на путь клиента"),
    "M12": ("Digital containment (verified)", "Решено без человека (проверено)"),
    "M12b": ("Digital containment (unverified)", "Решено без человека (не проверено)"),
    "M13": ("Complaint rate", "Частота жалоб"),
    "M13b": ("Complaint rate (opened)", "Частота открытых жалоб"),
    "M13r": ("Complaints to the regulator", "Жалобы регулятору"),
    "M14": ("Time to detect (median)", "Время обнаружения (медиана)"),
    "M14a": ("Time to acknowledge (median)", "Время реакции (медиана)"),
    "M14ap90": ("Time to acknowledge (p90)", "Время реакции (p90)"),
    "M14p90": ("Time to detect (p90)", "Время обнаружения (p90)"),
    "M15": ("Time to restore", "Время восстановления"),
    "M15b": ("Time to restore (by customers)", "Время восстановления (по клиентам)"),
    "M15r": ("Time to repair", "Время ремонта"),
    "M15s": ("Time to resolve", "Время до закрытия сбоя"),
    "M16": ("Time between failures", "Время между отказами"),
    "M16lb": ("Time between failures (at least)", "Время между отказами (не менее)"),
    "M17b": ("Availability (unplanned only)", "Доступность (только внеплановые)"),
    "M18b": ("Minutes lost (unplanned only)", "Потерянные минуты (внеплановые)"),
    "M18c": ("Minutes lost (each customer once)", "Потерянные минуты (клиент один раз)"),
    "M19": ("Minutes down per service", "Минут простоя на услугу"),
    "M19b": ("Minutes down per service (unplanned)", "Минут простоя на услугу (внеплан.)"),
    "M19c": ("Minutes per interruption", "Минут на перерыв"),
    "M19cb": ("Minutes per interruption (unplanned)", "Минут на перерыв (внеплан.)"),
    "M19f": ("Interruptions per service", "Перерывов на услугу"),
    "M19fb": ("Interruptions per service (unplanned)", "Перерывов на услугу (внеплан.)"),
    "M20": ("Services with 3 interruptions", "Услуги с 3 перерывами"),
    "M20b": ("Services with 3 interruptions (unplanned)", "Услуги с 3 перерывами (внеплан.)"),
    "M20h": ("Services down 7 hours or more", "Услуги с простоем от 7 часов"),
    "M20hb": ("Services down 7 hours (unplanned)", "Услуги с простоем от 7 часов (внеплан.)"),
    "M21": ("Degraded minutes", "Минуты ухудшения"),
    "M22b": ("Order to first usage (median)", "От заказа до пользования (медиана)"),
    "M22bp90": ("Order to first usage (p90)", "От заказа до пользования (p90)"),
    "M22c": ("Order time (customer clock, median)", "Срок заказа (часы клиента, медиана)"),
    "M22cp90": ("Order time (customer clock, p90)", "Срок заказа (часы клиента, p90)"),
    "M22p90": ("Order time (p90)", "Срок заказа (p90)"),
    "M23": ("On time (first promise)", "В срок (первое обещание)"),
    "M23b": ("On time (latest promise)", "В срок (последнее обещание)"),
    "M23c": ("On time (date asked for)", "В срок (желаемая дата)"),
    "M24": ("On time in full", "В срок и полностью"),
    "M25": ("Right first time", "Верно с первого раза"),
    "M26": ("Order fallout", "Сбои заказов"),
    "M27": ("Zero-touch orders", "Заказы без рук"),
    "M27b": ("Early-life failure", "Отказ в начале службы"),
    "M27c": ("Missed appointments", "Сорванные визиты"),
    "M29w": ("Voluntary churn with moves", "Добровольный отток с переездами"),
    "M30": ("Revenue churn", "Отток выручки"),
    "M30n": ("Net revenue retention", "Удержание выручки"),
    "M31": ("Port-out rate", "Переносы номера"),
    "M31b": ("Port-out intent", "Намерение перенести номер"),
    "M32": ("Save rate", "Доля удержанных"),
    "M34": ("Bill shock", "Шок от счёта"),
    "M34b": ("Bill shock (not ordered)", "Шок от счёта (без заказа)"),
    "M35": ("Billing disputes", "Споры о счетах"),
    "M35b": ("Credited share of disputes", "Возмещённая доля споров"),
    "M37": ("Silent sufferers", "Молча страдающие"),
    "M38": ("Vocal ratio", "Доля говорящих о проблеме"),
    "M39": ("Told before they ask", "Предупреждены заранее"),
    "M39p": ("Precision of notices", "Точность уведомлений"),
    "M40": ("Detected by us first", "Обнаружено нами первыми"),
    "M41": ("Cost to serve", "Затраты на обслуживание"),
    "M43": ("Residual customer value", "Остаточная ценность клиента"),
    "M44": ("ROC-AUC (churn)", "ROC-AUC (отток)"),
    "M44a": ("Average precision (churn)", "Средняя точность (отток)"),
    "M44b": ("Brier score (churn)", "Оценка Брайера (отток)"),
    "M44c": ("C-index (survival)", "C-индекс (дожитие)"),
    "M44d": ("Calibration slope (churn)", "Наклон калибровки (отток)"),
    "M44e": ("Calibration error (churn)", "Ошибка калибровки (отток)"),
    "M44g": ("Gini (churn)", "Джини (отток)"),
    "M44h": ("Hit rate, three offers", "Попадание, три предложения"),
    "M44k": ("Gain, top tenth (churn)", "Охват верхней десятой (отток)"),
    "M44l": ("Lift, top tenth (churn)", "Lift верхней десятой (отток)"),
    "M44m": ("MAP@3 (next product)", "MAP@3 (следующий продукт)"),
    "M44o": ("Share worth contacting (churn)", "Доля для контакта (отток)"),
    "M44p": ("Expected maximum profit (churn)", "Ожидаемая наибольшая прибыль (отток)"),
    "M44s": ("Integrated Brier score (survival)", "Интегральная оценка Брайера (дожитие)"),
    "M45": ("Uplift, top tenth", "Отклик, верхняя десятая"),
    "M45a": ("AUUC", "AUUC"),
    "M45b": ("Uplift, top three tenths", "Отклик, верхние три десятых"),
    "M45q": ("Qini", "Qini"),
    "M46": ("Ticket reopen rate", "Повторно открытые заявки"),
    "M46b": ("Ticket backlog age (p90)", "Возраст открытых заявок (p90)"),
    "M46c": ("SLA attainment", "Соблюдение срока по SLA"),
    "M47": ("Journey completion", "Завершённые пути"),
    "M47b": ("Journey duration (median)", "Длительность пути (медиана)"),
    "M47c": ("Journey effort", "Усилия на пути"),
    "M47p90": ("Journey duration (p90)", "Длительность пути (p90)"),
    "M49": ("Freshness", "Свежесть"),
    "M49b": ("Checks passed", "Пройдено проверок"),
}
_UNITS = {
    "1..5": ("1 to 5", "от 1 до 5"),
    "1..7": ("1 to 7", "от 1 до 7"),
    "0..1": ("0 to 1", "от 0 до 1"),
    "−1..1": ("−1 to 1", "от −1 до 1"),
    "pp": ("pp", "п. п."),
    "s": ("s", "с"),
    "×": ("×", "×"),
    "count": ("count", "штук"),
    "money": ("money", "ден. ед."),
    "per contact": ("per contact", "на обращение"),
    "per 1000 lines": ("per 1000 lines", "на 1000 подписок"),
    "% of opening": ("% of opening", "% от начала"),
}
_DIMENSIONS = {
    "channel": ("Channel", "Канал"),
    "channel_kind": ("Kind of channel", "Вид канала"),
    "reason": ("Reason", "Причина обращения"),
    "reason_area": ("Area of the reason", "Область причины"),
    "team": ("Team", "Команда"),
    "survey_type": ("Survey", "Опрос"),
    "journey": ("Journey", "Путь клиента"),
    "category": ("Kind of problem", "Вид сбоя"),
    "cause": ("Cause", "Причина сбоя"),
    "cause_group": ("Group of causes", "Группа причин"),
    "first_alert": ("First to notice", "Кто заметил первым"),
    "resource_type": ("Kind of element", "Вид элемента"),
    "action": ("Kind of order", "Вид заказа"),
    "exit_cause": ("Cause of exit", "Причина ухода"),
    "other_operator": ("Other operator", "Другой оператор"),
    "request_type": ("What was asked", "Что просили"),
    "event_type": ("Kind of experience", "Вид опыта"),
    "activity": ("Activity", "Работа"),
    "estimator": ("Method", "Способ"),
    "ticket_type": ("Kind of ticket", "Вид заявки"),
    "edge": ("Link", "Связь"),
    "source_system": ("Source system", "Система"),
    "door": ("Door", "Дверь"),
}
_REST = {
    "catalogue": ("Metric catalogue", "Каталог показателей"),
    "catalogue.question": (
        "What exactly is this number, how fresh is it, and how far can it be trusted?",
        "Что именно это за число, насколько оно свежее и насколько ему верить?",
    ),
    "catalogue.finding": (
        "**{metrics}** contracts: **{told}** have a value in this release. Hidden, as about too "
        "few people: {hidden}. Waiting for data or for a room that makes them: {waiting}.",
        "Контрактов: **{metrics}**. Значение есть у **{told}**, слишком мало людей у {hidden}, "
        "ждут данных или расчёта {waiting}.",
    ),
    "catalogue.list": ("Every metric", "Все показатели"),
    "catalogue.list.how": (
        "Newest whole month of the whole base. Select a row for its contract, SQL and lineage.",
        "Последний полный месяц, вся база. Выберите строку: контракт, SQL, происхождение.",
    ),
    "catalogue.none": ("No contract matches", "Ничего не найдено"),
    "catalogue.none.why": ("Change the search.", "Измените поиск."),
    "by_slice_only": ("by slice only", "только по разрезам"),
    "search": ("Search", "Поиск"),
    "search.hint": ("Name, id or words of the definition", "Имя, код или слова определения"),
    "made_by": ("Made by", "Кто считает"),
    "made_by.models": ("models", "модели данных"),
    "made_by.ml": ("estimators", "модели оценок"),
    "made_by.checks": ("checks", "проверки"),
    "made_by.nobody": ("nobody yet", "пока никто"),
    "awaits": ("Waits for", "Ждёт"),
    "better": ("Better", "Лучше"),
    "direction.up": ("higher", "выше"),
    "direction.down": ("lower", "ниже"),
    "direction.neutral": ("neither", "не важно"),
    "interval_kind": ("Interval", "Интервал"),
    "interval_kind.wilson": ("Wilson, 95%", "Уилсон, 95 %"),
    "interval_kind.mean": ("of a mean, 95%", "среднего, 95 %"),
    "interval_kind.none": ("none defined", "не определён"),
    "contract.of": ("Contract of {metric}", "Контракт {metric}"),
    "contract.how": (
        "The definition is the catalogue's own.",
        "Определение – из каталога показателей.",
    ),
    "window": ("Final after", "Окончательно через"),
    "window.days": ("{days} days", "{days} дн."),
    "window.once": ("at once", "сразу"),
    "slices": ("Cut by", "Разрезы"),
    "needs_links": ("Sees through links", "Видит через связи"),
    "target.of": ("Target", "Цель"),
    "shown_on": ("Shown on", "Показан на"),
    "explore.it": ("Explore it", "Исследовать"),
    "lineage": ("Where it comes from", "Откуда берётся"),
    "lineage.how": (
        "Tables behind it, sources at the left.",
        "Таблицы за ним, слева источники.",
    ),
    "lineage.alt": (
        "Lineage of {metric}: {count} tables",
        "Происхождение {metric}: {count} таблиц",
    ),
    "lineage.none": ("No lineage here", "Происхождения здесь нет"),
    "lineage.none.why": (
        "Its model is not among the files of this installation, or another room makes it.",
        "Его модели нет в этой установке, или его считает другая часть.",
    ),
    "sql": ("SQL of {model}", "SQL {model}"),
    "explore": ("Explore", "Исследование"),
    "explore.question": (
        "Any metric, by any of its slices, by day, week or month: with interval, and with what is "
        "hidden said to be so.",
        "Любой показатель по любому разрезу, по дням, неделям или месяцам: с интервалом и пометкой "
        "скрытого.",
    ),
    "explore.finding": (
        "**{metric}**, {slice}: **{value}**, {period} ({interval}){change}.",
        "**{metric}**, {slice}: **{value}** за {period} ({interval}){change}.",
    ),
    "explore.finding.hidden": (
        "**{metric}**, {slice}: {period} is about too few people to be shown.",
        "**{metric}**, {slice}: за {period} слишком мало людей, чтобы показать.",
    ),
    "explore.hidden": (
        "**{hidden}** of {cells} cells are about fewer than ten customers, or would give such a "
        "cell away, and are hidden.",
        "Скрыто ячеек: **{hidden}** из {cells} – менее десяти клиентов или позволили бы их узнать.",
    ),
    "shown_as": ("Shown as", "Показать"),
    "shown_as.chart": ("Charts", "Графики"),
    "shown_as.table": ("Table", "Таблица"),
    "shown_as.pivot": ("Pivot", "Сводная"),
    "periods": ("periods", "периоды"),
    "pivot.how": (
        "{down} down, {across} across. The table has intervals and states. Source: "
        "`marts.metric_value`",
        "По вертикали: {down}, по горизонтали: {across}. Интервалы и состояния – в таблице. "
        "Источник: `marts.metric_value`",
    ),
    "pivot.cut": (
        "{shown} of {all} columns are shown; the file holds all.",
        "Показано столбцов: {shown} из {all}; в файле все.",
    ),
    "rows.of": ("Rows behind", "Строки за показателем"),
    "rows.of.help": (
        "Lists what a cell counts, line by line. A row of the table, or a cell of the pivot, "
        "chooses it, too.",
        "Показывает, что посчитано в ячейке, по подпискам. Выбрать можно и строкой таблицы или "
        "ячейкой сводной.",
    ),
    "rows.click": (
        "Select a row to see whose rows it counts.",
        "Выберите строку, чтобы увидеть, что в ней посчитано.",
    ),
    "rows.click.cell": (
        "Select a cell to see whose rows it counts.",
        "Выберите ячейку, чтобы увидеть, что в ней посчитано.",
    ),
    "rows.title": ("{metric}, {slice}, {period}: rows", "{metric}, {slice}, {period}: строки"),
    "rows.how.contact": (
        "The contacts it counts; at most {most}, those of most first, else the newest. A row leads "
        "to the customer. Source: `marts.fct_interaction`",
        "Посчитанные обращения; не более {most}, сначала наибольшие, иначе новейшие. Строка ведёт "
        "к клиенту. Источник: `marts.fct_interaction`",
    ),
    "rows.how.ticket": (
        "The tickets it counts; at most {most}, the longest first. A row leads to the customer. "
        "Source: `marts.fct_ticket`",
        "Посчитанные заявки; не более {most}, сначала самые долгие. Строка ведёт к клиенту. "
        "Источник: `marts.fct_ticket`",
    ),
    "rows.how.order": (
        "The order items it counts; at most {most}, the longest first. A row leads to the "
        "customer. Source: `marts.fct_product_order`",
        "Посчитанные позиции заказов; не более {most}, сначала самые долгие. Строка ведёт к "
        "клиенту. Источник: `marts.fct_product_order`",
    ),
    "rows.how.visit": (
        "The visits we missed; at most {most}, the newest first. A row leads to the customer. "
        "Source: `marts.fct_visit`",
        "Визиты, сорванные нами; не более {most}, сначала новейшие. Строка ведёт к клиенту. "
        "Источник: `marts.fct_visit`",
    ),
    "rows.how.exit": (
        "Who left; at most {most}, the newest first. A row leads to the customer. Source: "
        "`marts.fct_subscription_event`",
        "Кто ушёл; не более {most}, сначала новейшие. Строка ведёт к клиенту. Источник: "
        "`marts.fct_subscription_event`",
    ),
    "rows.how.port": (
        "The port requests it counts; at most {most}, the newest first. A row leads to the "
        "customer. Source: `marts.fct_port_request`",
        "Посчитанные запросы на перенос; не более {most}, сначала новейшие. Строка ведёт к "
        "клиенту. Источник: `marts.fct_port_request`",
    ),
    "rows.how.bill": (
        "The bills that shocked; at most {most}, the largest first. A row leads to the customer. "
        "Source: `marts.fct_bill`",
        "Шоковые счета; не более {most}, сначала крупнейшие. Строка ведёт к клиенту. Источник: "
        "`marts.fct_bill`",
    ),
    "rows.how.silent": (
        "Who said nothing; at most {most}. A row leads to the customer. Source: "
        "`marts.fct_subscription_month`",
        "Кто молчал; не более {most}. Строка ведёт к клиенту. Источник: "
        "`marts.fct_subscription_month`",
    ),
    "rows.how.journey": (
        "The journeys it counts; at most {most}, those of most first. A row leads to the customer. "
        "Source: `marts.fct_journey`",
        "Посчитанные пути; не более {most}, сначала наибольшие. Строка ведёт к клиенту. Источник: "
        "`marts.fct_journey`",
    ),
    "rows.how.survey": (
        "The answers it counts; at most {most}, the worst first. A row leads to the customer. "
        "Source: `marts.fct_survey`",
        "Посчитанные ответы; не более {most}, сначала худшие. Строка ведёт к клиенту. Источник: "
        "`marts.fct_survey`",
    ),
    "rows.how.index": (
        "The lines it is the mean of; at most {most}, the lowest first. A row leads to the "
        "customer. Source: `marts.fct_cxi_day`",
        "Подписки, по которым взято среднее; не более {most}, сначала худшие. Строка ведёт к "
        "клиенту. Источник: `marts.fct_cxi_day`",
    ),
    "rows.found": ("Rows: {found}; listed: {shown}.", "Строк: {found}; в списке: {shown}."),
    "rows.none": ("No rows", "Строк нет"),
    "rows.none.why": (
        "Nothing of this period and slice is counted, or not of the regions you see.",
        "В этом периоде и разрезе ничего не посчитано – или не в ваших регионах.",
    ),
    "rows.hidden.why": (
        "What a hidden cell counts is not listed either.",
        "Что посчитано в скрытой ячейке, тоже не показывается.",
    ),
    "rows.counted": ("Counted (UTC)", "Учтено (UTC)"),
    "rows.record": ("Record", "Запись"),
    "rows.amount.score": ("Answer", "Оценка"),
    "rows.amount.bill": ("Bill", "Счёт"),
    "rows.sums": (
        "This metric is a sum over the whole base: no rows of single customers stand behind a cell "
        "of it.",
        "Этот показатель – сумма по всей базе: строк отдельных клиентов за его ячейкой нет.",
    ),
    "rows.elsewhere.service_impact": (
        "Its rows are problems and the lines they hit; Service impact lists them.",
        "Его строки – сбои и задетые ими подписки; они на странице «Влияние сбоев».",
    ),
    "rows.elsewhere.model_health": (
        "Its rows are what a model said of each line; Model health tells how good that is.",
        "Его строки – оценки модели по подпискам; насколько они хороши, видно на странице "
        "«Состояние моделей».",
    ),
    "rows.elsewhere.runs": (
        "Its rows are links and feeds, not customers; Runs and data quality lists them.",
        "Его строки – связи и потоки, а не клиенты; они на странице «Запуски и качество данных».",
    ),
    "explore.sql": ("SQL of this view", "SQL этого вида"),
    "explore.sql.how": (
        "What the release is asked. It may be asked anew under *SQL of your own* by those who have "
        "that right.",
        "Что спрашивается у выпуска. Имеющие право могут спросить то же в *своём SQL*.",
    ),
    "explore.none": ("No values", "Значений нет"),
    "explore.none.why": (
        "This release holds no values of this metric by this slice and period.",
        "В выпуске нет значений этого показателя по такому разрезу и периоду.",
    ),
    "explore.total": ("One figure for all time", "Одно значение за всё время"),
    "explore.total.why": (
        "This metric is counted over all that is known, not by period.",
        "Показатель считается по всем данным, а не по периодам.",
    ),
    "grain": ("Period", "Период"),
    "grain.day": ("Day", "День"),
    "grain.week": ("Week", "Неделя"),
    "grain.month": ("Month", "Месяц"),
    "grain.total": ("All time", "Всё время"),
    "by": ("By", "Разрез"),
    "periods.last": ("Periods", "Периодов"),
    "over_time": ("Over time", "Во времени"),
    "over_time.how": (
        "The slices with most observations, at most five; band: 95% interval; hollow point: "
        "provisional. Gaps are hidden cells. A click on a bar or a cell of the other chart shows "
        "one slice alone.",
        "Разрезы с наибольшим числом наблюдений, не более пяти; полоса – 95 % интервал; пустая "
        "точка – предварительно. Разрывы – скрытые ячейки. Нажатие на столбец или ячейку другого "
        "графика покажет один разрез.",
    ),
    "over_time.alt": ("{metric} over time; last {value}", "{metric} во времени; последнее {value}"),
    "leaders": ("By slice, {period}", "По разрезам, {period}"),
    "leaders.how": (
        "Newest period with values; line: 95% interval; hollow: few observations.",
        "Последний период со значениями; черта – 95 % интервал; пустая точка – мало наблюдений.",
    ),
    "explore.before": ("Orange stroke: {before}.", "Оранжевый штрих: {before}."),
    "explore.year_before": ("a year before", "годом раньше"),
    "explore.target_line": ("Dashed across: the target, {value}.", "Пунктир: цель, {value}."),
    "leaders.alt": ("Highest: {slice}, {value}", "Выше всех: {slice}, {value}"),
    "pairs.unseen": ("No place for what is hidden whole: {names}.", "Скрыто целиком: {names}."),
    "pairs": ("{metric}, {period}", "{metric}, {period}"),
    "pairs.how": (
        "{first} down, {second} across; the more a shade stands out, the more. A star: few "
        "observations. An empty place is a hidden cell, or one without anybody.",
        "По вертикали: {first}, по горизонтали: {second}; чем заметнее цвет, тем больше. "
        "Звёздочка: мало наблюдений. Пустое место – скрытая ячейка или никого нет.",
    ),
    "pairs.alt": (
        "Highest: {first}, {second}, {value}",
        "Выше всех: {first}, {second}, {value}",
    ),
    "own_sql": ("SQL of your own", "Свой SQL"),
    "own_sql.how": (
        "One query over marts.metric_value, marts.metric_target, marts.dim_metric and the other "
        "dimensions of metrics; nothing about single customers is there. At most {rows} rows.",
        "Один запрос к marts.metric_value, marts.metric_target, marts.dim_metric и другим "
        "измерениям метрик; данных об отдельных клиентах здесь нет. Не больше {rows} строк.",
    ),
    "own_sql.query": ("Query (DuckDB SQL)", "Запрос (SQL DuckDB)"),
    "own_sql.run": ("Run", "Выполнить"),
    "own_sql.none": ("The query answers no row.", "Запрос не вернул строк."),
    "own_sql.cut": ("The first {shown} rows.", "Первые {shown} строк."),
    "own_sql.refused": ("Not answered: {why}", "Ответа нет: {why}"),
    "own_sql.slow": (
        "Stopped: it took more than {seconds} seconds of a processor, or too much memory. Ask for "
        "less.",
        "Остановлено: больше {seconds} секунд процессора или слишком много памяти. Запросите "
        "меньше.",
    ),
    "cells": ("Every cell", "Все ячейки"),
    "cells.how": (
        "Numerator, denominator, interval and state of each; hidden ones are empty.",
        "Числитель, знаменатель, интервал и состояние; скрытые пусты.",
    ),
    "cells.cut": (
        "The table shows the newest {shown} of {rows}; the download holds all.",
        "В таблице новейшие {shown} из {rows}; в файле все.",
    ),
    "numerator": ("Numerator", "Числитель"),
    "denominator": ("Denominator", "Знаменатель"),
    "is_hidden": ("Hidden", "Скрыта"),
    "only": ("Only", "Только"),
    "only.all": ("Every slice", "Все разрезы"),
}

WORDS: dict[str, tuple[str, str]] = {
    **{f"metric.{code}": words for code, words in _NAMES.items()},
    **{f"metric_unit.{code}": words for code, words in _UNITS.items()},
    **{f"dimension.{code}": words for code, words in _DIMENSIONS.items()},
    **_REST,
}
