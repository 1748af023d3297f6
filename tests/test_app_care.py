"""The care desk: each answer full, in part and empty, with its proof, for each role."""

from __future__ import annotations

import re
import shutil

import pytest

from app import access
from app.parts import care_card, care_proof
from app.queries import care_bills, care_orders, evidence
from app.words import CATALOGUE
from cx import clustering
from cx.access import RIGHTS
from cx.release import current, duckdb_read_only
from cx.settings import REPO
from cx.warehouse import writing
from tests.release_fixture import published
from tests.test_app import healthy


def answers(run: object) -> dict[str, str]:
    """Return what the page answers, by question."""
    healthy(run)
    found = {}
    for element in run.markdown:
        told = re.match(r":\w+\[:material/\w+: \*\*(.+?)\*\*\]\s+(.*)", element.value, re.S)
        if told:
            found[told[1]] = told[2]
    return found


def test_each_question_is_answered_in_a_sentence(full, opened):
    told = answers(opened(full, "customer", id="S001"))
    assert list(told) == [CATALOGUE[f"care.{code}"][0] for code in
                          ("us", "order", "bill", "life", "offer")]  # fmt: skip
    us, order, bill, life, offer = told.values()
    assert us.startswith("**Yes.** Outage since 31 Oct 2026, 20:00 UTC (power), 4.0 h so far")
    assert "other customers hit: 11" in us
    assert "Move Extra data (R2)" in order
    assert "on hold since 30 Oct 2026, 09:00 UTC, with: Field force" in order
    assert "It waits for: **a repair of the network**" in order
    assert "Promised for 29 Oct 2026, moved to **5 Nov 2026** (times moved: 1" in order
    assert "Expected by **5 Nov 2026**, in 4.8 days" in order
    assert "**65.00\u00a0EUR more**" in bill
    # A shock says what it is compared with: not the bill before, which it may well equal.
    assert "3.2 times 30.00\u00a0EUR, the median of the regular bills before it" in bill
    assert "usage Extra data **+54.00**, tax **+10.80**" in bill
    assert "**0.20\u00a0EUR is not explained by any line of the bill.**" in bill
    assert "outages 4 (430 min)" in life
    assert "**Offer a product: Extra data**, worth 3.79" in offer
    assert "Reach them by chat, in the evening" in offer


def test_a_bill_and_the_one_before_add_up_part_by_part(full, opened):
    run = opened(full, "customer", id="S001", view="bill")
    healthy(run)
    parts = run.table[0].value
    lines, total = parts.iloc[:-1], parts.iloc[-1]
    for column, amount in ((2, 30), (3, 95), (4, 65)):
        assert round(lines.iloc[:, column].sum(), 4) == total.iloc[column] == amount
    # The bill before it did not change, and says so.
    assert "is **the same** as that of 5 Aug 2026: 30.00" in healthy(
        opened(full, "customer", id="S001", view="bill", bill="B2")
    )


def test_contacts_are_those_people_answered_and_self_service_stands_apart(own, opened):
    with writing(own) as connection:
        for number, (direction, is_contact) in enumerate(
            [("inbound", True), ("inbound", False), ("outbound", False)]
        ):
            connection.execute(
                "insert into marts.fct_interaction by name select 'X' || ? as interaction_id, "
                "customer_id, 'chat' as channel, ? as direction, ? as is_contact, "
                "timestamp '2026-10-20' as started_at "
                "from marts.dim_subscription where subscription_id = 'S001' and is_current",
                [number, direction, is_contact],
            )
    published(own)
    told = answers(opened(own, "customer", id="S001"))["What have they been through?"]
    assert "contacts 2, self-service 2" in told


def test_what_was_not_delivered_is_said_and_not_guessed(full, opened):
    told = answers(opened(full, "customer", id="S004"))
    assert "No lines of these bills were delivered" in told["Why is the bill different?"]
    assert "**No date stands:**" in told["Where is my order?"]
    assert told["What to offer?"].startswith("**Do nothing.** Nothing is known")
    assert "is the first: 20.00" in healthy(
        opened(full, "customer", id="S004", view="bill", bill="D1")
    )
    # Drawn to get nothing: care must not offer it all the same.
    told = answers(opened(full, "customer", id="S005"))
    assert "drawn by chance" in told["What to offer?"]


