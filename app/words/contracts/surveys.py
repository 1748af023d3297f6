"""Surveys: NPS, CSAT, CES (M01–M04)."""

RUSSIAN = {
    # M01
    (
        "Answers of 9 and 10 less answers of 0 to 6, out of all answers from 0 to 10 to the "
        "relationship survey, by the day of the answer. Never mixed with transactional NPS."
    ): (
        "Ответы 9 и 10 минус ответы от 0 до 6, из всех ответов от 0 до 10 на опрос об отношении "
        "к нам в целом, по дню ответа. Никогда не смешивается с транзакционным NPS."
    ),
    "100 × (promoters − detractors) / answers 0 to 10": (
        "100 × (промоутеры − критики) / ответы от 0 до 10"
    ),
    # M01b
    "As M01, for surveys that follow a contact.": "Как M01, но по опросам после обращения.",
    # M02
    (
        "Share of 4 and 5 among all answers from 1 to 5 to the satisfaction survey, by the day "
        "of the answer."
    ): (
        "Доля оценок 4 и 5 среди всех ответов от 1 до 5 на опрос об удовлетворённости, по дню "
        "ответа."
    ),
    "answers of 4 or 5 / answers 1 to 5": "ответы 4 или 5 / ответы от 1 до 5",
    # M02b
    "Mean answer from 1 to 5 to the satisfaction survey, by the day of the answer.": (
        "Средняя оценка от 1 до 5 в опросе об удовлетворённости, по дню ответа."
    ),
    "sum(score) / answers 1 to 5": "сумма(оценки) / ответы от 1 до 5",
    # M03
    (
        "Mean answer from 1 to 7 to whether we made it easy, by the day of the answer; 7 is "
        "easiest. Surveys on another scale, or with 1 as the easiest, never belong here."
    ): (
        "Средняя оценка от 1 до 7 на вопрос, легко ли было решить вопрос с нами, по дню ответа; "
        "7 – легче всего. Опросы с другой шкалой или с 1 как «легче всего» сюда не входят."
    ),
    "sum(score) / answers 1 to 7": "сумма(оценки) / ответы от 1 до 7",
    # M03b
    (
        "Share of 5, 6 and 7 among all answers from 1 to 7 to whether we made it easy, by the "
        "day of the answer."
    ): (
        "Доля оценок 5, 6 и 7 среди всех ответов от 1 до 7 на вопрос, легко ли было решить "
        "вопрос с нами, по дню ответа."
    ),
    "answers of 5 to 7 / answers 1 to 7": "ответы от 5 до 7 / ответы от 1 до 7",
    # M04
    (
        "Share of the survey invitations delivered in the period that were answered, whenever "
        "that was. The fewer answer, the less NPS, CSAT and CES speak for all. Final after 14 "
        "days, when invitations have run out."
    ): (
        "Доля доставленных за период приглашений к опросу, на которые ответили, когда бы то ни "
        "было. Чем меньше ответов, тем хуже NPS, CSAT и CES говорят за всех. Окончательно через "
        "14 дней, когда срок приглашений истёк."
    ),
    "invitations answered / invitations delivered": (
        "приглашения с ответом / доставленные приглашения"
    ),
}
