"""TM Forum payloads: what is a resource is taken, what is not is told by its name."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from cx.warehouse import reading
from ingest.intake import entities
from ingest.load import load_folder
from tests.conftest import SHARED_DATA, Bench
from tests.raw_rows import delivered

PRODUCT = {
    "id": "0042",
    "href": "https://host/productInventory/v5/product/0042",
    "@type": "Product",
    "status": "active",
    "startDate": "2026-01-05T10:00:00+02:00",
    "productOffering": {"id": "0007"},
    "relatedParty": [
        {"role": "Seller", "partyOrPartyRole": {"id": "9", "@referredType": "Individual"}},
        {"role": "Customer", "partyOrPartyRole": {"id": "00100", "@referredType": "Customer"}},
    ],
    "realizingService": [{"id": "S1"}, {"id": "S2"}],
    "productRelationship": [
        {"relationshipType": "reliesOn", "id": "0040"},
        {"relationshipType": "replaces", "id": "0041"},
    ],
}
V4 = [{"relationshipType": "migratedFrom", "product": {"id": "0041"}}]
PATCH = [{"op": "replace", "path": "/status", "value": "suspended"}]
TAKEN = {
    "TMF620": {"ProductOffering"},
    "TMF621": {"TroubleTicket"},
    "TMF622": {"ProductOrder"},
    "TMF629": {"Customer"},
    "TMF632": {"Individual", "Organization"},
    "TMF637": {"Product"},
    "TMF638": {"Service"},
    "TMF639": {"PhysicalResource", "LogicalResource"},
    "TMF656": {"ServiceProblem"},
    "TMF666": {"BillingAccount"},
    "TMF677": set(),
    "TMF678": {"CustomerBill", "AppliedCustomerBillingRate"},
    "TMF683": {"PartyInteraction"},
}


def event(kind: str, resource: object, key: str = "product", **more: object) -> dict:
    return {
        "eventId": "e1",
        "eventType": kind,
        "eventTime": "2026-02-01T00:00:00Z",
        "event": {key: resource},
        **more,
    }


def without(name: str, resource: dict = PRODUCT) -> dict:
    return {key: value for key, value in resource.items() if key != name}


def deliver(bench: Bench, payload: object, name: str = "TMF637/p.json") -> None:
    bench.deliver(name, payload if isinstance(payload, str | bytes) else json.dumps(payload))


def quarantined(bench: Bench) -> list[tuple]:
    return bench.rows("select row_number, reason from quarantine.rows order by 1")


def test_one_product_is_taken_however_it_is_wrapped(bench):
    ways = [
        PRODUCT,
        [PRODUCT],
        json.dumps(PRODUCT, indent=1),
        "\ufeff" + json.dumps([PRODUCT], indent=1),
        event("ProductCreateEvent", PRODUCT),
        event("ProductCreationNotification", PRODUCT),
        event("ProductCreateEvent", PRODUCT, **{"@type": "ProductStateChangeEvent"}),
        event("whatever", PRODUCT, **{"@type": "ProductCreateEvent"}),
        event("ProductCreateEvent", [PRODUCT]),
        event("ProductCreateEvent", PRODUCT, key="Product"),
        [event("ProductCreateEvent", PRODUCT)],
        without("@type"),
        without("href", without("@type")),
        {**PRODUCT, "@type": "MobileLine", "@baseType": "Product"},
        {**PRODUCT, "productRelationship": V4},
    ]
    for number, payload in enumerate(ways):
        deliver(bench, payload, f"TMF637/{number}.json")
    report = bench.load()
    assert report.refused == []
    assert (report.rows_read, report.rows_loaded) == (len(ways), len(ways))
    # ids that look like numbers keep their zeros; a time with an offset is brought to UTC
    assert bench.rows(
        "select product_id, customer_id, offering_id, status, replaces_product_id, "
        "cast(started_at as varchar), row_number, count(*) from raw.product group by all"
    ) == [("0042", "00100", "0007", "active", "0041", "2026-01-05 08:00:00", 1, len(ways))]
    assert bench.rows(
        "select service_id, count(*) from raw.product_service group by all order by 1"
    ) == [("S1", len(ways)), ("S2", len(ways))]


def test_a_document_that_holds_nothing_to_take_is_refused_by_its_name(bench):
    refused = [
        (PATCH, "is a JSON Patch"),
        (PATCH[0], "is a JSON Patch"),
        ([{"op": "add", "path": "$.note[?(@.id=='1')]"}], "is a JSON Patch"),
        ({"id": "1", "@type": "Category"}, r"is a TMF620 Category, which .* \(it takes Product\)"),
        ({"id": "1", "href": "/tmf-api/x/v4/category/1"}, "is a TMF620 Category"),
        ({"id": "1", "@type": "ProductSpecification"}, "is a TMF620 ProductSpecification"),
        (
            {"id": "1", "@type": "ProductRef", "href": "/v5/product/1"},
            "something called ProductRef",
        ),
        ({"id": "1", "productOrderItem": []}, "is a TMF622 ProductOrder"),
        ({"id": "1", "@type": "No one's name, 555-1234"}, "something called thing of another kind"),
        (without("id"), "is a TMF637 Product that has no id: a request"),
        ({**PRODUCT, "id": " "}, "has no id"),
        (
            event("ProductDeleteEvent", {"id": "1", "@type": "ProductRef"}),
            "was deleted does not say",
        ),
        (event("ProductStateChangeEvent", {"id": "1", "status": "active"}), "would blank the rest"),
        (event("CategoryCreateEvent", {"id": "1"}, "category"), "is a TMF620 Category"),
        (event("ProductCreateEvent", None), "event .* holds no resource"),
        (event("ProductCreateEvent", []), "event .* holds no resource"),
        (event("ProductCreateEvent", {"id": "1"}, 'pro"duct'), "event .* holds no resource"),
        ([[PRODUCT, PRODUCT]], "is a list within a list"),
        ([PATCH[0], {"id": "1", "@type": "Category"}], "of its 2 records most"),
        ([], "is an empty list"),
        ("7", "is a JSON ubigint, not an object"),
        ("", "is empty"),
        ('{"id": "1",\n "status": }', "is not valid JSON at line 2, column 12"),
        ('{"id": "1",\n "a": "\0"}', r"\(NUL\) in line 2"),
        (b'{"id": "\xff"}', "is not utf-8 near byte 8"),
        ('{"id": "1\\u0000", "@type": "Product"}', "unreadable characters"),
    ]
    for number, (payload, _) in enumerate(refused):
        deliver(bench, payload, f"TMF637/{number}.json")
    assert bench.load().rows_loaded == 0
    ledger = dict(bench.rows("select file_name, reason from ops.file_ledger"))
    for number, (payload, reason) in enumerate(refused):
        said = ledger[f"TMF637/{number}.json"]
        assert re.search(reason, said), (payload, said)
    assert bench.rows("select count(*) from quarantine.rows") == [(0,)]


def test_an_event_named_in_the_contract_is_trusted_to_hold_the_whole_resource(bench):
    bench.contract(
        name="stream",
        files="stream/*",
        format="tmf",
        dialect={"resources": ["Customer", "CustomerStateChangeEvent"]},
        entities=[
            {
                "entity": "customer",
                "columns": {"customer_id": "$.id", "status": "$.status"},
                "known_at": "$._event.eventTime",
            }
        ],
    )
    change = event("CustomerStateChangeEvent", {"id": "1", "status": "Active"}, "customer")
    deliver(bench, change, "stream/1")
    assert bench.load().rows_loaded == 1
    assert bench.rows(
        "select customer_id, status, cast(known_at as varchar) from raw.customer"
    ) == [("1", "Active", "2026-02-01 00:00:00")]


def test_every_line_of_ndjson_ends_loaded_or_quarantined_with_its_line(bench):
    lines = [
        json.dumps(PRODUCT),
        json.dumps([{**PRODUCT, "id": "a"}, {**PRODUCT, "id": "b"}]),
        "",
        json.dumps(PATCH),
        json.dumps(event("ProductCreateEvent", [{**PRODUCT, "id": "c"}, without("id")])),
        '{"id": "broken"',
        json.dumps({"id": "1", "@type": "Category"}),
        "[]",
        json.dumps({**PRODUCT, "id": "nul"}).replace("active", "act\0ive"),
        json.dumps({**PRODUCT, "id": "odd", "status": "sleeping"}),
    ]
    deliver(bench, "\n".join(lines) + "\n", "TMF637/feed.txt.ndjson")
    report = bench.load()
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (11, 4, 7)
    second = 1_000_000_000_000
    assert bench.rows("select row_number, product_id from raw.product order by 1") == [
        (1, "0042"),
        (2, "a"),
        (5, "c"),
        (second + 2, "b"),
    ]
    reasons = dict(quarantined(bench))
    assert sorted(reasons) == [4, 6, 7, 8, 9, 10, second + 5]
    assert reasons[4].startswith("is a JSON Patch")
    assert reasons[6] == "is not valid JSON"
    assert "TMF620 Category" in reasons[7]
    assert "empty list" in reasons[8]
    assert "NUL" in reasons[9]
    assert "outside the vocabulary" in reasons[10]
    assert "has no id" in reasons[second + 5]


def test_ndjson_whose_first_line_is_broken_is_still_ndjson(bench):
    deliver(bench, f'{{"id": \n{json.dumps(PRODUCT)}\n{json.dumps(PRODUCT)}\n')
    report = bench.load()
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (3, 2, 1)
    assert quarantined(bench) == [(1, "is not valid JSON")]


def test_an_order_of_v4_and_one_of_v5_give_the_same_rows(bench):
    item = {"id": "1", "action": "add", "productOffering": {"id": "O1"}, "product": {"id": "P1"}}
    common = {"state": "completed", "completionDate": "2026-01-09T00:00:00Z"}
    v4 = {"id": "A", "orderDate": "2026-01-01T00:00:00.000Z", "productOrderItem": [item], **common}
    v4["relatedParty"] = [{"id": "C1", "role": "customer", "@referredType": "Customer"}]
    v5 = {"id": "B", "creationDate": "2026-01-01T00:00:00Z", "productOrderItem": [item], **common}
    v5["relatedParty"] = [{"role": "customer", "partyOrPartyRole": {"id": "C1"}}]
    v5["@type"] = "ProductOrder"
    deliver(bench, [v4, v5, {**v5, "id": "D", "state": "lost"}], "TMF622/o.json")
    assert bench.load().rows_quarantined == 1
    rows = bench.rows(
        "select order_item_id, customer_id, product_id, offering_id, action, state, "
        "cast(ordered_at as varchar), cast(completed_at as varchar) "
        "from raw.product_order order by 1"
    )
    same = ("C1", "P1", "O1", "add", "completed", "2026-01-01 00:00:00", "2026-01-09 00:00:00")
    assert rows == [("A/1", *same), ("B/1", *same)]


def test_service_orders_bring_their_items_and_what_happened_to_them(bench):
    order = {
        "id": "77",
        "@type": "ServiceOrder",
        "orderDate": "2026-01-01T00:00:00Z",
        "state": "inProgress",
        "serviceOrderItem": [
            {"id": "1", "action": "add", "state": "completed", "service": {"id": "S1"}},
            {"id": "2", "action": "modify", "service": {"id": "S2"}},
        ],
        "milestone": [
            {
                "id": "m1",
                "name": "ready",
                "milestoneDate": "2026-01-02T00:00:00Z",
                "serviceOrderItem": [{"itemId": "1"}, {"itemId": "2"}],
            }
        ],
    }
    alert = {"id": "j1", "alertDate": "2026-01-03T00:00:00Z", "jeopardyType": "late"}
    alert["serviceOrderItem"] = [{"itemId": "2"}]
    happened = event(
        "ServiceOrderJeopardyAlertEvent", {"id": "77", "jeopardyAlert": [alert]}, "serviceOrder"
    )
    deliver(bench, [order, happened], "TMF641/o.json")
    assert bench.load().rows_loaded == 2
    assert bench.rows(
        "select service_order_item_id, service_id, action, state from raw.service_order order by 1"
    ) == [("77/1", "S1", "add", "completed"), ("77/2", "S2", "modify", "inProgress")]
    assert bench.rows(
        "select service_order_item_id, event_type, reason, cast(occurred_at as varchar) "
        "from raw.service_order_event order by all"
    ) == [
        ("77/1", "milestone", "ready", "2026-01-02 00:00:00"),
        ("77/2", "jeopardy", "late", "2026-01-03 00:00:00"),
        ("77/2", "milestone", "ready", "2026-01-02 00:00:00"),
    ]


def test_alarms_payments_refunds_messages_and_usages_are_read(bench):
    alarm = {
        "id": "a1",
        "@type": "Alarm",
        "alarmedObject": {"id": "NE1"},
        "alarmType": "communicationsAlarm",
        "perceivedSeverity": "CRITICAL",
        "isRootCause": True,
        "plannedOutageIndicator": "OUT_OF_SERVICE",
        "parentAlarm": [{"id": "a0"}],
        "alarmRaisedTime": "2026-01-01T10:00:00+01:00",
        "alarmReportingTime": "2026-01-01T09:05:00Z",
    }
    payment = {
        "id": "p1",
        "@type": "Payment",
        "account": {"id": "A1"},
        "totalAmount": {"unit": "EUR", "value": 12.34},
        "paymentDate": "2026-01-01T00:00:00Z",
        "paymentMethod": {"@type": "BankCardRef"},
        "paymentItem": [{"item": {"id": "B1", "@referredType": "CustomerBill"}}],
    }
    refund = {
        "id": "r1",
        "@type": "Refund",
        "account": {"id": "A1"},
        "amount": {"unit": "EUR", "value": 2},
        "refundDate": "2026-01-02T00:00:00Z",
    }
    message = {
        "id": "m1",
        "messageType": "SMS",
        "sendTime": "2026-01-01T00:00:00Z",
        "receiver": [
            {
                "id": "1",
                "phoneNumber": "+4915112345678",
                "party": {"id": "C1", "@referredType": "Customer"},
            }
        ],
    }
    usage = {
        "id": "u1",
        "@type": "Usage",
        "usageType": "data",
        "usageDate": "2026-01-01T00:00:00Z",
        "ratedProductUsage": [{"productRef": {"id": "P1"}, "taxExcludedRatingAmount": 0.5}],
    }
    deliver(bench, alarm, "TMF642/a.json")
    deliver(bench, [payment, refund], "TMF676/p.json")
    deliver(bench, message, "TMF681/m.json")
    deliver(bench, usage, "TMF635/u.json")
    report = bench.load()
    assert (report.rows_loaded, report.rows_quarantined, report.refused) == (5, 0, [])
    assert bench.rows(
        "select resource_id, perceived_severity, is_root_cause, is_planned_outage, "
        "parent_alarm_id, cast(raised_at as varchar), cast(known_at as varchar) from raw.alarm"
    ) == [("NE1", "critical", True, True, "a0", "2026-01-01 09:00:00", "2026-01-01 09:05:00")]
    assert bench.rows("select account_id, bill_id, method, amount::double from raw.payment") == [
        ("A1", "B1", "BankCard", 12.34)
    ]
    assert bench.rows("select adjustment_type, amount::double from raw.adjustment") == [
        ("refund", 2)
    ]
    assert bench.rows(
        "select message_id, customer_id, channel, recipient is not null "
        "from raw.communication_message"
    ) == [("m1", "C1", "sms", True)]
    assert bench.rows("select product_id, usage_type from raw.usage") == [("P1", "data")]


def test_a_ticket_of_v4_keeps_its_statuses_and_is_not_known_before_what_it_tells(bench):
    ticket = {
        "id": "T1",
        "@type": "TroubleTicket",
        "ticketType": "fault",
        "creationDate": "2026-01-01T00:00:00Z",
        "resolutionDate": "2026-01-03T00:00:00Z",
        "relatedEntity": [{"id": "SP1", "@referredType": "ServiceProblem"}],
        "statusChange": [{"status": "resolved", "statusChangeDate": "2026-01-03T00:00:00Z"}],
    }
    deliver(bench, ticket, "TMF621/t.json")
    assert bench.load().rows_loaded == 1
    assert bench.rows(
        "select problem_id, cast(known_at as date)::varchar from raw.trouble_ticket"
    ) == [("SP1", "2026-01-03")]
    assert bench.rows("select ticket_id, status from raw.trouble_ticket_status") == [
        ("T1", "resolved")
    ]


def test_what_a_resource_contains_depends_on_it_and_a_phone_number_is_no_name(bench):
    router = {
        "id": "R1",
        "@type": "PhysicalResource",
        "name": "Router",
        "resourceRelationship": [
            {"relationshipType": "contains", "resource": {"id": "PORT1"}},
            {"relationshipType": "reliesOn", "resource": {"id": "OLT1"}},
        ],
    }
    number = {"id": "N1", "@type": "LogicalResource", "name": "MSISDN 491702283968"}
    deliver(bench, [router, number], "TMF639/r.json")
    assert bench.load().rows_loaded == 2
    assert bench.rows("select resource_id, name from raw.resource order by 1") == [
        ("N1", None),
        ("R1", "Router"),
    ]
    assert bench.rows(
        "select resource_id, related_resource_id, relationship_type "
        "from raw.resource_relationship order by 1"
    ) == [("PORT1", "R1", "containedIn"), ("R1", "OLT1", "dependsOn")]


def test_an_impossible_date_is_quarantined_with_its_column(bench):
    deliver(bench, {**PRODUCT, "startDate": "2026-02-30T00:00:00Z"})
    assert bench.load().rows_quarantined == 1
    assert bench.rows("select column_name from quarantine.rows") == [("started_at",)]


# ------------------------------------------------------------------ the TM Forum's own examples


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> tuple[Path, Bench]:
    """All 473 published payloads and the same as 13 NDJSON files, loaded at once."""
    folder = SHARED_DATA / "tmf_openapi_v5_examples"
    if not folder.is_dir():
        pytest.skip("../shared/data is not here")
    bench = Bench(tmp_path_factory.mktemp("tmf"))
    report = load_folder(folder, bench.settings)
    assert report.unclaimed == []
    return folder, bench


def resources(payload: object, kinds: set[str]) -> list[dict]:
    """Walk a payload in plain Python: the whole resources of these kinds that have an id."""
    if isinstance(payload, list):
        return [each for one in payload for each in resources(one, kinds)]
    if "event" in payload:
        names = f"{payload.get('eventType')} {payload.get('@type')}"
        if not re.search(r"^\w+CreateEvent |^\w+(?<!Event) \w+CreateEvent", names):
            return []
        inner = [each for each in payload["event"].values()]
        return [found for each in inner for found in resources(each, kinds)]
    return [payload] if payload.get("@type") in kinds and payload.get("id") else []


def payloads(folder: Path) -> dict[tuple[str, str], tuple[Path, object]]:
    """Return (system, content) → a file of it and its payload, as Python reads it."""
    return {
        (path.parent.name.lower(), hashlib.sha256(path.read_bytes()).hexdigest()): (
            path,
            json.loads(path.read_bytes()),
        )
        for path in sorted(folder.glob("*/*.json"))
    }


def test_every_example_is_loaded_or_refused_with_a_reason_that_names_it(examples):
    folder, bench = examples
    ledger = {
        (system, sha256): row
        for system, sha256, *row in bench.rows(
            "select source_system, sha256, state, reason, rows_read, rows_loaded, "
            "rows_quarantined, rows_dropped from ops.file_ledger where feed = 'payloads'"
        )
    }
    assert len(list(folder.glob("*/*.json"))) == 473
    expected = payloads(folder)
    assert set(ledger) == set(expected)
    for key, (path, payload) in expected.items():
        state, reason, read, loaded, bad, dropped = ledger[key]
        found = resources(payload, TAKEN[path.parent.name])
        if state == "rejected":
            assert re.search(r"JSON Patch|is a TMF\d{3} [A-Z]\w+", reason), (path, reason)
            assert not found, path
        else:
            assert (state, read) == ("loaded", loaded + bad + dropped), path
            assert len(found) == read, path
    assert sum(row[0] == "rejected" for row in ledger.values()) == 306


def test_the_ids_of_the_examples_are_those_a_plain_walk_finds(examples):
    folder, bench = examples
    for api, column, table in [
        ("TMF620", "offering_id", "product_offering"),
        ("TMF622", "order_id", "product_order"),
        ("TMF629", "customer_id", "customer"),
        ("TMF632", "party_id", "party"),
        ("TMF637", "product_id", "product"),
        ("TMF638", "service_id", "service"),
        ("TMF639", "resource_id", "resource"),
        ("TMF666", "account_id", "billing_account"),
    ]:
        walked = {
            found["id"]
            for path, payload in payloads(folder).values()
            if path.parent.name == api
            for found in resources(payload, TAKEN[api])
            # an order whose items are left out gives no row, for a row is an item
            if table != "product_order" or found.get("productOrderItem")
        }
        from_api = f"from {delivered(table)} where source_system = '{api.lower()}'"
        found = bench.rows(f"select distinct {column} {from_api}")
        assert {row[0] for row in found} == walked, table


def test_the_examples_in_one_file_give_the_same_rows_as_the_single_files(examples):
    _, bench = examples
    seen = 0
    with reading(bench.settings) as connection:
        for table, entity in entities().items():
            columns = ", ".join(entity.columns)
            rows = (
                f"select distinct {columns} from raw.{table} where file_id in "
                "(select file_id from ops.file_ledger where feed = '{}')"
            )
            single, together = rows.format("payloads"), rows.format("examples")
            for one, other in ((single, together), (together, single)):
                assert connection.execute(f"{one} except {other}").fetchall() == [], table
            seen += connection.execute(f"select count(*) from ({together})").fetchone()[0]
    assert seen > 50
