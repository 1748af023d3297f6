"""What the report of a run says itself, in English, and the same in Russian."""

from __future__ import annotations

from collections.abc import Callable

LANGUAGES = ("en", "ru")
RUSSIAN = {
    # how it went
    "All well": "Всё хорошо",
    "Worth a look": "Стоит взглянуть",
    "Needs you": "Нужны вы",
    "release {version} is served, data to {day}": "показывается выпуск {version}, данные по {day}",
    "release {version} is still served, data to {day}": (
        "по-прежнему показывается выпуск {version}, данные по {day}"
    ),
    "nothing has been published yet": "ещё ничего не опубликовано",
    "The run could not be read ({unread}); {served}.": (
        "Запуск не удалось прочитать ({unread}); {served}."
    ),
    "no run yet": "запусков ещё не было",
    "The run is still at work; {served}.": "Запуск ещё идёт; {served}.",
    "{command} was ended from outside{step}{message}; {served}.": (
        "{command}: прерван извне{step}{message}; {served}."
    ),
    "{command} failed{step}{message}; {served}.": "{command}: сбой{step}{message}; {served}.",
    " in {step}": " на шаге «{step}»",
    "{files} files brought {rows} rows": "файлов: {files}, в них строк: {rows}",
    "nothing new came": "нового не пришло",
    "{command} ended well; {served}; {brought}": "{command}: завершён; {served}; {brought}",
    "{command} ended well: {served}; {brought}": "{command}: завершён: {served}; {brought}",
    "worth a look: {told}": "обратите внимание: {told}",
    "{n} feed late": "опаздывает источников: {n}",
    "{n} feeds late": "опаздывает источников: {n}",
    "{n} check warns": "предупреждений: {n}",
    "{n} checks warn": "предупреждений: {n}",
    "{n} file refused": "не принято файлов: {n}",
    "{n} files refused": "не принято файлов: {n}",
    "not all of it could be read": "прочитано не всё",
    # the page
    "report of a run": "отчёт о запуске",
    "What could not be read": "Что не удалось прочитать",
    "Took": "Длительность",
    "ended": "окончен",
    "Rows loaded": "Загружено строк",
    "files": "файлов",
    "Quarantined": "В карантине",
    "rows of this run": "строк этого запуска",
    "Feeds late": "Опаздывают",
    "of": "из",
    "with a due time": "со сроком",
    "Checks that say no": "Не выполнено проверок",
    "asked": "заданных",
    "Disk free": "Свободно на диске",
    "Steps": "Шаги",
    "What was done in this run; a step that had nothing new shows its last work.": (
        "Что сделано в этом запуске; шаг, для которого не было нового, показан прошлой работой."
    ),
    "Step": "Шаг",
    "State": "Состояние",
    "Rows": "Строки",
    "Peak memory": "Пик памяти",
    "Time": "Время",
    "Said": "Итог",
    "nothing new": "нового нет",
    "ok": "выполнен",
    "failed": "сбой",
    "killed": "прерван",
    "running": "идёт",
    "No step was recorded.": "Ни один шаг не записан.",
    "ingest": "загрузка",
    "check arrivals": "проверка поставок",
    "build": "сборка",
    "train": "обучение",
    "score": "оценка",
    "check outputs": "проверка результатов",
    "publish": "публикация",
    "What arrived, and what did not": "Что пришло, а что нет",
    "A feed is late when the moment its contract names is over": (
        "Источник опаздывает, когда прошёл срок, названный в контракте"
    ),
    "Feed": "Источник",
    "Freshness": "Свежесть",
    "Extracted to (UTC)": "Выгружено по (UTC)",
    "Files": "Файлы",
    "Refused": "Не принято",
    "no due time": "без срока",
    "never came": "не приходил",
    "late by {span}": "опаздывает на {span}",
    "due in {span}": "ждём через {span}",
    "No feed is connected yet": "Ещё ни один источник не подключён",
    "Files refused whole": "Файлы, не принятые целиком",
    "File": "Файл",
    "Reason": "Причина",
    "Quarantine": "Карантин",
    "All rows that wait to be mended, by feed and reason; the rows themselves are sealed in the "
    "vault": "Строки, которые ждут исправления, по источникам и причинам; сами они в хранилище",
    "Column": "Столбец",
    "Nothing is in quarantine.": "Карантин пуст.",
    "Gates": "Проверки",
    "The two doors as they answered last, and the answers a failure endangers.": (
        "Последние ответы двух дверей и то, чему угрожает невыполненное."
    ),
    "Door": "Дверь",
    "arrivals": "поставки",
    "outputs": "результаты",
    "Asked": "Задано",
    "Hold": "Выполнено",
    "Warn": "Предупреждают",
    "Stop": "Останавливают",
    "Asked at (UTC)": "Задано (UTC)",
    "stopped": "остановила",
    "open, warns": "открыта, предупреждает",
    "open": "открыта",
    "No door was asked yet.": "Двери ещё не спрашивали.",
    "What does not hold": "Что не выполнено",
    "Severity": "Строгость",
    "stop": "останавливает",
    "warn": "предупреждает",
    "waived": "отклонено",
    "Table": "Таблица",
    "Expectation": "Ожидание",
    "Observed": "Наблюдалось",
    "Endangers": "Под угрозой",
    "Release": "Выпуск",
    "Published by this run": "Опубликован этим запуском",
    "Published earlier, still served": "Опубликован раньше, показывается по-прежнему",
    "data to": "данные по",
    "no day": "неизвестный день",
    "published": "опубликован",
    "Version": "Версия",
    "Content digest": "Отпечаток содержания",
    "Size": "Размер",
    "tables": "таблиц",
    "rows": "строк",
    "Compared with": "Сравнивается с",
    "nothing: it is the first": "ни с чем: он первый",
    "Headline metrics": "Главные показатели",
    "Metric": "Показатель",
    "Month": "Месяц",
    "Now": "Сейчас",
    "Before": "Было",
    "Change": "Изменение",
    "Unit": "Единица",
    "provisional": "предварительно",
    "none": "нет",
    "Nothing has been published yet.": "Ещё ничего не опубликовано.",
    "Drift": "Сдвиги",
    "Tables of the release whose rows changed by more than a tenth since the one before; what the "
    "doors say of drift stands under Gates.": (
        "Таблицы, в которых строк стало больше или меньше чем на десятую долю; что о сдвигах "
        "говорят двери – в разделе «Проверки»."
    ),
    "No table changed that much.": "Так сильно не изменилась ни одна.",
    "There is no earlier release to compare with.": "Сравнить не с чем: прежнего выпуска нет.",
    "Home": "Папка",
    "log": "журнал",
    "made": "составлен",
    "what each line means": "что значит каждая строка",
}

Say = Callable[..., str]


def sayer(language: str) -> Say:
    """Return what says a text of the report, filled in; one that is not known stays English."""

    def say(text: str, **values: object) -> str:
        told = RUSSIAN.get(text, text) if language == "ru" else text
        return told.format(**values) if values else told

    return say


ENGLISH = sayer("en")
