"""Problems, outages and availability (M14–M21)."""

RUSSIAN = {
    # M14
    (
        "Median minutes from the start of a problem until we knew of it, over problems detected "
        "in the period: outages, degradations and announced work (a cause of its own). What was "
        "withdrawn or not taken in was no problem."
    ): (
        "Медиана минут от начала сбоя до того, как мы о нём узнали, по сбоям, обнаруженным за "
        "период: перерывы, ухудшения и плановые работы (отдельная причина). Отозванное или не "
        "принятое в работу сбоем не было."
    ),
    "median(detected − started)": "медиана(обнаружено − началось)",
    # M14a
    (
        "Median minutes from detection until someone took the problem, over problems "
        "acknowledged in the period: outages, degradations and announced work (a cause of its "
        "own). What was withdrawn or not taken in was no problem."
    ): (
        "Медиана минут от обнаружения сбоя до того, как его взяли в работу, по сбоям, взятым за "
        "период: перерывы, ухудшения и плановые работы (отдельная причина). Отозванное или не "
        "принятое в работу сбоем не было."
    ),
    "median(acknowledged − detected)": "медиана(принято − обнаружено)",
    # M14ap90
    (
        "Nine of ten problems acknowledged in the period were taken within this many minutes of "
        "detection."
    ): (
        "Девять из десяти сбоев, взятых в работу за период, взяты не позже чем через столько "
        "минут после обнаружения."
    ),
    "90th percentile(acknowledged − detected)": "90-й процентиль(принято − обнаружено)",
    # M14p90
    (
        "Nine of ten problems detected in the period were known to us within this many minutes "
        "of their start."
    ): (
        "О девяти из десяти сбоев, обнаруженных за период, мы узнали не позже чем через столько "
        "минут после начала."
    ),
    "90th percentile(detected − started)": "90-й процентиль(обнаружено − началось)",
    # M15
    (
        "Mean minutes from the start of an outage until service was restored, by the time of "
        "restoration (until its record was closed, where none is told). Announced work counts as "
        "any other outage. Outages still open, withdrawn, or told to end before they began are "
        "not in it."
    ): (
        "Среднее число минут от начала перерыва до восстановления услуги, по времени "
        "восстановления (до закрытия записи, если о нём не сообщается). Плановые работы считаются "
        "наравне с другими перерывами. Не входят ещё не "
        "устранённые и отозванные перерывы и те, что по данным кончились раньше, чем начались."
    ),
    "sum(restored − started) / outages": "сумма(восстановлено − началось) / перерывы",
    # M15b
    "As M15, each outage weighted by the customers it affected.": (
        "Как M15, но каждый перерыв взвешен по числу задетых клиентов."
    ),
    "sum(minutes × customers) / sum(customers)": "сумма(минуты × клиенты) / сумма(клиенты)",
    # M15r
    (
        "Mean minutes from when someone took an outage until service was restored, by the time of "
        "restoration. Outages nobody is told to have taken, or taken after their end, are left "
        "out."
    ): (
        "Среднее число минут от взятия перерыва в работу до восстановления услуги, по времени "
        "восстановления. Перерывы, о взятии которых не сказано, и взятые после конца не "
        "учитываются."
    ),
    "sum(restored − acknowledged) / outages": "сумма(восстановлено − принято) / перерывы",
    # M15s
    (
        "Mean minutes from when we knew of an outage until its record was closed, by the time of "
        "closing. Outages not closed, or without a time of detection, are left out."
    ): (
        "Среднее число минут от обнаружения перерыва до закрытия его записи, по времени "
        "закрытия. Незакрытые перерывы и перерывы без времени обнаружения не учитываются."
    ),
    "sum(closed − detected) / outages": "сумма(закрыто − обнаружено) / перерывы",
    # M16
    (
        "Hours a network element runs between failures: time observed less its own outages, over "
        "unplanned outages with it at the root, by the end of the outage. Elements cut off "
        "because another one failed have not failed. Empty where none failed: see M16lb."
    ): (
        "Сколько часов элемент сети работает между отказами: время наблюдения без его "
        "собственных перерывов, делённое на внеплановые перерывы, причина которых в нём, по "
        "окончанию перерыва. Элементы, отключённые из-за отказа другого, отказавшими не "
        "считаются. Пусто, где никто не отказал: см. M16lb."
    ),
    "(observed time − downtime) / failures": "(время наблюдения − простой) / отказы",
    # M16lb
    (
        "Only where no element of the group failed in the month: the mean time between failures "
        "is, with 95 % confidence, at least a third of the hours observed."
    ): (
        "Только где за месяц ни один элемент группы не отказал: с уверенностью 95 % среднее "
        "время между отказами – не менее трети часов наблюдения."
    ),
    "observed time / 3": "время наблюдения / 3",
    # M17
    (
        "Share of in-service minutes in which the service was up. A service is in service from "
        "its start to its end, while a subscription in the base has it. Overlapping outages count "
        "once."
    ): (
        "Доля минут, когда подключённая услуга работала. Услуга подключена от своего начала до "
        "конца, пока она есть у подписки в базе. Перекрывающиеся перерывы считаются один раз."
    ),
    "1 − downtime in service / in-service minutes": (
        "1 − простой услуг / минуты, когда услуги подключены"
    ),
    # M17b
    (
        "As M17, leaving out time when only announced work held the service down. Work that "
        "overruns is announced work to its end; what is told as an outage of its own is not."
    ): (
        "Как M17, без времени, когда услуга не работала только из-за плановых работ. Затянувшиеся "
        "работы остаются плановыми до конца; то, о чём сообщили как об отдельном перерыве, – нет."
    ),
    "1 − unplanned downtime in service / in-service minutes": (
        "1 − внеплановый простой услуг / минуты, когда услуги подключены"
    ),
    # M18
    (
        "Minutes subscribers' services were down in the period, overlapping outages of one "
        "service counted once. Work called off and what proved no problem held nobody down. By "
        "cause, minutes of two outages at once count for both."
    ): (
        "Сколько минут за период не работали услуги клиентов; перекрывающиеся перерывы одной "
        "услуги считаются один раз. Отменённые работы и то, что сбоем не оказалось, ничего не "
        "прерывали. В разрезе по причинам минуты двух одновременных перерывов считаются в обоих."
    ),
    "sum of downtime minutes over services": "сумма минут простоя по услугам",
    # M18b
    (
        "As M18, leaving out time when only announced work held the service down. By cause, only "
        "outages that were not announced count, so announced work has none even where another "
        "outage ran beside it."
    ): (
        "Как M18, без времени, когда услуга не работала только из-за плановых работ. В разрезе "
        "по причинам считаются только внеплановые перерывы, поэтому у плановых работ минут нет, "
        "даже если рядом шёл другой перерыв."
    ),
    "sum of unplanned downtime minutes over services": (
        "сумма минут внепланового простоя по услугам"
    ),
    # M18c
    (
        "Minutes of the period in which a customer had at least one service down, summed over "
        "customers: two services of one customer down at once count once, in M18 twice; a "
        "service that two customers share counts for both, in M18 once. n is the number of "
        "customers hit."
    ): (
        "Минуты периода, в которые у клиента не работала хотя бы одна услуга, суммой по "
        "клиентам: две одновременно не работающие услуги одного клиента считаются один раз, в "
        "M18 – дважды; общая услуга двух клиентов – за обоих, в M18 один раз. n – число "
        "задетых клиентов."
    ),
    "sum over customers of minutes with any service down": (
        "сумма по клиентам минут, когда не работала хотя бы одна услуга"
    ),
    # M19
    (
        "Minutes without service in the period per service served; the average served is the "
        "in-service minutes over the minutes of the period. Overlapping outages count once."
    ): (
        "Минуты простоя за период на одну подключённую услугу; среднее число услуг – минуты, "
        "когда они подключены, делённые на минуты периода. Перекрывающиеся перерывы считаются "
        "один раз."
    ),
    "customer-minutes lost / average served": (
        "потерянные клиенто-минуты / среднее число подключённых услуг"
    ),
    # M19b
    "As M19, leaving out time when only announced work held the service down.": (
        "Как M19, без времени, когда услуга не работала только из-за плановых работ."
    ),
    "unplanned customer-minutes lost / average served": (
        "клиенто-минуты, потерянные вне плана / среднее число подключённых услуг"
    ),
    # M19c
    "Minutes lost in the period per interruption that ended in it.": (
        "Минуты, потерянные за период, на один перерыв, закончившийся в нём."
    ),
    "T-SAIDI / T-SAIFI": "T-SAIDI / T-SAIFI",
    # M19cb
    "As M19c, leaving out time when only announced work held the service down.": (
        "Как M19c, без времени, когда услуга не работала только из-за плановых работ."
    ),
    "unplanned T-SAIDI / unplanned T-SAIFI": "внеплановый T-SAIDI / внеплановый T-SAIFI",
    # M19f
    (
        "Interruptions of at least one minute per service served, by the end of the "
        "interruption. Overlapping outages of one service are one interruption."
    ): (
        "Перерывы не короче минуты на одну подключённую услугу, по окончанию перерыва. "
        "Перекрывающиеся перерывы одной услуги – один перерыв."
    ),
    "interruptions ≥ 1 min / average served": "перерывы ≥ 1 мин / среднее число подключённых услуг",
    # M19fb
    "As M19f, over time when more than announced work held the service down.": (
        "Как M19f, за время, когда услуга не работала не только из-за плановых работ."
    ),
    "unplanned interruptions ≥ 1 min / average served": (
        "внеплановые перерывы ≥ 1 мин / среднее число подключённых услуг"
    ),
    # M20
    (
        "Share of the services served at any time in the 12 months to the end of the month that "
        "were interrupted three times or more, each for at least a minute. Only for months with "
        "12 months of outages known."
    ): (
        "Доля услуг, подключённых хоть какое-то время за 12 месяцев до конца месяца, у которых "
        "было три перерыва или больше, каждый не короче минуты. Только для месяцев, для которых "
        "перерывы известны за все 12 месяцев."
    ),
    "services with ≥ 3 interruptions in 12 months / services": (
        "услуги с ≥ 3 перерывами за 12 месяцев / услуги"
    ),
    # M20b
    "As M20, over time when more than announced work held the service down.": (
        "Как M20, за время, когда услуга не работала не только из-за плановых работ."
    ),
    "services with ≥ 3 unplanned interruptions in 12 months / services": (
        "услуги с ≥ 3 внеплановыми перерывами за 12 месяцев / услуги"
    ),
    # M20h
    (
        "Share of the services served at any time in the 12 months to the end of the month with "
        "an interruption of seven hours or longer. Only for months with 12 months of outages "
        "known."
    ): (
        "Доля услуг, подключённых хоть какое-то время за 12 месяцев до конца месяца, у которых "
        "был перерыв в семь часов или дольше. Только для месяцев, для которых перерывы известны "
        "за все 12 месяцев."
    ),
    "services with an interruption ≥ 7 h in 12 months / services": (
        "услуги с перерывом ≥ 7 ч за 12 месяцев / услуги"
    ),
    # M20hb
    "As M20h, over time when more than announced work held the service down.": (
        "Как M20h, за время, когда услуга не работала не только из-за плановых работ."
    ),
    "services with an unplanned interruption ≥ 7 h in 12 months / services": (
        "услуги с внеплановым перерывом ≥ 7 ч за 12 месяцев / услуги"
    ),
    # M21
    (
        "Minutes in which a measured service had a KPI beyond its floor and was not down. "
        "Several bad KPIs at once count once. Services nobody measures are not in it."
    ): (
        "Минуты, когда у измеряемой услуги был показатель качества (KPI) хуже порога, но сама "
        "она работала. Несколько плохих KPI сразу считаются один раз. Услуги, которые никто не "
        "измеряет, не входят."
    ),
    "sum of minutes with a KPI beyond its floor and no outage": (
        "сумма минут, когда KPI хуже порога, а перерыва нет"
    ),
}