def test_it_is_not_us_only_where_we_would_see_it(full, own, opened):
    assert answers(opened(full, "customer", id="S040"))["Is it us?"].startswith(
        "**No.** There is no open"
    )
    with writing(own) as connection:
        connection.execute("update marts.fct_problem set is_open = false")
        connection.execute(
            "delete from marts.fct_service_impact where impact_to > timestamp '2026-10-20' "
            "or subscription_id = 'S001'"
        )
        connection.execute(
            "insert into marts.fct_alarm by name select 'ALM' as alarm_id, 'ACC' as resource_id, "
            "true as is_open, timestamp '2026-10-31 22:00' as raised_at"
        )
        connection.execute(
            "insert into marts.bdg_service_resource by name "
            "select 'V001' as service_id, 'LINE' as resource_id"
        )
        connection.execute(
            "insert into marts.bdg_resource_closure by name "
            "select 'LINE' as resource_id, 'ACC' as ancestor_id"
        )
    published(own)
    assert (
        "**Cannot tell.** No service is linked to Fibre 500 (S003)"
        in (answers(opened(own, "customer", id="S003"))["Is it us?"])
    )
    assert (
        "**Perhaps.** An alarm on ACC is open since 31 Oct 2026, 22:00"
        in (answers(opened(own, "customer", id="S001"))["Is it us?"])
    )


def test_a_suspended_line_is_told_to_be_suspended_and_since_when(own, opened):
    with writing(own) as connection:
        connection.execute(
            "update marts.dim_subscription set status = 'suspended' "
            "where subscription_id in ('S039', 'S040')"
        )
        connection.execute(
            "insert into marts.fct_subscription_event by name select 'E40' as event_id, "
            "subscription_id, customer_id, 'suspend' as event_type, "
            "timestamp '2026-10-19 00:43' as occurred_at "
            "from marts.dim_subscription where subscription_id = 'S040' and is_current"
        )
    published(own)
    told = answers(opened(own, "customer", id="S040"))
    assert told["Is it us?"].startswith("**Suspended**: Fibre 500 (S040) since 19 Oct 2026, 00:43")
    assert "There is no open problem" in told["Is it us?"]
    assert told["What have they been through?"] == "In 90 days: times suspended 1."
    told = answers(opened(own, "customer", id="S039"))
    assert told["Is it us?"].startswith("**Suspended**: Fibre 500 (S039). That may be why")


def test_a_line_that_ended_is_not_told_to_be_in_an_outage(full, opened):
    run = opened(full, "customer", id="S002")
    assert "Left on 20 Oct 2026: moved to another operator." in healthy(run)
    assert answers(run)["Is it us?"] == "**No.** The last line ended on 20 Oct 2026."


def test_an_order_a_ticket_and_a_bill_lead_to_their_customer_and_a_shared_number_asks_whose(
    full, opened
):
    run = opened(full, "customer", id="R2")
    assert "Customer C001 · Subscription S001" in healthy(run)
    assert "Customer C001" in healthy(opened(full, "customer", id="T1"))
    by_bill = answers(opened(full, "customer", id="B2"))
    assert "is **the same** as that of 5 Aug 2026" in by_bill["Why is the bill different?"]
    run = opened(full, "customer", id="T9")
    assert "Customer C004" in healthy(run)
    run.selectbox(key="customer.who").select("C005").run()
    assert "Customer C005" in healthy(run)
    run = opened(full, "customer", id="C040", sub="S039")
    assert "Subscription S039" in healthy(run)
    assert len(run.selectbox(key="customer.sub").options) == 2


def test_an_unknown_id_is_said_back_without_markup(full, opened):
    text = healthy(opened(full, "customer", id="[x](javascript:alert) <b>"))
    assert "Not found" in text
    assert "](javascript" not in text
    assert "has the number" in text
    assert "A customer without subscription" in healthy(opened(full, "customer", id="C099"))


def test_the_index_the_risk_and_the_value_are_explained(full, opened):
    text = healthy(opened(full, "customer", id="S001", view="standing"))
    assert "100 − **20.00** points lost = **80.00**" in text
    assert "Was without service for 660 minutes" in text
    assert "Worth yet **305.30 EUR** within 36 months" in text
    assert "No service is linked to this subscription" in healthy(
        opened(full, "customer", id="S003", view="standing")
    )


def test_the_timeline_holds_both_sides_and_a_row_leads_to_its_file(full, opened):
    run = opened(full, "customer", id="S001")
    healthy(run)
    timeline = next(frame.value for frame in run.dataframe if "lane" in frame.value)
    assert {"Service", "Ticket", "Contact", "Order", "Bill", "Survey"} <= set(timeline["lane"])
    assert str(timeline["from"].iloc[0]).startswith("2026-10-31")
    assert "Bill shock, 95.00 EUR, 3.2 times the median of up to six bills before" in set(
        timeline["what"]
    )
    # Payments are left out at first; a bill that is disputed is none of them.
    assert "Bill" in set(timeline[timeline["what"].str.startswith("Disputed bill")]["lane"])
    run.session_state["proof.us"] = True
    run.run()
    text = healthy(run)
    assert "`service_problem.csv` line 7 · sim · known 31 Oct 2026, 21:00 UTC" in text


