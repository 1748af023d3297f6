"""Words that every page shares."""

WORDS = {
    "overview": ("Overview", "Обзор"),
    "service": ("Service impact", "Влияние сбоев"),
    "churn": ("Churn", "Отток"),
    "customer": ("Customer", "Клиент"),
    "section.insights": ("Insights", "Выводы"),
    "section.customers": ("Customers", "Клиенты"),
    "section.explore": ("Explore", "Исследовать"),
    "section.operate": ("Operate", "Эксплуатация"),
    "kept": ("Views", "Виды"),
    "views": ("Views you keep", "Ваши виды"),
    "views.how": (
        "To share what you see, copy the page's address: it opens the same for others.",
        "Чтобы поделиться, скопируйте адрес страницы: у других откроется то же самое.",
    ),
    "view.name": ("Keep this view as", "Сохранить вид как"),
    "view.keep": ("Keep the view", "Сохранить вид"),
    "forget": ("Remove", "Убрать"),
    "notes": ("Notes on every chart over time", "Заметки на всех графиках"),
    "notes.how": (
        "Everybody sees them. Name no customer and no colleague.",
        "Их видят все. Не называйте клиентов и коллег.",
    ),
    "note.text": ("What happened", "Что произошло"),
    "note.keep": ("Put the note", "Поставить заметку"),
    "mark": ("Mark", "Метка"),
    "mark.outage": (
        "{cause}, {region}: {minutes} customer-minutes",
        "{cause}, {region}: {minutes} клиенто-минут",
    ),
    "brief": ("Brief", "Сводка"),
    "brief.help": (
        "This view as one HTML page to print or send; rows of single subscriptions are left out.",
        "Этот вид одной страницей HTML для печати и отправки; без строк отдельных подписок.",
    ),
    "brief.data_to": ("Data to", "Данные по"),
    "brief.made": ("made", "составлено"),
    "brief.open": ("open in the app", "открыть в приложении"),
    "brief.more": ("{rows} rows more in the app", "Ещё строк в приложении: {rows}"),
    "brief.persons": ("Not in a brief", "В сводку не входит"),
    "brief.persons.why": (
        "Single lines and customers stand in the app only.",
        "Отдельные подписки и клиенты есть только в приложении.",
    ),
    "brief.foot": (
        "Figures about fewer than ten customers are left out. Release",
        "Показатели менее чем о десяти клиентах опущены. Выпуск",
    ),
    "goto": ("Go to", "Перейти"),
    "goto.help": (
        "Go to a page, a part of one or a metric by a few letters: Ctrl+K",
        "К странице, её части или показателю по нескольким буквам: Ctrl+K",
    ),
    "goto.where": ("Page, part or metric", "Страница, часть или показатель"),
    "goto.hint": ("A few letters", "Несколько букв"),
    "language": ("Language", "Язык"),
    "data_to": ("Data to {day}", "Данные по {day}"),
    "data_to.help": (
        "Last day the data covers. Published {moment} UTC, release {release}.",
        "Последний день данных. Опубликовано {moment} UTC, выпуск {release}.",
    ),
    "feeds": ("Feeds", "Источники"),
    "feeds.late": ("Feeds late: {count}", "Опаздывают: {count}"),
    "feeds.more": ("All of each feed, and what waits in quarantine", "Все источники и карантин"),
    "feeds.head": (
        "| Feed | Extracted to, UTC | Next |",
        "| Источник | Выгружено по, UTC | Следующий |",
    ),
    "feeds.due": ("due {moment}", "ожидается {moment}"),
    "feeds.since": ("late since {moment}", "опаздывает с {moment}"),
    "feeds.never": ("late: never came", "опаздывает: не было ни разу"),
    "refused": (
        "The newest release ({file}) is not what was published and is not shown. You see the last "
        "good one, published {moment} UTC. The operator can publish again with `cx publish`.",
        "Новейший выпуск ({file}) не совпадает с опубликованным и не показан. Показан последний "
        "исправный, от {moment} UTC. Опубликовать заново: `cx publish`.",
    ),
    "replaced": ("New data is shown", "Показаны новые данные"),
    "failed": (
        "This page could not be drawn. Your filters are kept: try again, or give support the "
        "reference **{reference}**.",
        "Страницу не удалось показать. Фильтры сохранены: попробуйте ещё раз или сообщите "
        "поддержке номер **{reference}**.",
    ),
    "older_release": (
        "This release was built by an older version",
        "Этот выпуск собран более старой версией",
    ),
    "older_release.why": (
        "It lacks what this part is drawn from. The next nightly run brings it; an operator can "
        "bring it now with `cx build` and `cx publish`.",
        "В нём нет того, из чего строится эта часть. Её даст следующий ночной запуск; оператор "
        "может сделать это сейчас: `cx build` и `cx publish`.",
    ),
    "no_release": ("Nothing has been published yet", "Ещё ничего не опубликовано"),
    "no_release.why": (
        "This app shows published releases only, and the home folder has none. It will notice a "
        "new "
        "one by itself.",
        "Приложение показывает только опубликованные выпуски, а в домашней папке их нет. Новый "
        "выпуск появится сам.",
    ),
    "no_release.demo": ("See it with made-up data", "Посмотреть на примере"),
    "no_release.demo.how": (
        "Simulates an operator and takes its extracts all the way to a release, in minutes.",
        "Создаёт выдуманного оператора и доводит его выгрузки до выпуска за минуты.",
    ),
    "no_release.run": ("Load your own extracts", "Загрузить свои выгрузки"),
    "no_release.run.how": (
        "DIR is the folder your extracts were put in; contracts say how to read them.",
        "DIR – папка с выгрузками; как их читать, говорят контракты.",
    ),
    "no_release.detail": ("What was found:", "Что найдено:"),
    "reset": ("Reset", "Сбросить"),
    "link.missed": (
        "What this link asks for is not here any more: {values}.",
        "Того, о чём просит ссылка, здесь больше нет: {values}.",
    ),
    "link.missed.value": ("{label} {told} (shown: {shown})", "{label} {told} (показано: {shown})"),
    "table.by_key": (
        "Shift and Space select the row of a cell",
        "Shift и пробел выбирают строку ячейки",
    ),
    "rows.page": ("Page", "Страница"),
    "close": ("Close", "Закрыть"),
    "open": ("Open {name}", "Открыть {name}"),
    "csv.help": (
        "Download {rows} rows as {kind}; text that a spreadsheet would run as a formula is "
        "neutralised.",
        "Скачать строки ({rows}) в {kind}; текст, похожий на формулу, обезврежен.",
    ),
    "take_away": ("Take away", "Скачать"),
    "png.help": (
        "The chart as a picture on white, with its title and where its figures are from.",
        "График картинкой на белом, с заголовком и источником.",
    ),
    "hidden": ("< 10", "< 10"),
    "hidden.cell": ("hidden", "скрыто"),
    "hidden.why": (
        "Figures about fewer than 10 customers are not shown, nor those that would give one away.",
        "Показатели менее чем о 10 клиентах и те, что их выдают, не показываются.",
    ),
    "too_few": ("Hidden: few customers", "Скрыто: мало клиентов"),
    "too_few.why": (
        "Figures about so few people, or that would give one away, are not published.",
        "Показатели о столь немногих людях, и те, что их выдают, не публикуются.",
    ),
    "unknown": ("Unknown", "Неизвестно"),
    "no_value": ("No value", "Нет значения"),
    "no_value.why": (
        "The extracts hold nothing for this metric in this period.",
        "В выгрузках ничего нет для этого показателя за этот период.",
    ),
    "no_metrics": ("No metric values in this release", "В выпуске нет показателей"),
    "no_metrics.why": (
        "The extracts loaded so far hold no dated facts. See below which columns are missing.",
        "В загруженных выгрузках нет датированных фактов. Ниже видно, каких столбцов не хватает.",
    ),
    "month": ("Month", "Месяц"),
    "metric": ("Metric", "Показатель"),
    "value": ("Value", "Значение"),
    "unit": ("Unit", "Единица"),
    "period": ("Period", "Период"),
    "interval": ("95% interval", "95 % интервал"),
    "formula": ("Formula", "Формула"),
    "source": ("Source", "Источник"),
    "status": ("State", "Состояние"),
    "newest": ("Newest value", "Последнее значение"),
    "seen": ("Seen through links", "Видно через связи"),
    "change": ("Change", "Изменение"),
    "verdict": ("Verdict", "Вывод"),
    "id": ("Id", "Код"),
    "share": ("Share", "Доля"),
    "in_part": ("in part", "неполный"),
    "provisional": ("provisional", "предварительно"),
    "low_n": ("few rows", "мало строк"),
    "outages_open.why": (
        "An outage that is still open counts with the minutes lived so far. The value is final all "
        "the same: only an end told late, and before then, would lower it.",
        "Сбой, который не окончен, считается с уже прожитыми минутами. Значение всё же "
        "окончательное: его снизит лишь поздно сообщённый более ранний конец.",
    ),
    "outages_open": ("outages still open: {count}", "не окончены сбои: {count}"),
    "few_n": ("only n = {n}", "всего n = {n}"),
    "pp": ("pp", "п. п."),
    "no_clear_change": ("no clear change", "нет явного изменения"),
    "clear_rise": ("clear rise", "явный рост"),
    "clear_fall": ("clear fall", "явное снижение"),
    "no_interval": ("no interval", "без интервала"),
    "no_interval.why": (
        "This metric counts everything and has no interval, so the change is shown without a "
        "verdict.",
        "Показатель учитывает всё и не имеет интервала, поэтому изменение показано без вывода.",
    ),
    "nothing_before": ("nothing to compare", "не с чем сравнить"),
    "change.clear": (
        ", **{difference}** against {before}",
        ", **{difference}** (сравнение: {before})",
    ),
    "change.unclear": (
        ": no clear change against {before}",
        ", без явного изменения (сравнение: {before})",
    ),
    "change.bare": (", {difference} against {before}", ", {difference} (сравнение: {before})"),
    "change.none": (", with nothing to compare it with", ", сравнить не с чем"),
    "trend.how": (
        "Line: value. Band: 95% interval. Hollow point: provisional.",
        "Линия – значение. Полоса – 95 % интервал. Пустая точка – предварительно.",
    ),
    "trend.alt": (
        "{metric} by month; last value {value}",
        "{metric} по месяцам; последнее {value}",
    ),
    "cause": ("Cause", "Причина"),
    "causes": ("Why they left", "Почему ушли"),
    "causes.how": (
        "Exits by cause in {month}, % of the base per 30 days; line: 95% interval.",
        "Уходы по причинам за {month}, % базы за 30 дней; черта – 95 % интервал.",
    ),
    "causes.whole_base": (
        "Whole base, {month}, % of the base per 30 days; line: 95% interval.",
        "Вся база, {month}, % базы за 30 дней; черта – 95 % интервал.",
    ),
    "causes.alt": ("Most frequent cause: {cause}, {value}", "Чаще всего: {cause}, {value}"),
    "causes.few": ("Too few exits to split", "Слишком мало уходов для разбивки"),
    "causes.few.why": (
        "Causes of fewer than 10 exits are joined, and here that leaves nothing to compare.",
        "Причины менее чем с 10 уходами объединяются, и сравнивать здесь нечего.",
    ),
    "against_month": ("Against {month}", "К периоду: {month}"),
    "against": ("Compare with", "Сравнить с"),
    "against.prev": ("The month before", "Предыдущий месяц"),
    "against.year": ("Same month last year", "Тот же месяц год назад"),
    "against.target": ("The target", "Цель"),
    "target": ("target", "цель"),
    "no_exits": ("No exits", "Уходов нет"),
    "no_exits.why": (
        "No subscription left in this month, or the extracts do not say when and why one ended.",
        "В этом месяце никто не ушёл, или в выгрузках нет дат и причин ухода.",
    ),
    "region": ("Region", "Регион"),
    "segment": ("Segment", "Сегмент"),
    "family": ("Product family", "Семейство"),
    "product": ("Product", "Продукт"),
    "contract": ("Contract", "Договор"),
    "subscription": ("Subscription", "Подписка"),
    "subscriptions": ("Subscriptions", "Подписки"),
    "unit.thousand": ("K", "тыс."),
    "unit.million": ("M", "млн"),
    "unit.billion": ("bn", "млрд"),
    "unit.min": ("min", "мин"),
    "unit.per_thousand": ("per 1,000", "на 1000"),
    "unit.h": ("h", "ч"),
    "unit.d": ("d", "дн."),
    "contacts": ("Contacts", "Обращения"),
    "orders": ("Orders", "Заказы"),
    "bills": ("Bills", "Счета"),
    "reason": ("Reason", "Причина"),
    "exits": ("Exits", "Уходы"),
    "problem": ("Problem", "Сбой"),
    "score": ("Churn risk", "Риск ухода"),
    "score.help": (
        "Calibrated probability to leave {until}. Source: `ml.ml_score`. Risk, not persuadability.",
        "Калиброванная вероятность ухода {until}. Источник: `ml.ml_score`. Это риск, а не отклик "
        "на предложение.",
    ),
    "score.until": ("before {day}", "до {day}"),
    "score.horizon": ("in the model's horizon", "за горизонт модели"),
    "risk.not_persuadability": (
        "Risk, not persuadability: who is likely to leave, not whom a call would keep. Calling "
        "those "
        "at the top may change nothing, or speed them up; only a randomised test can tell.",
        "Риск, а не отклик: кто может уйти, а не кого удержит звонок. Звонки верхней части списка "
        "могут ничего не изменить или ускорить уход; скажет только случайный тест.",
    ),
    "no_model": ("No churn scores in this release", "В выпуске нет оценок оттока"),
    "no_model.untried": (
        "No model has been trained yet. `cx train` and `cx score` make one; it needs months with "
        "known exits.",
        "Модель ещё не обучалась. Её создают `cx train` и `cx score`; нужны месяцы с известными "
        "уходами.",
    ),
    "cxi.calibrated": (
        "Experience index (CXI): confirmed by surveys ({survey}). Rank correlation {value}, 95% "
        "interval {low} to {high}, {answers} later answers. Source: `ml.ml_cxi_calibration`",
        "Индекс опыта (CXI): подтверждён опросами ({survey}). Ранговая корреляция {value}, 95 % "
        "интервал от {low} до {high}, более поздних ответов: {answers}. Источник: "
        "`ml.ml_cxi_calibration`",
    ),
    "cxi.uncalibrated": (
        "Experience index (CXI): **uncalibrated**, surveys ({survey}) do not confirm it. Rank "
        "correlation {value}, 95% interval {low} to {high}, {answers} later answers. Source: "
        "`ml.ml_cxi_calibration`",
        "Индекс опыта (CXI): **не откалиброван**, опросы ({survey}) его не подтверждают. Ранговая "
        "корреляция {value}, 95 % интервал от {low} до {high}, более поздних ответов: {answers}. "
        "Источник: `ml.ml_cxi_calibration`",
    ),
    "cxi.constant": (
        "Experience index (CXI): **uncalibrated**, index or score is the same for everybody asked. "
        "Source: `ml.ml_cxi_calibration`",
        "Индекс опыта (CXI): **не откалиброван**, индекс или оценка у всех опрошенных одинаковы. "
        "Источник: `ml.ml_cxi_calibration`",
    ),
    "cxi.unjudged": (
        "Experience index (CXI): **uncalibrated**, too few answered surveys to judge it by. "
        "Source: `ml.ml_cxi_calibration`",
        "Индекс опыта (CXI): **не откалиброван**, слишком мало ответов на опросы. Источник: "
        "`ml.ml_cxi_calibration`",
    ),
}
