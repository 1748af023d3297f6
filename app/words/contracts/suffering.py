"""Who suffers and who speaks of it; experience index, cost to serve (M36–M42)."""

RUSSIAN = {
    # M36
    (
        "Share of the subscriptions in the base all month with no inbound contact that ended in "
        "it, by a person or not, and no ticket opened in it. One that names another line of the "
        "customer does not break the silence of this one; one of which we cannot tell the line "
        "breaks that of all. Not good by itself: some suffer in silence."
    ): (
        "Доля подписок, бывших в базе весь месяц, по которым за него не закончилось ни одного "
        "входящего обращения, с сотрудником или без, и не открыто ни одной заявки. Обращение, "
        "где названа другая подписка клиента, молчания этой не нарушает; обращение, о котором "
        "неизвестно, к какой подписке оно относится, нарушает молчание всех. Само по себе это не "
        "хорошо: некоторые страдают молча."
    ),
    "subscriptions without a word / subscriptions active all of the period": (
        "подписки без единого слова / подписки, активные весь период"
    ),
    # M37
    (
        "Of the customers who suffered in the month, the share that made no inbound contact in "
        "it. They suffered when the index of one of their lines is below 60 at its end, or when "
        "the minutes lost over all their services are above 0 and not below the 95th percentile "
        "(between ranks: linear) of all customers in the base, untroubled ones included."
    ): (
        "Из клиентов, пострадавших за месяц, – доля тех, кто ни разу в нём не обратился. "
        "Пострадал тот, у кого индекс хотя бы одной подписки в конце месяца ниже 60 или чьи "
        "потерянные минуты по всем услугам больше 0 и не меньше 95-го процентиля (между рангами "
        "– линейно) среди всех клиентов базы, включая тех, у кого сбоев не было."
    ),
    "sufferers without contact / sufferers": "пострадавшие без обращения / пострадавшие",
    # M38
    (
        "Of the customers who suffered in the month, the share that made an inbound contact in "
        "it. By cause of the outages they had and by kind of experience that costs them points, "
        "a customer counts under each."
    ): (
        "Из клиентов, пострадавших за месяц, – доля тех, кто в нём обращался. В разрезах по "
        "причине перерыва и по виду опыта, снизившего индекс, клиент входит в каждый свой."
    ),
    "sufferers who contacted / sufferers": "пострадавшие, которые обратились / пострадавшие",
    # M39
    (
        "Of the customers hit by a problem, the share sent a message about it before they first "
        "contacted us about it and less than 30 minutes after detection (announced work: after "
        "its start), counted when service was back. Sent counts, delivered or not; not sent "
        "after all does not. A contact is about the problem that it or its ticket names; else, "
        "if about a fault, about the latest that hit the line up to 48 hours before, an outage "
        "before a degradation. Hit by two problems counts twice. Problems without a time of "
        "detection are left out, announced work is not."
    ): (
        "Из клиентов, задетых сбоем, – доля тех, кому сообщение о нём отправлено до их первого "
        "обращения по нему и менее чем через 30 минут после обнаружения (о плановых работах – "
        "после их начала); считается по восстановлению услуги. Важна отправка, а не "
        "доставка; так и не отправленное не считается. Обращение относится к сбою, который "
        "назван в нём или в его заявке; иначе, если оно о неисправности, – к последнему, "
        "задевшему подписку за 48 часов до него, причём перерыв важнее ухудшения. Задетый двумя "
        "сбоями считается дважды. Сбои без времени обнаружения не учитываются, "
        "плановые работы – учитываются."
    ),
    "customers told before own contact and within 30 min of detection / customers hit": (
        "клиенты, предупреждённые до своего обращения и за 30 мин после обнаружения / задетые "
        "клиенты"
    ),
    # M39p
    (
        "Share of the messages about outages and announced work, sent in the period, delivered "
        "or not, that went to a customer their problem hit. Work is announced ahead, so a period "
        "is final a week after it ends."
    ): (
        "Доля сообщений о перерывах и плановых работах, отправленных за период, доставленных или "
        "нет, которые ушли клиенту, задетому этим сбоем. О работах предупреждают заранее, "
        "поэтому период окончателен через неделю после конца."
    ),
    "notices to customers hit / notices": "уведомления задетым клиентам / уведомления",
    # M40
    (
        "Share of problems, counted when service was back, raised by an alarm or monitoring and "
        "not by a customer's ticket. Problems that do not say what raised them, or were "
        "withdrawn, are left out."
    ): (
        "Доля сбоев, о которых сообщили сигнал аварии или мониторинг, а не заявка клиента; "
        "считается по восстановлению услуги. Сбои, о которых не сказано, кто заметил первым, и "
        "отозванные не учитываются."
    ),
    "problems not first alerted by a ticket / problems": (
        "сбои, о которых первой сообщила не заявка / сбои"
    ),
    # M41
    (
        "Cost of contact minutes (talk, hold and after-contact work, by channel, whoever began "
        "the contact), visits (one the customer missed too, none that we missed), hours between "
        "opening and resolving a ticket, messages sent and credits closed in the month, per "
        "subscription in the base. A dispute, credited or not, and a refund give back what was not "
        "owed: no credits (M35b). Unit costs are assumptions of the seed unit_costs, in its "
        "currency: put your own there before comparing with money."
    ): (
        "Стоимость минут обращений (разговор, удержание на линии и обработка после, по каналам, "
        "кто бы ни начал обращение), визитов (и тех, что пропустил клиент, но не тех, что "
        "пропустили мы), часов между открытием и решением заявки, "
        "отправленных сообщений и закрытых за месяц компенсаций, на подписку в базе. Спор по "
        "счёту, даже удовлетворённый, и возврат денег возвращают то, чего клиент не был должен, "
        "и компенсацией не считаются (M35b). Цены за единицу – допущения из справочника "
        "unit_costs, в его валюте: прежде чем сравнивать с деньгами, поставьте свои."
    ),
    "sum(activity × unit cost) / average base": "сумма(работы × их цена за единицу) / средняя база",
    # M42
    (
        "Mean customer experience index at the end of the period, over subscriptions with a "
        "linked service, in the segment, family and region they have at that midnight. 100 means "
        "untroubled, or that we saw nothing: read it beside link coverage (M48)."
    ): (
        "Средний индекс клиентского опыта на конец периода, по подпискам со связанной услугой, в "
        "том сегменте, семействе и регионе, что у них в эту полночь. 100 значит, что "
        "неприятностей не было или мы их не видели: смотрите вместе с полнотой связей (M48)."
    ),
    "sum(CXI) / monitored subscriptions": "сумма(CXI) / наблюдаемые подписки",
}