def test_a_link_leads_to_the_event_that_was_selected_and_to_no_other_customers(full, opened):
    run = opened(full, "customer", id="S001", event="bill:B3")
    told = "**Bill** `B3`"
    assert told in healthy(run) and run.query_params["event"] == "bill:B3"
    other = opened(full, "customer", id="S003", event="bill:B3")
    assert told not in healthy(other) and "event" not in other.query_params
    assert told not in healthy(opened(full, "customer", id="S001"))


def test_what_somebody_went_through_has_the_proof_of_what_it_counts(full, opened):
    run = opened(full, "customer", id="S001")
    assert "disputes 1" in answers(run)["What have they been through?"]
    run.session_state["proof.life"] = True
    run.run()
    shown = re.findall(r"\*\*(\w+)\*\* `(\w[\w-]*)`", healthy(run))
    assert ("Dispute", "J1") in shown
    assert not {kind for kind, _ in shown} & {"Payment", "Order", "Message"}


@pytest.mark.parametrize("role", sorted(RIGHTS))
def test_the_desk_is_for_those_who_may_see_persons(full, opened, monkeypatch, role):
    reader = access.Visitor("in", "reader", frozenset({role}), regions=None)
    monkeypatch.setattr(access, "_visitor", lambda settings: reader)
    monkeypatch.setenv("CX_HOME", str(full.home))
    from streamlit.testing.v1 import AppTest

    from tests.test_app import APP

    run = AppTest.from_file(str(APP / "main.py"), default_timeout=30)
    run.query_params["lang"] = "en"
    run.run()
    may_see = role in ("analyst", "care", "care_lead", "privacy_officer")
    assert ("customer" in RIGHTS[role]) == may_see
    if not may_see:
        with pytest.raises(ValueError, match="customer"):
            run.switch_page("views/customer.py").run()
            raise ValueError("customer page")
        assert "C001" not in healthy(run)
        return
    run.switch_page("views/customer.py")
    run.query_params["id"] = "S001"
    run.run()
    assert "Customer C001" in healthy(run)
    offers = {button.label for button in run.get("download_button")}
    assert ("CSV" in offers) == (role in ("analyst", "care_lead"))
    assert "Sheet" in offers


def test_the_sheet_holds_the_answers_and_no_number_of_the_customer(full, opened, monkeypatch):
    run = opened(full, "customer", id="S001")
    made = run.session_state["brief"]
    who = access.Visitor("in", "agent-1", frozenset({"care"}))
    told = []
    monkeypatch.setattr(care_card.access, "export_told", lambda *given, **named: told.append(named))
    sheet = care_card.taken(made, "C001", {"C001", "S001", "A001", "R2", "T1"}, who).decode()
    assert "Is it us?" in sheet and "65.00" in sheet and "Field force" in sheet
    assert not re.search(r"\b(C001|S001|A001|R2|T1)\b", sheet)
    assert told[0]["name"] == "customer card" and "C001" not in str(told)
    viewer = access.Visitor("in", "v", frozenset({"viewer"}))
    monkeypatch.undo()
    with pytest.raises(access.NotAllowed):
        care_card.taken(made, "C001", set(), viewer)


def test_proof_of_bills_payments_and_promises_is_asked_by_customer():
    """The evidence view knows no customer: asked for a bill it would read every bill there is."""
    assert "customer_id = $customer" in evidence._BILL
    assert "customer_id = $customer" in care_bills._LINES
    assert "customer_id = $customer" in care_orders._MOVES
    assert care_proof.plain("a`b") == "a'b"


def test_a_release_is_sorted_by_what_care_looks_up(full, tmp_path):
    """Without the order a look-up reads every row of a fact."""
    release = current(full.releases)
    # the pages have this one open, otherwise
    own_copy = shutil.copy(full.releases / release.file, tmp_path / "release.duckdb")
    connection = duckdb_read_only(own_copy)
    try:
        for table, column in (("marts.bdg_customer_identifier", "identifier"),
                              ("ml.ml_score", "subscription_id"),
                              ("marts.fct_bill", "customer_id")):  # fmt: skip
            kept = connection.execute(f"select {column} from {table}").fetchall()
            assert len(kept) > 1
            assert kept == sorted(kept), table
    finally:
        connection.close()


def test_every_fact_care_asks_by_customer_or_line_is_kept_in_that_order():
    asked = re.compile(r"from (?:marts|ml)\.(\w+)[^;]*?where\s+\(?\s*(?:\w+\.)?"
                       r"(customer_id|subscription_id|identifier) = \$", re.S)  # fmt: skip
    found = {}
    for path in sorted((REPO / "app" / "queries").glob("*.py")):
        if path.stem.startswith("care_") or path.stem in ("customer", "evidence"):
            for part in re.split(r"\n\), *\n|\"\"\"", path.read_text(encoding="utf-8")):
                found |= {table: column for table, column in asked.findall(part)}
    assert len(found) > 15
    views = {"bill_difference"}  # over facts that are
    assert {table: clustering.ORDER.get(table) for table in set(found) - views} == {
        table: column for table, column in found.items() if table not in views
    }
