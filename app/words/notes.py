"""What the batch notes in English, and the same in Russian; braces are what stands there.

What is more exact goes first. tests/test_app_desk.py asks the rooms for notes missing here.
"""

from app.words.notes_runs import RUNS

# What-if, results, models and decisions: ml/*.py.
_MODELS = (
    (
        "The effect is not usable (too few), so no figure is given.",
        "Эффект нельзя использовать: случаев слишком мало, поэтому числа нет.",
    ),
    (
        "The effect is not usable (placebo failed), so no figure is given.",
        "Эффект нельзя использовать: группы различались и раньше, поэтому числа нет.",
    ),
    (
        "The effect is not usable ({status}), so no figure is given.",
        "Эффект нельзя использовать ({status}), поэтому числа нет.",
    ),
    ("The effect may be none.", "Эффекта может не быть."),
    (
        "The change goes beyond what was lived through: this is extrapolated.",
        "Изменение выходит за пределы пережитого: это экстраполяция.",
    ),
    (
        "Taken for granted: each unit costs the same.",
        "Принято без проверки: каждая единица стоит одинаково.",
    ),
    (
        "If nobody leaves or changes plan because of it, which nobody has seen.",
        "Если из-за этого никто не уйдёт и не сменит тариф, чего никто не видел.",
    ),
    (
        "What a price does to exits has not been measured here. A year's gain is gone when {lines} "
        "of {all} lines ({share}) leave because of it.",
        "Как цена влияет на уходы, здесь не измерено. Выигрыш года пропадёт, если из-за неё уйдёт "
        "{lines} из {all} подписок ({share}).",
    ),
    (
        "What a price does to exits has not been measured here. A year's loss is made good when "
        "{lines} of {all} lines ({share}) stay because of it.",
        "Как цена влияет на уходы, здесь не измерено. Потеря года окупится, если из-за неё "
        "останется {lines} из {all} подписок ({share}).",
    ),
    (
        "What a price does to exits, or an exit costs, has not been measured here.",
        "Как цена влияет на уходы или сколько стоит уход, здесь не измерено.",
    ),
    (
        "fewer than {least} lines with a known outcome in an arm",
        "в одной из групп меньше {least} подписок с известным исходом",
    ),
    ("no change was foretold", "изменения не обещали"),
    (
        "weighed with what was assumed, each by how sure it is",
        "взвешено с допущением, каждое по своей точности",
    ),
    ("the features are not built; run `cx build`", "признаки не построены; запустите `cx build`"),
    (
        "no subscription is in any cohort; deliver products (subscriptions) with a status",
        "ни одной подписки нет в когортах; передайте product со статусом",
    ),
    (
        "no cut-off has a finished label window; deliver products again, with ended_at, at least "
        "one label window (churn_horizon_days) after the first delivery",
        "ни у одного среза не закрыто окно исхода; передайте product ещё раз, с ended_at, через "
        "окно (churn_horizon_days) после первой поставки",
    ),
    (
        "{exits} known exits in {rows} labelled rows, at least {least} are needed; deliver more "
        "history of products with ended_at and exit_cause",
        "известных уходов: {exits} на {rows} строк, нужно не меньше {least}; передайте больше "
        "истории product с ended_at и exit_cause",
    ),
    (
        "{exits} exits in {months} months that are over, at least {least} are needed; deliver more "
        "history of products with ended_at and exit_cause",
        "уходов: {exits} за закрытые месяцы ({months}), нужно не меньше {least}; передайте больше "
        "истории product с ended_at и exit_cause",
    ),
    (
        "every labelled subscription left; deliver the ones that stayed as well",
        "ушли все подписки с исходом; передайте и оставшиеся",
    ),
    (
        "every line left in the month it was seen; deliver the ones that stayed as well",
        "все подписки ушли в месяц, когда их увидели; передайте и оставшиеся",
    ),
    (
        "no subscription or no offering; deliver both",
        "нет подписок или продуктов; передайте и то, и другое",
    ),
    (
        "fewer than two products were taken or are held often enough; deliver add-ons as products "
        "with parent_product_id, and offerings with is_addon",
        "достаточно часто взяты меньше двух продуктов; передайте опции как product с "
        "parent_product_id и предложения с is_addon",
    ),
    (
        "fewer than {least} lines whose customers agreed to profiling, or no figures",
        "меньше {least} подписок с согласием на профилирование, или нет показателей",
    ),
    ("additive: its reasons are exact", "аддитивная: её причины точны"),
    (
        "with interactions; explained additively with fidelity {fidelity}",
        "с взаимодействиями; объяснена аддитивно с точностью {fidelity}",
    ),
    (
        "hazards of {causes}; constant beyond a tenure of {months} months; covariates held as they "
        "are now",
        "риски ухода по причинам ({causes}); после {months} месяцев постоянны; признаки взяты "
        "нынешние",
    ),
    (
        "{served} serves; learned from what was taken next",
        "служит «{served}»; училась на том, что брали следующим",
    ),
    (
        "{served} serves; learned from what others alike hold (nothing seen taken)",
        "служит «{served}»; училась на том, что есть у похожих (подключений не видно)",
    ),
    (
        "{count} segments, alike with {draws} over resamples and {months} over months",
        "сегментов: {count}, сходство {draws} при новых выборках и {months} между месяцами",
    ),
    (
        "{count} segments, alike with {draws} over resamples",
        "сегментов: {count}, сходство {draws} при новых выборках",
    ),
    (
        "no number of segments keeps its shape, so there is one",
        "ни одно число сегментов не устойчиво, поэтому он один",
    ),
    (
        "no retention campaign with a randomised hold-out is over; deliver campaign_contact with "
        "arm = control for lines held out by chance",
        "нет завершённой кампании удержания со случайным контролем; передайте campaign_contact с "
        "arm = control для отложенных случайно",
    ),
    (
        "{exits} exits of {lines} held out and {all} in all, at least {least} and {most} are "
        "needed; hold out more, or wait",
        "уходов: {exits} из {lines} в контроле и {all} всего, нужно не меньше {least} и {most}; "
        "увеличьте контроль или подождите",
    ),
    (
        "what was known before tells who was contacted (AUC {auc}, from {low}): the hold-out was "
        "not drawn by chance",
        "известное заранее выдаёт, кому звонили (AUC {auc}, от {low}): контроль не случаен",
    ),
    (
        "{ranking} finds {found} exits prevented per 1,000 lines more than chance ({low} to "
        "{high})",
        "«{ranking}» находит на 1000 подписок на {found} предотвращённого ухода больше случая (от "
        "{low} до {high})",
    ),
    ("no gate refused what it learned from", "ни один контроль не отверг обучающие данные"),
    (
        "no cut-off could be tested walking forward",
        "ни один срез нельзя проверить вперёд по времени",
    ),
    (
        "the served model cannot be asked about any cut-off of the back-test",
        "нынешнюю модель нельзя спросить ни об одном срезе проверки",
    ),
    (
        "{exits} exits came true among scores given out; {least} are needed",
        "среди выданных оценок сбылось уходов: {exits}; нужно {least}",
    ),
    (
        "log-loss gained over the rule on {rows} scores given out at {cutoffs} cut-offs: {gain} "
        "({low} to {high})",
        "выигрыш log-loss у правила на выданных оценках ({rows}, срезов: {cutoffs}): {gain} (от "
        "{low} до {high})",
    ),
    (
        "log-loss gained over the served model at {cutoffs} cut-offs: {gain} ({low} to {high})",
        "выигрыш log-loss у нынешней модели на срезах ({cutoffs}): {gain} (от {low} до {high})",
    ),
    (
        "calibration error {error}, noise alone would show {floor}",
        "ошибка калибровки {error}, один шум показал бы {floor}",
    ),
    (
        "better than the three-line rule: log-loss gained {gain} ({low} to {high})",
        "лучше правила из трёх строк: выигрыш log-loss {gain} (от {low} до {high})",
    ),
    (
        "not proven better than the three-line rule: log-loss gained {gain} ({low} to {high})",
        "не доказано, что лучше правила из трёх строк: выигрыш log-loss {gain} (от {low} до "
        "{high})",
    ),
    (
        "AUC of the worst month {new}, of the served model {old}",
        "AUC худшего месяца {new}, у нынешней модели {old}",
    ),
    (
        "scores differ from those served by a stability index of {value}",
        "оценки отличаются от выданных на индекс стабильности {value}",
    ),
    ("alone it ranks with AUC {auc}", "один столбец упорядочивает с AUC {auc}"),
    (
        "all {rows} rows up to {until} left; who joined and stayed is missing",
        "все строки ({rows}) до {until} ушли; нет тех, кто подключился и остался",
    ),
    (
        "none of the {rows} rows of the band up to {until} left",
        "из строк полосы до {until} ({rows}) не ушёл никто",
    ),
    (
        "{share} of the rows share their key with another one",
        "у {share} строк ключ совпадает с другой строкой",
    ),
    (
        "{share} of the rows equal another one in every column and in the outcome",
        "{share} строк равны другой во всех столбцах и в исходе",
    ),
    (
        "{share} of the rows hold a date after what they may know",
        "в {share} строк стоит дата позже того, что можно знать",
    ),
)
# What is asked of a delivery and of a release, column by column: expectations/*.py.
_ASKED = (
    ("{column}: as many rows a day as before", "{column}: строк в день столько же, сколько раньше"),
    ("{column}: no more gaps than before", "{column}: пропусков не больше, чем раньше"),
    ("{column}: as many links as before", "{column}: связей столько же, сколько раньше"),
    ("{column}: no more zeros than before", "{column}: нулей не больше, чем раньше"),
    (
        "{column}: no more below zero than before",
        "{column}: отрицательных не больше, чем раньше",
    ),
    (
        "{column}: as many different values as before",
        "{column}: разных значений столько же, сколько раньше",
    ),
    ("{column}: as large as before", "{column}: величины как раньше"),
    ("{column}: texts as long as before", "{column}: длина текстов как раньше"),
    ("{column}: known as soon as before", "{column}: становится известно так же скоро"),
    ("{column}: no words never seen before", "{column}: нет невиданных слов"),
    ("{column}: the same mix of words as before", "{column}: доли слов как раньше"),
    ("{column}: at the same hours as before", "{column}: в те же часы, что раньше"),
    ("a file does not say the same {key} twice", "в файле нет двух одинаковых {key}"),
    (
        "{column} is always there: each row can be traced to its file and line",
        "{column} есть всегда: каждую строку можно проследить до файла и строки",
    ),
    ("{column} is always there", "{column} есть всегда"),
    ("{column} holds only codes of its vocabulary", "{column}: только коды своего словаря"),
    ("{column} is a moment somebody can mean", "{column}: возможный момент времени"),
    ("{column} is not told before it happened", "{column}: не сообщено раньше, чем случилось"),
    ("{column} is not before {other}", "{column} не раньше {other}"),
    ("{column} is not below zero", "{column} не меньше нуля"),
    ("{column} is a finite number", "{column}: конечное число"),
    ("{column} lies between {low} and {high}", "{column} от {low} до {high}"),
    ("{key} leads to a row of {table}", "{key} ведёт к строке {table}"),
    ("{key} leads to a {entity}", "{key} ведёт к сущности «{entity}»"),
    ("{key} leads to an {entity}", "{key} ведёт к сущности «{entity}»"),
    ("one row per {key}", "одна строка на {key}"),
    ("{figure} is that of {table}", "{figure} как в {table}"),
    ("{columns} are as delivered", "{columns} – как доставлено"),
    ("at least one file has arrived", "пришёл хотя бы один файл"),
    (
        "every row read was loaded, quarantined or dropped by rule",
        "каждая прочитанная строка загружена, в карантине или отброшена по правилу",
    ),
    (
        "no delivered file was refused (see `cx status`; mend the file or its contract)",
        "ни один файл не отвергнут (см. `cx status`; исправьте файл или его контракт)",
    ),
    (
        "no file has more than {share} of its rows in quarantine",
        "у каждого файла в карантине не больше {share} строк",
    ),
)
# What is asked of one table: expectations/suites/*.yml and dbt_project/tests.
_SAID = (
    ("a better rank has no lower score", "у лучшего места оценка не ниже"),
    (
        "a bill differs by what its parts differ",
        "счёт отличается на столько же, на сколько отличаются его части",
    ),
    (
        "nobody is on a list who did not agree to marketing",
        "в списках нет никого, кто не согласился на рекламу",
    ),
    (
        "a bill and its amount without tax have one sign",
        "у счёта и его суммы без налога один знак",
    ),
    (
        "a challenger takes over only where every decisive check is passed, or the served model "
        "cannot be asked",
        "новая модель вступает, только если пройдены все решающие проверки или прежнюю не спросить",
    ),
    ("a curve is a share within its interval", "кривая – доля внутри своего интервала"),
    (
        "a day's use is what was delivered for it, by type and month",
        "потребление дня – то, что за него доставлено, по видам и месяцам",
    ),
    ("a document is of one party in a file", "документ в файле принадлежит одному лицу"),
    ("a figure that is not measured is none", "чего не измерили, того числа нет"),
    (
        "a line is not spoken on for more minutes than a month and its conferences hold",
        "на линии не говорят дольше, чем вмещает месяц с конференциями",
    ),
    (
        "a list is called persuadability only where a hold-out showed it",
        "список зовётся откликом, только если его показал контроль",
    ),
    (
        "a list is called persuadability only where each line has an uplift with its error",
        "список зовётся откликом, только если у каждой подписки есть отклик с ошибкой",
    ),
    (
        "a metric has one value a period and dimension value",
        "у показателя одно значение на период и часть",
    ),
    (
        "a metric is cut only as the catalogue says",
        "показатель делится только так, как сказано в каталоге",
    ),
    (
        "a metric is what was measured, every slice and period of it",
        "показатель равен измеренному во всех частях и периодах",
    ),
    ("a month holds out a twentieth or more", "в месяце отложена двадцатая часть или больше"),
    ("a month's active days are days of it", "активные дни месяца – дни этого месяца"),
    (
        "a number is not ported before it is asked for",
        "номер не переносят раньше, чем попросили",
    ),
    (
        "a payment brings money in unless it is taken back",
        "платёж приносит деньги, если не отозван",
    ),
    ("all bills are in one currency", "все счета в одной валюте"),
    (
        "what serving costs is priced in the currency of the bills "
        "(dbt_project/seeds/unit_costs.csv)",
        "стоимость обслуживания задана в валюте счетов (dbt_project/seeds/unit_costs.csv)",
    ),
    ("a payment is as it was delivered", "платёж такой, каким доставлен"),
    (
        "a period ends after it began and began before what we know ends",
        "период кончается после начала и начался до конца известного",
    ),
    ("a quiet spell never lowers the index", "тихий период не снижает индекс"),
    (
        "a ranking is called persuadability only where chance drew the hold-out and it beats "
        "chance",
        "порядок зовётся откликом, только если контроль случаен и порядок лучше случая",
    ),
    ("a reason belongs to a score", "причина относится к оценке"),
    ("a score is a probability", "оценка – вероятность"),
    ("a score lies on its survey's scale", "балл лежит на шкале своего опроса"),
    (
        "a score that was frozen was given before the exit",
        "замороженная оценка выдана до ухода",
    ),
    (
        "a service keeps every element it was told of",
        "услуга хранит все элементы, о которых сообщили",
    ),
    ("a share is one, within its interval", "доля – доля, внутри своего интервала"),
    ("a share lies between 0 and 100 %", "доля от 0 до 100 %"),
    (
        "a subscription is of a product that was delivered, from when it began",
        "подписка – на доставленный продукт, с его начала",
    ),
    (
        "a value is a finite number within its interval",
        "значение – конечное число внутри своего интервала",
    ),
    ("a value lies within its interval", "значение внутри своего интервала"),
    ("active days add up to the base days", "активные дни складываются в дни базы"),
    (
        "an effect is usable only when its placebo test passed",
        "эффект можно использовать, только если пройдена проверка плацебо",
    ),
    ("an effect lies within its interval", "эффект внутри своего интервала"),
    ("answers of one customer never overlap", "ответы клиента не пересекаются"),
    ("charges are charged and credits are given", "начисления начислены, возвраты возвращены"),
    ("cohorts hold everybody who joined", "в когортах все, кто подключился"),
    (
        "cxi points add up to what the index lost",
        "пункты CXI складываются в потерю индекса",
    ),
    (
        "downtime never overlaps nor leaves the service",
        "простои не пересекаются и не выходят за услугу",
    ),
    (
        "each ranking has one best campaign, within its limits and no worse than none",
        "у каждого порядка одна лучшая кампания, в пределах и не хуже бездействия",
    ),
    (
        "every code of a source has a word of ours (dbt_project/seeds/code_map.csv)",
        "у каждого кода источника есть наше слово (dbt_project/seeds/code_map.csv)",
    ),
    ("every moment is one somebody can mean", "все моменты времени возможны"),
    ("every number is finite", "все числа конечны"),
    (
        "every point and lost minute has its source line",
        "у каждого пункта и потерянной минуты есть строка источника",
    ),
    ("every scored subscription has a score", "у каждой оценённой подписки есть оценка"),
    (
        "every state of a source has a word of ours",
        "у каждого состояния источника есть наше слово",
    ),
    (
        "every subscription of the months is one we know",
        "все подписки месяцев нам известны",
    ),
    ("every thing has one version at a time", "в каждый момент у вещи одна версия"),
    ("every value is a finite number", "все значения – конечные числа"),
    (
        "everybody in the newest cohort who has not left or said so is scored",
        "все в новейшей когорте, кто не ушёл и не предупредил, оценены",
    ),
    (
        "everybody who is there and has not said they leave has one action",
        "у всех, кто здесь и не предупредил об уходе, есть одно действие",
    ),
    ("exits by cause add up to all exits", "уходы по причинам складываются во все уходы"),
    ("impact minutes are downtime minutes", "минуты влияния – минуты простоя"),
    ("its columns are those of its contract", "столбцы – те, что в контракте"),
    ("journey steps add up to the journey", "шаги складываются в путь"),
    ("link coverage adds up", "покрытие связей сходится"),
    (
        "minutes, shares and indices lie where they can",
        "минуты, доли и индексы лежат в возможных границах",
    ),
    ("moments hold every step", "в моментах есть все шаги"),
    (
        "the base of a month adds up in each cut",
        "база месяца сходится в каждом разрезе",
    ),
    (
        "moment lists hold whom the moments count",
        "в списках моментов те, кого моменты считают",
    ),
    ("no action is chosen beyond its capacity", "ни одно действие не выбрано сверх мощности"),
    (
        "no action is recommended that is not expected to pay",
        "не рекомендовано ни одно действие без ожидаемой пользы",
    ),
    (
        "every element stands on itself",
        "каждый элемент опирается на самого себя",
    ),
    (
        "problems reach each once",
        "каждого, кого затронули проблемы, считают один раз",
    ),
    ("no element depends on itself", "ни один элемент не зависит от себя"),
    ("no more is spent than the budget", "потрачено не больше бюджета"),
    (
        "no served text looks like an e-mail address or a phone number",
        "ни один показанный текст не похож на адрес почты или телефон",
    ),
    (
        "nobody comes back: a curve never falls",
        "никто не возвращается: кривая не падает",
    ),
    ("nobody ends before beginning", "никто не кончается раньше начала"),
    ("nobody held out by chance is on a list", "из контроля никого нет в списках"),
    ("nobody is counted below zero", "никого не насчитано меньше нуля"),
    (
        "nobody is expected to stay for less than no month or for more than the horizon",
        "никому не предсказано остаться меньше нуля месяцев или дольше горизонта",
    ),
    (
        "nobody is weighed for what they did not agree to",
        "никого не взвешивают для того, на что нет согласия",
    ),
    ("nobody talks for more than a day", "никто не говорит дольше суток"),
    ("nothing is its own add-on", "ничто не опция самого себя"),
    (
        "one survey type decides whether the index is calibrated",
        "калиброван ли индекс, решает один вид опроса",
    ),
    (
        "only who agreed to profiling is in a segment",
        "в сегментах только согласные на профилирование",
    ),
    ("ranks run from one without a hole", "места идут с первого без пропусков"),
    ("scores tell subscriptions apart", "оценки различают подписки"),
    ("service days add up", "дни услуг сходятся"),
    ("shares of a slice are shares", "доли части – доли"),
    ("slices add up to the whole", "части складываются в целое"),
    (
        "the base opens plus joins less exits and closes",
        "база: начало плюс подключения минус уходы – конец",
    ),
    (
        "the index is called calibrated only where its correlation with surveys is above zero",
        "индекс зовётся калиброванным, только если его связь с опросами выше нуля",
    ),
    (
        "the weights of the domains are shares of one whole",
        "веса областей – доли целого",
    ),
    (
        "what a conflict says was kept is what the dimension holds",
        "что по конфликту оставлено, то и хранится",
    ),
    ("what has ended has an end", "у законченного есть конец"),
    ("what is recommended is in the catalogue", "рекомендованное есть в каталоге"),
    (
        "what is to be done today is what the desk recommends, and no more",
        "в списке дел то, что рекомендовано, и не больше",
    ),
    (
        "who is held out by chance gets nothing that is measured by the hold-out",
        "контроль не получает ничего, что им измеряют",
    ),
    (
        "who is held out of the month's lists is marked so",
        "кто отложен из списков месяца, отмечен",
    ),
    (
        "who is recommended to is a subscription of ours",
        "рекомендации – только нашим подпискам",
    ),
)
# Why a delivered row waits in quarantine: ingest/values.py, ingest/times.py, ingest/mapping.py.
_QUARANTINED = (
    ("is not valid JSON", "неправильный JSON"),
    ("is not true or false", "не «да» и не «нет»"),
    (
        "is not true or false; map its codes in the contract",
        "не «да» и не «нет»; опишите коды в контракте",
    ),
    ("is not a whole number", "не целое число"),
    ("is not a whole number of {unit}", "не целое число: {unit}"),
    ("is not a number in the declared dialect", "не число в объявленной записи"),
    (
        "is not an amount with at most four decimals in the declared dialect",
        "не сумма с четырьмя знаками в объявленной записи",
    ),
    (
        "has more digits than a number of JSON keeps; have it sent as text",
        "в нём больше цифр, чем хранит число JSON; попросите прислать текстом",
    ),
    (
        "is not an amount with at most four decimals; where it may be rounded, say "
        "round(cast(… as double), 2) in sql",
        "не сумма с четырьмя знаками; если её можно округлить, напишите в sql "
        "round(cast(… as double), 2)",
    ),
    (
        "is no count of its smallest unit, and the contract says implied_decimals: {digits}",
        "не число наименьших единиц, а в контракте implied_decimals: {digits}",
    ),
    (
        "does not follow the declared format {format}, or is of another day of the week",
        "не соответствует объявленному формату {format}, или это другой день недели",
    ),
    (
        "is not an ISO 8601 time; declare its format in the contract",
        "не время ISO 8601; опишите формат в контракте",
    ),
    (
        "is not a number of {unit}; or does it count another unit?",
        "не число: {unit}; или это счёт в других единицах?",
    ),
    ("is not a number of {unit}", "не число: {unit}"),
    (
        "holds a sign that cannot be seen, such as a space of no width; take it away in sql",
        "содержит невидимый знак, например пробел нулевой ширины; уберите его в sql",
    ),
    (
        "is an object or a list, and no id; say which of it is",
        "объект или список, а не идентификатор; укажите, что в нём идентификатор",
    ),
    (
        "is a number that a spreadsheet has shortened, as 4.8E+10; have it sent as text",
        "число, которое сократила таблица, вроде 4.8E+10; попросите прислать его текстом",
    ),
    (
        "does not follow the declared format {format}",
        "не соответствует объявленному формату {format}",
    ),
    ("holds nothing that could identify", "нет ничего, что могло бы опознать"),
    ("is required but blank", "обязательно, но пусто"),
    (
        "stands behind a quote that never closes (line {line})",
        "стоит за кавычкой, которая не закрыта (строка {line})",
    ),
    (
        "stands in a quoted field of more than {lines} lines (from line {line})",
        "стоит в поле в кавычках длиннее {lines} строк (со строки {line})",
    ),
    (
        "holds unreadable characters (NUL or U+FFFD)",
        "есть нечитаемые символы (NUL или U+FFFD)",
    ),
    ("quotes do not balance", "кавычки не парны"),
    ("has {fields} fields, the header has {width}", "полей: {fields}, в заголовке: {width}"),
    ("repeats the header", "повторяет заголовок"),
    ("is not a readable Parquet file ({why})", "файл Parquet не читается ({why})"),
    (
        "is a code outside the vocabulary; map it in the contract",
        "код не из словаря; сопоставьте его в контракте",
    ),
    (
        "fits both day and month order, and the source mixes them",
        "подходит и порядок «день-месяц», и «месяц-день», а источник их смешивает",
    ),
)
_FOUND = (("{count} found", "найдено: {count}"),)
NOTES: tuple[tuple[str, str], ...] = (*_SAID, *_MODELS, *_QUARANTINED, *_ASKED, *RUNS, *_FOUND)
