"""What a run notes of its steps and what its gates found, in English, and the same in Russian."""

# The steps of a run: cx/pipeline.py, cx/build.py, cx/release.py, expectations/door.py, ml/*.py.
_STEPS = (
    (
        "{files} files: {read} rows read = {loaded} loaded + {waiting} quarantined + {dropped} "
        "dropped by rule; {known} known files passed over",
        "файлов: {files}, прочитано строк {read} = загружено {loaded} + в карантине {waiting} + "
        "отброшено по правилу {dropped}; известных файлов пропущено: {known}",
    ),
    (
        "{files} files: {read} rows read = {loaded} loaded + {waiting} quarantined + {dropped} "
        "dropped by rule",
        "файлов: {files}, прочитано строк {read} = загружено {loaded} + в карантине {waiting} + "
        "отброшено по правилу {dropped}",
    ),
    ("nothing new, nothing reloaded", "нового нет, ничего не перезагружено"),
    ("{known} known files passed over", "известных файлов пропущено: {known}"),
    ("{files} files of other days left alone", "файлов других дней не тронуто: {files}"),
    (
        "{holds} expectations hold, {warned} warn ({what}); shown, with that doubt: {pages} pages, "
        "{answers} answers and metrics",
        "выполнено ожиданий: {holds}, предупреждений: {warned} ({what}); показано с этой "
        "оговоркой: страниц {pages}, ответов и показателей {answers}",
    ),
    (
        "{holds} expectations hold, {warned} warn ({what}); shown, with that doubt: {pages} pages, "
        "{answers} answers and metrics; {rest}",
        "выполнено ожиданий: {holds}, предупреждений: {warned} ({what}); показано с этой "
        "оговоркой: страниц {pages}, ответов и показателей {answers}; {rest}",
    ),
    (
        "{all} of {read} rows are left out, the largest share of {feed}: {waiting} of {own}, "
        "so counts of a feed are off by no more than its share",
        "не учтено строк: {all} из {read}, наибольшая доля в {feed}: {waiting} из {own}, счёт по "
        "источнику неточен не более чем на эту долю",
    ),
    (
        "{holds} expectations hold, {warned} warn ({what}); endangers {names}",
        "выполнено ожиданий: {holds}, предупреждений: {warned} ({what}); под угрозой: {names}",
    ),
    (
        "{holds} expectations hold, {warned} warn ({what})",
        "выполнено ожиданий: {holds}, предупреждений: {warned} ({what})",
    ),
    ("{holds} expectations hold", "выполнено ожиданий: {holds}"),
    (
        "everything: {models} models built, {tests} tests passed",
        "всё: построено моделей {models}, пройдено проверок {tests}",
    ),
    (
        "what new files touched: {models} models built, {tests} tests passed",
        "затронутое новыми файлами: построено моделей {models}, пройдено проверок {tests}",
    ),
    (
        "segments: no number of segments keeps its shape, so there is one, from {rows} rows in "
        "{seconds} s",
        "сегменты: ни одно число сегментов не устойчиво, поэтому он один; строк {rows}, за "
        "{seconds} с",
    ),
    (
        "segments: {count} segments, alike with {resamples} over resamples and {months} over "
        "months, from {rows} rows in {seconds} s",
        "сегменты: {count}, сходство {resamples} по перевыборкам и {months} по месяцам; строк "
        "{rows}, за {seconds} с",
    ),
    (
        "unmet needs: {told} told, {few} about too few customers, in {seconds} s",
        "потребности: названо {told}, слишком мало клиентов у {few}, за {seconds} с",
    ),
    ("release {version}, {count} tables", "выпуск {version}, таблиц: {count}"),
)
# Why a run stopped: expectations/door.py, cx/pipeline.py, cx/build.py, cx/faults.py.
_STOPS = (
    (
        "arrivals: {bad} of {all} expectations say no, first: {first} ({found}); endangers {rest}",
        "поставки: не выполнено ожиданий {bad} из {all}, первое: {first} ({found}); под угрозой: "
        "{rest}",
    ),
    (
        "arrivals: {bad} of {all} expectations say no, first: {first} ({found}); {rest}",
        "поставки: не выполнено ожиданий {bad} из {all}, первое: {first} ({found}); {rest}",
    ),
    (
        "outputs: {bad} of {all} expectations say no, first: {first} ({found}); endangers {rest}",
        "результаты: не выполнено ожиданий {bad} из {all}, первое: {first} ({found}); под "
        "угрозой: {rest}",
    ),
    (
        "outputs: {bad} of {all} expectations say no, first: {first} ({found}); {rest}",
        "результаты: не выполнено ожиданий {bad} из {all}, первое: {first} ({found}); {rest}",
    ),
    ("{names}; all in {page}; {rest}", "{names}; всё – в {page}; {rest}"),
    ("all in {page}; {rest}", "всё – в {page}; {rest}"),
    (
        "the outputs have not passed their checks; run `cx check outputs` and mend what it names; "
        "{rest}",
        "результаты не прошли проверки; запустите `cx check outputs` и исправьте названное; {rest}",
    ),
    (
        "build failed: {what}; nothing was published, {rest}",
        "сборка не удалась: {what}; ничего не опубликовано, {rest}",
    ),
    (
        "{place} cannot be written ({reason}); free or mend the disk and give the same command "
        "again: nothing is lost, {rest}",
        "в {place} нельзя писать ({reason}); освободите или исправьте диск и повторите команду: "
        "ничего не потеряно, {rest}",
    ),
    ("the last release is still served", "показывается прежний выпуск"),
)
# What an expectation found: expectations/ask.py, judge.py and words.py.
_FOUND = (
    ("{bad} of {all} rows of {file}", "{bad} из {all} строк файла {file}"),
    ("{bad} of {all} rows", "{bad} из {all} строк"),
    (
        "{value}, {usual} in the {count} deliveries before",
        "{value}, а в прошлых поставках ({count}) {usual}",
    ),
    (
        "{value} characters, {usual} in the {count} deliveries before",
        "символов {value}, а в прошлых поставках ({count}) {usual}",
    ),
    (
        "{value} h after, {usual} h in the {count} deliveries before",
        "через {value} ч, а в прошлых поставках ({count}) через {usual} ч",
    ),
    (
        "{measure} is {ratio} times what it was in the {count} deliveries before",
        "{measure}: в {ratio} раза от прошлых поставок ({count})",
    ),
    (
        "Jensen–Shannon distance {distance} from {count} deliveries before; turned by {hours} h it "
        "fits",
        "расстояние Йенсена – Шеннона {distance} от прошлых поставок ({count}); со сдвигом на "
        "{hours} ч совпадает",
    ),
    (
        "Jensen–Shannon distance {distance} from {count} deliveries before",
        "расстояние Йенсена – Шеннона {distance} от прошлых поставок ({count})",
    ),
    (
        "{share} of its rows hold words of which {count} deliveries knew none",
        "в {share} строк слова, которых не было в прошлых поставках ({count})",
    ),
)
RUNS: tuple[tuple[str, str], ...] = (*_STEPS, *_STOPS, *_FOUND)
