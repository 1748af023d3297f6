"""Every rate of the make-believe operator, with the published figure it is set against.

A rate without a published figure is marked "ours": a plausible value chosen so that the demo has
something to find, never evidence about any real operator.
"""

from __future__ import annotations

RATES: dict[str, float] = {
    # --- leaving, per subscription and 30 days
    # Worldwide mobile account churn fell below 3 % a month, the large US postpaid bases below 1 %
    # (Strategy Analytics, 259 operators, 2018, spectrummattersindeed.blogspot.com/2018/10/
    # global-mobile-churn-drops-to-less-than-3.html); postpaid churn ranges from 5 % to 32 % a year
    # (TM Forum Quick Insight with BriteBill). We sit between: about 1.5–2 % a month over all lines.
    "exit_postpaid": 0.0112,
    "exit_prepaid": 0.0240,
    "exit_broadband": 0.0100,
    # Share of exits that take the number along, and port requests we talk out of it: ours.
    "port_share": 0.58,
    "saved_share": 0.15,
    # Excess hazard a cause adds for `memory_days`, as a multiple of the line's own base hazard
    # (h = h0 * (1 + sum of excesses)): ours, written to truth/effects.json.
    "memory_days": 60,
    "exit_per_outage_hour": 0.14,
    "exit_outage_cap_hours": 30,
    "exit_per_late_day": 0.9,
    "exit_late_cap_days": 10,
    "exit_per_shock": 2.6,
    "exit_per_unresolved": 1.3,
    # A retention offer multiplies the hazard of a persuadable for `offer_days`; it wakes others up.
    "offer_days": 90,
    "offer_persuadable": 0.40,
    "offer_sleeping_dog": 0.60,
    # --- joining: the base stays about level
    "join_share": 0.0190,
    "join_existing_share": 0.25,
    # --- moving about inside the base, per subscription and month: ours
    "plan_change": 0.009,
    "move": 0.0045,
    "new_details": 0.004,
    "addon_buy": 0.006,
    "addon_drop": 0.012,
    # --- orders
    # 5–10 % of service orders falling out "is not uncommon" (SunVizion on order fallout).
    "fallout_broadband": 0.09,
    "fallout_mobile": 0.02,
    "repromise": 0.13,
    "order_cancelled_when_late": 0.06,
    # At least 95 % of appointments kept is the usual promise of access operators; ours a bit worse.
    "missed_by_us": 0.05,
    "missed_by_customer": 0.03,
    # --- the network, per element and month
    # Line faults: 6–12 a year per 100 lines (Ofcom / Openreach fault data analysis by Deloitte);
    # four of five repairs within one to two working days (Ofcom, media release 19 December 2013).
    "fault_port": 0.0075,
    "fault_cell": 0.10,
    "fault_access": 0.08,
    "fault_aggregation": 0.06,
    "fault_core": 0.004,
    "double_failure": 0.30,
    "degraded_cell": 0.06,
    "degraded_access": 0.03,
    "planned_access": 0.05,
    "planned_aggregation": 0.10,
    # Alarms that belong to no problem, per element and month: ours.
    "noise_alarm": 0.35,
    "outlasting_share": 0.07,
    # --- being in touch
    # Contacts without a cause of ours, per line and month; with the caused ones, human-handled
    # contacts come to about 50–60 per 1,000 lines a month (ours: no public figure has this base).
    "contact_base": 0.052,
    "contact_per_outage_hour": 0.055,
    "contact_per_outage_hour_mobile": 0.025,
    "contact_per_late_day": 0.22,
    "contact_per_shock": 0.42,
    # Share of contacts over the customer's favourite channel, and of those without a cause at its
    # favourite hour; the others are as anybody's: ours.
    "channel_habit": 0.6,
    "time_habit": 0.6,
    # First-contact resolution of 70–85 % is what operators code (wildfloweralpacas.com.au telecom
    # guide); 36 % of callers call again within six months, most within a week (Talkdesk).
    "resolved_first": 0.78,
    "repeat_when_unresolved": 0.38,
    "without_customer": 0.08,
    "ticket_share_fault": 0.45,
    "complaint_share": 0.035,
    # Handling of 6–8 minutes by phone is the usual benchmark of telecom help lines (same guide).
    "talk_seconds": 330,
    # --- bills and payments
    "shock": 0.011,
    "dispute_when_shocked": 0.30,
    "late_payment": 0.085,
    "never_paid": 0.0035,
    "failed_debit": 0.018,
    # --- asking
    # NPS of US telecom about +24 in 2018, of internet providers -1 (Satmetrix); -3 worldwide
    # (qelp.com/nps-calculator). Ours lands between these.
    "survey_relational": 0.030,
    "survey_transactional": 0.22,
    "answer_share": 0.24,
    # --- telling
    "notice_share": 0.55,
    # --- campaigns
    "hold_out": 0.15,
    "offer_per_campaign": 0.10,
}
