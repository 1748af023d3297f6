"""Words about who may see what."""

WORDS = {
    "door.out": ("Sign in to see the insights.", "Войдите, чтобы увидеть данные."),
    "door.ended": ("Your session has ended. Sign in again.", "Сеанс закончился. Войдите снова."),
    "door.refused": (
        "You are signed in, but no role of this app is given to you.",
        "Вы вошли, но роли в этом приложении у вас нет.",
    ),
    "door.refused.why": (
        "Ask who runs your sign-in to add you to a group that this app knows.",
        "Попросите администратора входа добавить вас в группу, известную приложению.",
    ),
    "door.closed": (
        "This page is not part of your roles ({roles}).",
        "Эта страница не входит в ваши роли ({roles}).",
    ),
    "door.closed.why": (
        "Who runs your sign-in can give you a role that has it. Your own pages:",
        "Роль с этой страницей может дать администратор входа. Ваши страницы:",
    ),
    "sign_in": ("Sign in", "Войти"),
    "sign_out": ("Sign out", "Выйти"),
    "sign_out.help": ("Your roles: {roles}", "Ваши роли: {roles}"),
    "demo": ("Demo: no sign-in", "Демо: без входа"),
    "demo.help": (
        "No identity provider is set up, so the app answers this machine only and everybody on "
        "it sees the same. docs/security.md says how to set one up.",
        "Провайдер входа не настроен, поэтому приложение доступно только с этой машины и всем на "
        "ней показывает одно и то же. Как настроить: docs/security.md.",
    ),
    "regions": ("Customers of {names}", "Клиенты: {names}"),
    "regions.none": ("no region", "ни одного региона"),
    "regions.rows": (
        "You see rows of customers of {names} only; figures beside them are of all regions.",
        "Вы видите строки только этих клиентов: {names}; показатели рядом – по всем регионам.",
    ),
    "regions.help": (
        "Rows of customers of other regions are not shown, found, counted or exported. Metrics, "
        "scores of models and network faults are of the whole base.",
        "Строки клиентов других регионов не показываются, не ищутся, не считаются и не "
        "выгружаются. Метрики, качество моделей и сбои сети – по всей базе.",
    ),
    "role.viewer": ("viewer", "читатель"),
    "role.analyst": ("analyst", "аналитик"),
    "role.product_manager": ("product manager", "менеджер продукта"),
    "role.care": ("care", "служба заботы"),
    "role.care_lead": ("care lead", "руководитель службы заботы"),
    "role.operator": ("operator", "оператор"),
    "role.privacy_officer": ("privacy officer", "ответственный за данные"),
    "persons.not": (
        "Rows of single subscriptions are not part of your roles.",
        "Строки отдельных подписок не входят в ваши роли.",
    ),
    "look_up": ("Find by phone, e-mail or name", "Найти по телефону, почте или имени"),
    "look_up.how": (
        "Each search is logged with your pseudonym and the reason; what you type is not kept. "
        "A phone may be written in any way, a name as it stands in the contract.",
        "Каждый поиск записывается с вашим псевдонимом и причиной; введённое не хранится. Телефон "
        "можно писать как угодно, имя – как в договоре.",
    ),
    "look_up.by": ("By", "По"),
    "look_up.phone": ("Phone", "Телефон"),
    "look_up.email": ("E-mail", "Почта"),
    "look_up.name": ("Name", "Имя"),
    "look_up.value": ("Number, address or name", "Номер, адрес или имя"),
    "look_up.reason": ("Reason", "Причина"),
    "look_up.reason.choose": ("Choose a reason", "Выберите причину"),
    "look_up.reason.customer_asks": ("The customer asks us", "Клиент обратился"),
    "look_up.reason.complaint": ("A complaint", "Жалоба"),
    "look_up.reason.fault_report": ("A fault is reported", "Сообщение о сбое"),
    "look_up.reason.fraud_check": ("Suspected fraud", "Подозрение на мошенничество"),
    "look_up.reason.subject_request": (
        "A request about one's own data",
        "Запрос о своих данных",
    ),
    "look_up.send": ("Find", "Найти"),
    "look_up.nobody": (
        "Nobody in this data has exactly this. Check the spelling.",
        "Точно такого в данных нет. Проверьте написание.",
    ),
    "look_up.refused.not_allowed": (
        "Your roles do not include looking customers up.",
        "Поиск клиентов не входит в ваши роли.",
    ),
    "look_up.refused.no_reason": ("Choose a reason first.", "Сначала выберите причину."),
    "look_up.refused.nothing_asked": (
        "Type a number, an address or a name.",
        "Введите номер, адрес или имя.",
    ),
    "look_up.refused.too_often": (
        "Too many searches in a short time. Wait a few minutes.",
        "Слишком много поисков подряд. Подождите несколько минут.",
    ),
    "look_up.refused.too_many": (
        "More than ten customers have this. Ask for the phone number.",
        "Это есть более чем у десяти клиентов. Спросите телефон.",
    ),
    "look_up.refused.not_there": (
        "Searching is possible from the next published release on.",
        "Поиск станет возможен со следующим выпуском.",
    ),
    "look_up.refused.failed": (
        "The search did not work; the app's log says why. Nothing was shown.",
        "Поиск не удался; причина в журнале приложения. Ничего не показано.",
    ),
}
