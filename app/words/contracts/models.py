"""What the estimators make, and how good they are (M43–M45)."""

RUSSIAN = {
    # M43
    (
        "What a subscription is still worth to us, on average: its margin after the cost to "
        "serve (M41) in each of the next 36 months, times the chance that it is still here by "
        "then, discounted. Margin, discount and horizon are assumptions (clv_* in "
        "dbt_project.yml): put your own there before comparing with money. The numerator is the "
        "worth of all. The interval is that of the survival model alone, by resampling "
        "customers; the months ahead are taken to be like those seen."
    ): (
        "Сколько подписка в среднем ещё нам принесёт: её маржа за вычетом затрат на обслуживание "
        "(M41) в каждом из следующих 36 месяцев, умноженная на вероятность, что она до него "
        "останется, с дисконтированием. Маржа, ставка и горизонт – допущения (clv_* в "
        "dbt_project.yml): прежде чем сравнивать с деньгами, поставьте свои. Числитель – "
        "ценность всех подписок вместе. Интервал – только модели дожития, перевыборкой клиентов; "
        "будущие месяцы считаются похожими на прошлые."
    ),
    "Σ over the horizon of margin × survival / (1 + d)^(t / 12)": (
        "Σ по горизонту маржа × дожитие / (1 + d)^(t / 12)"
    ),
    # M44
    (
        "How well the churn model ranks, on subscriptions and a month it was not trained on: 0.5 "
        "is chance. The interval is DeLong's. Every estimator compared is a slice; all is the "
        "one in use."
    ): (
        "Насколько хорошо модель оттока ранжирует подписки в месяце, на котором её не обучали: "
        "0,5 – случайность. Интервал – по Делонгу. Каждая сравниваемая модель – отдельный "
        "разрез; без разреза – та, что работает."
    ),
    "P(a leaver is ranked above a stayer)": "P(ушедший стоит в списке выше оставшегося)",
    # M44a
    "As M44: mean precision over the ranks of those who left. Chance is the share of leavers.": (
        "Как M44: средняя точность по местам ушедших в списке. Для случайного порядка она равна "
        "доле ушедших."
    ),
    "mean precision at each leaver": "среднее точности на месте каждого ушедшего",
    # M44b
    "As M44: mean squared distance of the probability from what happened.": (
        "Как M44: средний квадрат расстояния вероятности от того, что произошло."
    ),
    "mean((probability − outcome)²)": "среднее((вероятность − исход)²)",
    # M44c
    (
        "How well the survival curves behind M43 rank lines by how soon they leave, over the "
        "months held back: 0.5 is chance. Kaplan–Meier curves and constant hazards by product "
        "family are slices; all is the one in use. By cause of exit it ranks by the risk of that "
        "cause; who left for another never leaves for this one."
    ): (
        "Насколько хорошо кривые дожития, стоящие за M43, ранжируют подписки по тому, как скоро "
        "они уйдут, на отложенных месяцах: 0,5 – случайность. Кривые Каплана – Мейера и "
        "постоянный риск по семействам продуктов – отдельные разрезы; без разреза – то, что "
        "работает. По причине ухода ранжирует риск именно этой причины; ушедший по другой от неё "
        "уже не уйдёт."
    ),
    "P(who leaves first is ranked first), weighted for what was not seen (Uno)": (
        "P(ушедший раньше стоит выше), с весами за ненаблюдавшееся (Уно)"
    ),
    # M44d
    (
        "As M44: 1 where the probabilities are as far apart as they should be, below 1 where "
        "they are too sure of themselves."
    ): "Как M44: 1 – вероятности разнесены так, как должны, меньше 1 – слишком уверены в себе.",
    "slope of the outcome's log odds on those of the probability": (
        "наклон логарифма шансов исхода по логарифму шансов вероятности"
    ),
    # M44e
    (
        "As M44: ECE10, how far probabilities are from what happens, on average, over ten groups "
        "of as many lines each."
    ): (
        "Как M44: ECE10 – насколько вероятности в среднем далеки от того, что происходит, по "
        "десяти группам с равным числом подписок."
    ),
    "Σ over ten bins of share × |predicted − observed|": (
        "Σ по десяти группам доля × |предсказано − наблюдалось|"
    ),
    # M44g
    "As M44, from 0 for chance to 1.": "Как M44, от 0 (случайность) до 1.",
    "2 × AUC − 1": "2 × AUC − 1",
    # M44h
    (
        "How often what a customer took in the tested month was among the first three the "
        "recommender would have named."
    ): (
        "Как часто то, что клиент подключил в проверочном месяце, было среди трёх первых "
        "рекомендаций модели."
    ),
    "those who took one of the first three / those who took one": (
        "взявшие одно из трёх первых / взявшие что-либо"
    ),
    # M44k
    "As M44: share of all leavers that the tenth with the highest risk holds.": (
        "Как M44: какая доля всех ушедших попала в десятую часть с самым высоким риском."
    ),
    "leavers among the tenth ranked highest / all leavers": (
        "ушедшие среди десятой части с высшим риском / все ушедшие"
    ),
    # M44l
    "As M44: times more leavers in the tenth with the highest risk than among all.": (
        "Как M44: во сколько раз больше ушедших в десятой части с самым высоким риском, чем в "
        "среднем."
    ),
    "share of leavers in the tenth ranked highest / share in all": (
        "доля ушедших в десятой части с высшим риском / доля среди всех"
    ),
    # M44m
    "How high the recommender ranked what was taken: 1 is always first.": (
        "Насколько высоко модель рекомендаций поставила то, что подключили: 1 – всегда первым."
    ),
    "mean average precision of the first three": "среднее значение средней точности первых трёх",
    # M44o
    (
        "As M44p: the share of the base to contact, averaged over the acceptance. A plan for a "
        "month needs its own costs, limits and values: `ml.ml_profit_curve`."
    ): (
        "Как M44p: с какой долей базы стоит связаться, в среднем по согласию. Плану на месяц "
        "нужны свои затраты, пределы и ценности: `ml.ml_profit_curve`."
    ),
    "share of the base that the campaign behind M44p contacts": (
        "доля базы, с которой связывается кампания из M44p"
    ),
    # M44p
    (
        "As M44: what the best retention campaign by this ranking would earn a line of the base "
        "(Verbraken et al. 2013), by the costs, the value and the acceptance in "
        "seeds/campaign_terms.csv. It takes for granted that those who accept would have left: "
        "risk, not persuadability (see M45)."
    ): (
        "Как M44: сколько принесла бы на подписку базы лучшая кампания удержания по этому списку "
        "(Verbraken et al., 2013) при затратах, ценности и согласии из "
        "seeds/campaign_terms.csv. Считается, что согласившиеся иначе ушли бы: это риск, а не "
        "отклик (см. M45)."
    ),
    "∫ max over thresholds of the campaign's profit × Beta(γ; 6, 14) dγ": (
        "∫ наибольшая по порогам прибыль кампании × Beta(γ; 6, 14) dγ"
    ),
    # M44s
    (
        "As M44c: mean squared distance of the survival curves from who was still here, over the "
        "months held back."
    ): (
        "Как M44c: средний квадрат расстояния кривой дожития от того, кто ещё был с нами, на "
        "отложенных месяцах."
    ),
    "mean over months of mean((survival − still here)²), weighted for what was not seen": (
        "среднее по месяцам от среднего((дожитие − ещё с нами)²), с весами за ненаблюдавшееся"
    ),
    # M45
    (
        "What contacting the tenth ranked first changes, within 90 days (uplift_days), from "
        "retention campaigns with a hold-out that chance drew. Each ranking is a slice, made for "
        "each line by what never saw its customer; all is the estimator in use, chance a random "
        "order, everyone the effect of contacting all. The interval resamples customers (of "
        "everyone, Agresti and Caffo's). Where too few were held out only everyone is told."
    ): (
        "Что меняет за 90 дней (uplift_days) контакт с десятой частью, стоящей в списке первой, "
        "по кампаниям удержания с контрольной группой, выбранной случайно. Каждый список – "
        "отдельный разрез, составленный для каждой подписки тем, что не видело её клиента; без "
        "разреза – модель, которая работает, «Случайный порядок» – для сравнения, «Все» – эффект "
        "контакта со всеми. Интервал – перевыборкой клиентов (для «Все» – Агрести и Каффо). Где "
        "контрольная группа слишком мала, показан только разрез «Все»."
    ),
    "churn of the control − churn of the treated, in the top 10 %": (
        "отток контрольной группы − отток тех, с кем связались, в верхних 10 %"
    ),
    # M45a
    (
        "As M45: exits prevented per 1,000 lines, averaged over how many of them are contacted "
        "in the order of the ranking."
    ): (
        "Как M45: предотвращённые уходы на 1000 подписок, в среднем по тому, со сколькими из них "
        "связались в порядке списка."
    ),
    "area under the exits prevented per line, by share contacted": (
        "площадь под кривой предотвращённых уходов на подписку по доле тех, с кем связались"
    ),
    # M45b
    "As M45, for the three tenths ranked first.": (
        "Как M45, для трёх десятых, стоящих в списке первыми."
    ),
    "churn of the control − churn of the treated, in the top 30 %": (
        "отток контрольной группы − отток тех, с кем связались, в верхних 30 %"
    ),
    # M45q
    (
        "As M45a, above what contacting in random order would prevent: 0 is chance. A list is "
        "called persuadability only where the lower bound is above it, else risk."
    ): (
        "Как M45a, сверх того, что предотвратил бы контакт в случайном порядке: 0 – случайность. "
        "Список назван откликом, только если нижняя граница выше нуля, иначе это риск."
    ),
    "AUUC − area under a random order": "AUUC − площадь при случайном порядке",
}
