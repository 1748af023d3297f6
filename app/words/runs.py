"""Words of the page for operators."""

WORDS = {
    "runs": ("Runs and data quality", "Запуски и качество данных"),
    "runs.question": (
        "Did the last run work, what is late or wrong, and what does that endanger?",
        "Прошёл ли последний запуск, что опаздывает или неверно и чему это угрожает?",
    ),
    "runs.finding": (
        "The run of {moment} UTC: **{status}**; **{failed}** of {checks} expectations did not "
        "hold.",
        "Запуск {moment} UTC: **{status}**; не выполнено ожиданий: **{failed}** из {checks}.",
    ),
    "runs.finding.endangers": ("It endangers {names}.", "Под угрозой: {names}."),
    "runs.finding.late": ("Feeds late: **{count}**.", "Опаздывают источники: **{count}**."),
    "runs.none": ("This release tells of no run", "Выпуск не говорит о запусках"),
    "runs.none.why": (
        "The page tells what the release knew when it was published. `cx status` tells the rest.",
        "Страница говорит то, что знал выпуск при публикации. Остальное: `cx status`.",
    ),
    "runs.view.runs": ("Runs", "Запуски"),
    "runs.view.gates": ("Gates", "Проверки"),
    "runs.view.sources": ("Feeds and quarantine", "Источники и карантин"),
    "runs.view.links": ("Links", "Связи"),
    "runs.view.drift": ("Drift", "Сдвиги"),
    "runs.view.releases": ("Releases", "Выпуски"),
    "run": ("Run", "Запуск"),
    "run_status.ok": ("done", "выполнен"),
    "run_status.done": ("done", "выполнен"),
    "run_status.failed": ("failed", "сбой"),
    "run_status.running": ("running then", "шёл тогда"),
    "run_status.killed": ("killed", "прерван"),
    "runs.later": (
        "A later run ({moment} UTC): **{status}**. It has published nothing; what you see is from "
        "before it.",
        "Более поздний запуск ({moment} UTC): **{status}**. Он ничего не опубликовал; показано то, "
        "что было до него.",
    ),
    "runs.later.why": (
        "The parts Runs and Gates say what stopped it and what to do.",
        "Что его остановило и что делать – в разделах «Запуски» и «Проверки».",
    ),
    "at_stake": ("What that endangers", "Чему это угрожает"),
    "at_stake.warned": ("What stands on what was doubted", "Что стоит на вызвавшем сомнение"),
    "at_stake.left_out": (
        "Left out: **{rows}** of {of} rows ({share}); by share most of {feeds}. Counts of a feed "
        "are off by no more than its share.",
        "Не учтено строк: **{rows}** из {of} ({share}); наибольшая доля: {feeds}. Счёт по "
        "источнику неточен не более чем на его долю.",
    ),
    "at_stake.feed": ("{feed} {rows} of {of} ({share})", "{feed} {rows} из {of} ({share})"),
    "at_stake.how": (
        "Pages, answers and metrics that stand on what did not hold. Old: a later run was stopped "
        "over it, so what is shown is from before. Else it is shown, with this warning.",
        "Страницы, ответы и показатели, которые стоят на невыполненном. Устарело: более поздний "
        "запуск остановлен из-за этого, показано прежнее. Иначе показано, с этим "
        "предупреждением.",
    ),
    "at_stake.what": ("What", "Что"),
    "at_stake.because": ("Did not hold", "Не выполнено"),
    "at_stake.page": ("page", "страница"),
    "at_stake.answer": ("answer", "ответ"),
    "at_stake.metric": ("metric", "показатель"),
    "stale": ("old, shown as before", "устарело, показано прежнее"),
    "doubtful": ("shown, with a warning", "показано, с предупреждением"),
    "stale.all": (
        "Every page still shows data to **{day}**, published {moment} UTC: whatever came later is "
        "on none of them.",
        "На всех страницах по-прежнему данные по **{day}**, опубликованные {moment} UTC: более "
        "поздних нет нигде.",
    ),
    "stale.step": ("The later run stopped at: **{step}**.", "Остановлен на шаге: **{step}**."),
    "stop": ("What stopped it", "Что остановило"),
    "stop.then": ("What to do:", "Что делать:"),
    "stop.refused": (
        "File {file} (feed {feed}) was refused: {reason}",
        "Файл {file} (источник {feed}) не принят: {reason}",
    ),
    "stop.unknown": (
        "What stopped it: `cx status` and the run's report.",
        "Что остановило: `cx status` и отчёт запуска.",
    ),
    "stop.next": (
        "read the run's report, mend what it names, then give the same command again; nothing "
        "has to be cleaned up first.",
        "прочитайте отчёт запуска, исправьте названное и повторите ту же команду; чистить ничего "
        "не нужно.",
    ),
    "stop.next.ingest": (
        "mend the file or its contract, deliver it again, then give the same command again; the "
        "reason of each refused file is in `cx status`.",
        "исправьте файл или его контракт, поставьте файл заново и повторите ту же команду; причина "
        "отказа по каждому файлу – в `cx status`.",
    ),
    "stop.next.check arrivals": (
        "have what is named above mended at its sender, or mend the contract, and deliver it "
        "again; `cx check arrivals` asks again, then give the same command. What is known and "
        "acceptable can be waived (docs/gates.md).",
        "названное выше исправляют у отправителя или в контракте и поставляют заново; `cx check "
        "arrivals` спросит ещё раз, затем повторите ту же команду. Известное и допустимое можно "
        "отклонить (docs/gates.md).",
    ),
    "stop.next.build": (
        "a model or its test did not hold: an unknown code belongs in "
        "`dbt_project/seeds/code_map.csv`, else ask the model's author; the query is in "
        "`logs/dbt.log`. Then give the same command again.",
        "не прошла модель или её проверка: неизвестный код заносят в "
        "`dbt_project/seeds/code_map.csv`, иначе спросите автора модели; запрос – в "
        "`logs/dbt.log`. Затем повторите ту же команду.",
    ),
    "stop.next.check outputs": (
        "scores or tables are not believed: look at what is endangered below and at the part "
        "Drift; mend the cause, then give the same command again.",
        "оценкам или таблицам нельзя верить: посмотрите, чему это угрожает, и раздел «Сдвиги»; "
        "устраните причину и повторите ту же команду.",
    ),
    "run_status.skipped": ("skipped", "пропущен"),
    "run_status.reused": ("reused", "взят готовым"),
    "page": ("page", "страница"),
    "release.age": ("Age of the release", "Возраст выпуска"),
    "release.age.help": (
        "Since it was published. A run that failed since has published nothing.",
        "С момента публикации. Сорвавшийся запуск ничего не публикует.",
    ),
    "run.took": ("Took", "Длительность"),
    "run.took.help": ("From start to end of the chosen run.", "От начала до конца запуска."),
    "checks.failed": ("Did not hold", "Не выполнено"),
    "checks.failed.help": (
        "Expectations that did not hold and are not waived. Source: `ops.dq_result`",
        "Ожидания, которые не выполнены и не приняты. Источник: `ops.dq_result`",
    ),
    "of_checks": ("of {count} expectations", "из {count} ожиданий"),
    "feeds.late.card": ("Feeds late", "Опаздывают"),
    "feeds.late.help": (
        "Feeds whose next file should be here by now, by the reader's clock.",
        "Источники, чей следующий файл уже должен быть здесь.",
    ),
    "of_feeds": ("of {count} feeds", "из {count} источников"),
    "quarantined": ("In quarantine", "В карантине"),
    "quarantined.help": (
        "Rows that could not be read as the contract says; they wait and are not lost.",
        "Строки, не прочитанные по контракту; они ждут и не потеряны.",
    ),
    "unit.s": ("s", "с"),
    "unit.mib": ("MiB", "МиБ"),
    "steps": ("Steps of the run", "Шаги запуска"),
    "steps.how": (
        "Bar: seconds since the start. Tick: what the step usually takes (median of other runs).",
        "Полоса – секунды от начала. Черта – обычная длительность (медиана других запусков).",
    ),
    "steps.alt": ("Longest step: {step}", "Самый долгий шаг: {step}"),
    "steps.none": ("No steps", "Шагов нет"),
    "steps.none.why": ("This run wrote no steps.", "Запуск не записал шагов."),
    "step": ("Step", "Шаг"),
    "step.ingest": ("Ingest", "Загрузка"),
    "step.check arrivals": ("Check arrivals", "Проверка поставок"),
    "step.build": ("Build", "Сборка"),
    "step.train": ("Train", "Обучение"),
    "step.score": ("Score", "Оценка"),
    "step.check outputs": ("Check outputs", "Проверка результатов"),
    "step.publish": ("Publish", "Публикация"),
    "usual": ("Usually", "Обычно"),
    "memory": ("Peak memory", "Пик памяти"),
    "runs.list": ("Runs", "Запуски"),
    "runs.list.how": (
        "The last sixty that this release knows of. Later ones: `cx status`.",
        "Последние шестьдесят, известных выпуску. Более поздние: `cx status`.",
    ),
    "run.started": ("Started, UTC", "Начало, UTC"),
    "command": ("Command", "Команда"),
    "gates": ("Gates", "Проверки"),
    "gates.how": (
        "What was expected, what was found, and which pages and metrics stand on it.",
        "Что ожидалось, что найдено и какие страницы и показатели на этом стоят.",
    ),
    "gates.none": ("Nothing was checked", "Ничего не проверялось"),
    "gates.none.why": ("This release holds no results.", "В выпуске нет результатов."),
    "gates.which": ("Which", "Какие"),
    "gates.failed": ("Did not hold", "Не выполнены"),
    "gates.all": ("All", "Все"),
    "gates.hold": ("Every expectation holds", "Все ожидания выполнены"),
    "gates.hold.why": (
        "Nothing is endangered by what this release was checked for.",
        "По проверенному ничто не под угрозой.",
    ),
    "gates.history": ("Run by run", "По запускам"),
    "gates.history.how": (
        "Expectations that did not hold, newest run first.",
        "Невыполненные ожидания, новые запуски сверху.",
    ),
    "gates.stopped": ("Stopped the run", "Остановили запуск"),
    "gates.warned": ("Warnings", "Предупреждения"),
    "holds": ("holds", "выполнено"),
    "waived": ("waived", "принято"),
    "severity.stop": ("stops the run", "останавливает"),
    "severity.warn": ("warning", "предупреждение"),
    "expectation": ("Expected", "Ожидание"),
    "found": ("Found", "Найдено"),
    "endangers": ("Stands on it", "Что на этом стоит"),
    "table": ("Table", "Таблица"),
    "door": ("Door", "Дверь"),
    "door.arrivals": ("arrivals", "поставки"),
    "door.outputs": ("outputs", "результаты"),
    "day": ("Day", "День"),
    "checks": ("Expectations", "Ожидания"),
    "sources": ("Feeds", "Источники"),
    "sources.how": (
        "Late ones first, then those with most rows in quarantine.",
        "Сначала опаздывающие, затем с большим карантином.",
    ),
    "sources.none": ("No feeds", "Источников нет"),
    "sources.none.why": ("No file has been loaded yet.", "Ни один файл не загружен."),
    "feed": ("Feed", "Источник"),
    "late": ("late", "опаздывает"),
    "on_time": ("on time", "вовремя"),
    "no_due": ("no due time", "без срока"),
    "last_extract": ("Extracted to, UTC", "Выгружено по, UTC"),
    "due": ("Next due", "Следующий"),
    "by_file": ("Rows file by file", "Строки по файлам"),
    "by_file.help": ("Rows loaded from each file, oldest first.", "Строки каждого файла."),
    "files": ("Files", "Файлы"),
    "refused_files": ("Files refused", "Файлы отвергнуты"),
    "file_refused": ("file refused", "файл отвергнут"),
    "quarantine": ("In quarantine, and why", "В карантине и почему"),
    "quarantine.how": (
        "Counts by reason; the rows themselves stay in the warehouse (`cx quarantine`).",
        "Число по причинам; сами строки остаются в хранилище (`cx quarantine`).",
    ),
    "quarantine.none": ("Nothing waits", "Карантин пуст"),
    "quarantine.none.why": ("Every delivered row was read.", "Все строки прочитаны."),
    "row_state.open": ("waits", "ждёт"),
    "row_state.released": ("released", "выпущена"),
    "row_state.fixed": ("fixed", "исправлена"),
    "column_or_file": ("Column or file", "Столбец или файл"),
    "links": ("Ledger of links", "Учёт связей"),
    "links.how": (
        "Rows that found their partner, of those that should, and the change that would mend most.",
        "Строки, нашедшие пару, из должных, и правка, которая исправит больше всего.",
    ),
    "system": ("System", "Система"),
    "unsure": ("Unsure", "Неуверенно"),
    "unsure.help": (
        "Linked by a rule too weak to count; linked, these and the next three are all that should.",
        "Связаны слишком слабым правилом; связанные, эти и следующие три – все должные.",
    ),
    "orphans": ("Orphans", "Без пары"),
    "orphans.help": ("Name a partner that no system has.", "Называют пару, которой нигде нет."),
    "ambiguous": ("Several fit", "Подходит несколько"),
    "nameless": ("Nameless", "Без имени"),
    "nameless.help": ("Name no partner at all.", "Не называют пару."),
    "releases": ("Releases kept", "Хранимые выпуски"),
    "releases.how": (
        "Take one back with `cx release rollback`; each stays as it was published.",
        "Вернуть: `cx release rollback`; каждый остаётся как опубликован.",
    ),
    "served": ("shown now", "показан"),
    "published": ("Published, UTC", "Опубликован, UTC"),
    "data_until": ("Data to", "Данные по"),
    "tables": ("Tables", "Таблицы"),
    "version": ("Version", "Версия"),
}
