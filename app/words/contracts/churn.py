"""Exits, revenue and port-outs (M28–M33)."""

RUSSIAN = {
    # M28
    (
        "Subscriptions that left the base, per 30 days. A return within 30 days, a plan change "
        "and a migration are no exits, so a period is final 30 days after it ends; nor are they "
        "under a new identifier, as the source tells, else where the same customer has a line of "
        "the same family and phone number that began within 30 days of the end. Who is back under "
        "the same identifier was not in the base in between, unless the source takes the end "
        "back. A line whose number was carried away has left, though its product may not say so "
        "yet; once the product tells an end, that is when; with its number back within 30 days, "
        "and no end told, it was here throughout. A prepaid line nobody used or paid for in 90 "
        "days has left, also where a later end is told; used or paid for after that it returns; a "
        "payment that failed pays for nothing. The "
        "interval is that of the exits among as many months of 30 days; where more left than there "
        "are such months, there is none."
    ): (
        "Подписки, ушедшие из базы, за 30 дней. Возврат за 30 дней, смена тарифа и переход на "
        "новый договор уходом не считаются, поэтому период окончателен через 30 дней после "
        "конца; не уход и продолжение под новым кодом подписки: так говорит источник, а где он "
        "молчит, у того же клиента есть подписка того же семейства с тем же номером телефона, "
        "начавшаяся за 30 дней до или после конца прежней. Вернувшейся под тем же кодом в "
        "перерыве в базе не было, если только источник не отменил её конец. Подписка, чей номер "
        "перенесён, ушла, даже если продукт об этом ещё не говорит; когда он назовёт конец, уход – "
        "тогда; если номер вернулся за 30 дней, а конец не назван, она оставалась в базе. "
        "Предоплаченная, которой 90 дней не пользовались и не платили, считается ушедшей, даже "
        "если источник назовёт конец позже; использование или платёж после этого – возврат; "
        "непрошедший платёж – не платёж. Интервал – для числа уходов среди стольких месяцев по "
        "30 дней; где ушло больше, чем таких месяцев, интервала нет."
    ),
    "exits / average base × 30 / days": "уходы / средняя база × 30 / дни",
    # M29
    "M28 split by exit cause; the causes add up to M28.": (
        "M28 по причинам ухода; сумма причин равна M28."
    ),
    "exits of the cause / average base × 30 / days": (
        "уходы по этой причине / средняя база × 30 / дни"
    ),
    # M29i
    "Exits with cause non_pay, fraud, deceased or operator.": (
        "Уходы с причиной «Неоплата», «Мошенничество», «Смерть» или «По решению оператора»."
    ),
    "exits by non-payment or fraud or death or operator / average base × 30 / days": (
        "уходы из-за неоплаты, мошенничества, смерти или по решению оператора / средняя база × "
        "30 / дни"
    ),
    # M29v
    "Exits with cause port_out or cancel_other.": (
        "Уходы с причиной «Перенос номера» или «Расторжение клиентом»."
    ),
    "exits by port-out or own notice / average base × 30 / days": (
        "уходы с переносом номера или по заявлению клиента / средняя база × 30 / дни"
    ),
    # M29w
    "Exits with cause port_out, cancel_other or move_out.": (
        "Уходы с причиной «Перенос номера», «Расторжение клиентом» или «Переезд»."
    ),
    "exits by port-out or own notice or move / average base × 30 / days": (
        "уходы с переносом номера, по заявлению клиента или из-за переезда / средняя база × 30 / "
        "дни"
    ),
    # M30
    (
        "Monthly charges (ex tax, add-ons and prepaid plans included) lost to exits and "
        "reductions during the month, out of those of all subscriptions in the base as it "
        "opened. A subscription loses what it pays less as the month closes than as it opened. "
        "What starts or ends at the first midnight of a month does so in that month: the one is "
        "not yet in what opened, the other still is. Exits as in M28, so final 30 days after the "
        "month."
    ): (
        "Месячные начисления (без налога, с дополнительными услугами и предоплаченными "
        "тарифами), потерянные за месяц из-за уходов и снижений, от начислений всех подписок, "
        "бывших в базе на его начало. Подписка теряет столько, на сколько меньше платит в конце "
        "месяца, чем в начале. Что начинается или кончается в первую полночь месяца, относится к "
        "этому месяцу: начавшееся ещё не входит в сумму на начало, закончившееся ещё входит. "
        "Уходы – как в M28, поэтому окончательно через 30 дней после месяца."
    ),
    "monthly charges lost / monthly charges as the month opened": (
        "потерянные месячные начисления / месячные начисления на начало месяца"
    ),
    # M30n
    (
        "What subscriptions in the base as the month opened pay as it closes, out of what they "
        "paid then: losses as in M30, increases added, new subscriptions left out."
    ): (
        "Сколько подписки, бывшие в базе на начало месяца, платят в его конце, от того, что "
        "платили в начале: потери – как в M30, повышения прибавлены, новые подписки не "
        "учитываются."
    ),
    "(opening charges − lost + gained) / monthly charges as the month opened": (
        "(начисления на начало − потерянное + прибавленное) / месячные начисления на начало месяца"
    ),
    # M31
    (
        "Numbers that left for another network in the period, out of the average base. Of the "
        "whole period, not per 30 days: compare months, not a month with a week."
    ): (
        "Номера, ушедшие за период в другую сеть, от средней базы. За весь период, а не за 30 "
        "дней: сравнивайте месяцы с месяцами, а не месяц с неделей."
    ),
    "numbers carried away / average base": "унесённые номера / средняя база",
    # M31b
    (
        "Requests to carry a number away made in the period, whatever came of them, out of the "
        "average base. Of the whole period, as M31."
    ): (
        "Запросы на перенос номера от нас за период, чем бы они ни кончились, от средней базы. "
        "За весь период, как M31."
    ),
    "requests to carry a number away / average base": "запросы на перенос номера / средняя база",
    # M32
    (
        "Share of the requests made in the period to carry a number away or to end a "
        "subscription after which it is still in the base 90 days later. Younger requests are "
        "judged by what we know now. A return within 30 days is no exit, nor is going on under a "
        "new identifier (M28), so a period is final 120 days after it ends. Requests for a "
        "subscription unknown or already gone are left out."
    ): (
        "Доля запросов за период на перенос номера или закрытие подписки, после которых она "
        "через 90 дней ещё в базе. Более свежие запросы оцениваются по тому, что известно "
        "сейчас. Возврат за 30 дней – не уход, как и продолжение под новым кодом подписки (M28), "
        "поэтому период окончателен через 120 дней после конца. Запросы по неизвестной или уже "
        "ушедшей подписке не учитываются."
    ),
    "requests to leave with the subscription in the base 90 days later / requests to leave": (
        "запросы на уход, после которых подписка через 90 дней ещё в базе / запросы на уход"
    ),
    # M33
    (
        "Service revenue billed in the month, ex tax and equipment, per subscription in the "
        "base. The last bill of a subscription that has left counts in the month it is issued."
    ): (
        "Выручка от услуг, выставленная за месяц, без налога и оборудования, на подписку в базе. "
        "Последний счёт ушедшей подписки входит в месяц, когда он выставлен."
    ),
    "recognised service revenue / average base": "признанная выручка от услуг / средняя база",
}
