"""sim_crm (csv, Windows-1251), sim_catalog (xlsx), sim_subscriptions (TMF637), billing accounts."""

from __future__ import annotations

from ingest.simulator.feed import Dirt, Feed

# Invented people and streets. Numbers begin with +7 2…: no such numbering zone exists.
NAMES = """
create macro first_name(customer, is_cyrillic) as if(
    is_cyrillic,
    pick(['Анна', 'Мария', 'Ольга', 'Ирина', 'Елена', 'Дина', 'Вера', 'Алия', 'Нина', 'Зоя',
        'Пётр', 'Иван', 'Олег', 'Глеб', 'Тимур', 'Юрий', 'Марат', 'Игорь', 'Павел', 'Семён'],
        u('first', customer)),
    pick(['Anna', 'Clara', 'Emma', 'Greta', 'Ida', 'Lena', 'Mia', 'Nora', 'Olga', 'Vera',
        'Ben', 'Carl', 'Emil', 'Finn', 'Hugo', 'Jan', 'Karl', 'Max', 'Otto', 'Paul'],
        u('first', customer))
);
create macro last_name(customer, is_cyrillic) as if(
    is_cyrillic,
    pick(['Белокрылко', 'Ветродуй', 'Громовой', 'Дальнозор', 'Ежевичко', 'Жаворонко', 'Зимородок',
        'Искрин-Лесной', 'Кедрач', 'Лугозем', 'Медозвон', 'Новолист', 'Озерко', 'Перелесок'],
        u('last', customer)),
    pick(['Ahornblatt', 'Birkenhain', 'Dornfeld', 'Eichgrund', 'Falkenau', 'Grauwasser',
        'Hagedornson', 'Immergruen', 'Kieselbach', 'Lindwurmer', 'Moosbrugg', 'Nebelhorner'],
        u('last', customer))
);
create macro full_name(customer, is_cyrillic, is_business) as if(
    is_business,
    if(is_cyrillic, 'ООО «', '') || last_name(customer, is_cyrillic)
        || if(is_cyrillic, '-' || customer || '»', ' ' || customer || ' GmbH'),
    first_name(customer, is_cyrillic) || ' '
        || if(
            is_cyrillic,
            chr(1040 + cast(customer % 9 as integer)) || '.',
            chr(65 + cast(customer % 23 as integer)) || '.'
        ) || ' ' || last_name(customer, is_cyrillic)
);
create macro email_address(customer, version) as
    pick(['post', 'mail', 'hello', 'info', 'me'], u('box', customer)) || '.' || customer
    || if(version > 0, '.' || version, '') || '@'
    || pick(['example.com', 'example.net', 'example.org'], u('domain', customer));
create macro street_address(customer, version, is_cyrillic, area) as
    if(is_cyrillic, 'ул. ', '')
    || if(
        is_cyrillic,
        pick(['Липовая', 'Мостовая', 'Полевая', 'Речная', 'Садовая'],
            u('street', customer + version)),
        pick(['Lindenweg', 'Brueckenstr.', 'Feldgasse', 'Uferweg', 'Gartenallee'],
            u('street', customer + version))
    ) || ' ' || (1 + (customer * 7 + version) % 180)
    || if(u('flat', customer) < 0.03, chr(10), ', ') || (10000 + (customer * 31) % 89999)
    || ' ' || area;
create macro spelled(phone, style) as case cast(style as bigint) % 4
    when 0 then '+7' || phone
    when 1 then '+7 (' || cast(phone as varchar)[1:3] || ') ' || cast(phone as varchar)[4:6]
        || '-' || cast(phone as varchar)[7:8] || '-' || cast(phone as varchar)[9:10]
    when 2 then '8 ' || cast(phone as varchar)[1:3] || ' ' || cast(phone as varchar)[4:6]
        || ' ' || cast(phone as varchar)[7:10]
    else '007' || phone end;
"""

CUSTOMERS = """
    select
        customer_change.known_at,
        customer_change.version_n,
        customer.*,
        area.name as area_name,
    from customer_change
    inner join customer on customer_change.customer_n = customer.customer_n
    inner join area on customer.area_n = area.area_n
"""

PRODUCTS = """
    select
        product_change.*,
        coalesce(addon_id(product_change.addon_n), subscription_id(product_change.subscription_n))
            as product_id,
        offering.offering_id,
        offering.name as offering_name,
        offering.is_addon,
    from product_change
    inner join offering on product_change.offering_n = offering.offering_n
"""

ACCOUNTS = """
    select account_change.known_at, account_change.version_n, customer.*
    from account_change
    inner join customer on account_change.customer_n = customer.customer_n
"""

FEEDS = (
    Feed(
        name="customers",
        system="sim_crm",
        format="csv",
        delimiter=";",
        encoding="cp1251",
        source=CUSTOMERS,
        order="known_at, customer_n",
        columns={
            "KUNDE": "customer_id(customer_n)",
            "PARTEI": "party_id(customer_n)",
            "TYP": "if(is_business, 'O', 'P')",
            "NAME": "full_name(customer_n, is_cyrillic, is_business)",
            "TELEFON": "spelled(phone, customer_n)",
            "EMAIL": "email_address(customer_n, version_n)",
            "ADRESSE": "street_address(customer_n, version_n, is_cyrillic, area_name)",
            "DOKUMENT": "if(is_business, null, 'DN ' || padded(customer_n * 7919 % 99999989, 8))",
            "GEBURTSJAHR": "2025 - age",
            "SEGMENT": "if(is_business, 'B', 'P')",
            "STATUS": "'aktiv'",
            "ALTER": "case when age is null then '-' when age < 25 then '18-24' "
            "when age < 35 then '25-34' when age < 50 then '35-49' "
            "when age < 65 then '50-64' else '65+' end",
            "SPRACHE": "if(is_cyrillic, 'ru', 'de')",
            "GEBIET": "location_id(area_n)",
            "TEST": "if(is_internal, 'J', 'N')",
            "KUNDE_SEIT": "strftime(since, '%d.%m.%Y')",
            "BONITAET": "comma(round(1 / (1 + payment_risk), 2))",
            "ERFASST": "german(known_at)",
        },
        entities={"party": "1", "customer": "1"},
        identifiers={
            "name": "full_name(customer_n, is_cyrillic, is_business)",
            "phone": "spelled(phone, customer_n)",
            "email": "email_address(customer_n, version_n)",
            "address": "street_address(customer_n, version_n, is_cyrillic, area_name)",
            "document": "if(is_business, null, 'DN ' || padded(customer_n * 7919 % 99999989, 8))",
        },
        buffer="customer_change",
        dirt=(
            Dirt("missing_id", "quarantined", 0, 0.11, {"KUNDE": "''"}),
            Dirt("bad_date", "quarantined", 0, 0.42, {"KUNDE_SEIT": "'31.02.2021'"}),
            Dirt("unknown_code", "quarantined", 0, 0.77, {"TEST": "'?'"}),
            Dirt("column_count", "quarantined", 0, 0.63, fields="fields[1:9]"),
            Dirt("exact_duplicate", "deduplicated", 0, 0.35),
            Dirt("bad_number", "quarantined", 2, 0.30, {"GEBURTSJAHR": "'neunzehn'"}),
        ),
    ),
    Feed(
        name="products",
        system="sim_subscriptions",
        format="ndjson",
        source=PRODUCTS,
        order="known_at, subscription_n, addon_n nulls first, status",
        columns={
            "line": """to_json({
                'id': product_id,
                '@type': 'Product',
                'name': offering_name,
                'status': status,
                'statusReason': exit_cause,
                'productOffering': {'id': offering_id, 'name': offering_name},
                'orderDate': iso(ordered_at),
                'startDate': iso(started_at),
                'terminationDate': iso(ended_at),
                'relatedParty': [{'id': customer_id(customer_n), 'role': 'customer',
                    '@referredType': 'Customer'}],
                'billingAccount': [{'id': account_id(customer_n)}],
                'productRelationship': if(addon_n is null, [], [{
                    'relationshipType': 'isAddOnOf',
                    'product': {'id': subscription_id(subscription_n)}}]),
                'productPrice': [{'priceType': 'recurring', 'recurringChargePeriod': 'month',
                    'price': {'taxIncludedAmount': {'unit': 'EUR',
                        'value': round(monthly_charge * 1.2, 2)},
                        'dutyFreeAmount': {'unit': 'EUR', 'value': monthly_charge}}}],
                'productTerm': [{'name': contract_type,
                    'validFor': {'endDateTime': iso(contract_ends_at)}}],
                'productCharacteristic': [
                    {'name': 'payment', 'value': if(is_prepaid, 'prepaid', 'postpaid')},
                    {'name': 'msisdn', 'value': if(addon_n is null, '+7' || phone, null)}],
                'place': [{'id': location_id(area_n), 'role': 'installation'}],
                'realizingService': if(service_n is null, [], [{
                    'id': service_id(service_n),
                    'validFor': {'startDateTime': iso(started_at), 'endDateTime': iso(ended_at)}}]),
                'lastUpdate': iso(known_at)
            })"""
        },
        entities={"product": "1", "product_service": "if(service_n is null, 0, 1)"},
        identifiers={"phone": "if(addon_n is null, '+7' || phone, null)"},
        buffer="product_change",
        dirt=(
            Dirt("malformed_json", "quarantined", 0, 0.20, line="left(line, len(line) - 25)"),
            Dirt(
                "missing_id", "quarantined", 0, 0.55, line="json_merge_patch(line, '{\"id\":null}')"
            ),
            Dirt(
                "unknown_code",
                "quarantined",
                1,
                0.40,
                line='json_merge_patch(line, \'{"status":"sleeping"}\')',
            ),
            Dirt(
                "bad_date",
                "quarantined",
                2,
                0.60,
                line='json_merge_patch(line, \'{"startDate":"2025-13-40T00:00:00Z"}\')',
            ),
            Dirt("exact_duplicate", "deduplicated", 1, 0.80),
        ),
    ),
    Feed(
        name="accounts",
        system="sim_billing",
        format="parquet",
        source=ACCOUNTS,
        order="known_at, customer_n",
        columns={
            "account_no": "account_id(customer_n)",
            "customer_no": "customer_id(customer_n)",
            "pay_type": "case payment_method when 'direct_debit' then 'DD' when 'card' then 'CC' "
            "when 'transfer' then 'BT' else 'CA' end",
            "e_bill": "is_paperless",
            "currency": "'EUR'",
            "state": "'open'",
            "contact_phone": "spelled(phone, customer_n + 1)",
            "contact_email": "upper(email_address(customer_n, version_n)[1:1])"
            " || email_address(customer_n, version_n)[2:]",
            "opened_on": "strftime(since, '%Y-%m-%d %H:%M:%S')",
            "recorded_at": "known_at",
        },
        entities={"billing_account": "1"},
        identifiers={
            "phone": "spelled(phone, customer_n + 1)",
            "email": "upper(email_address(customer_n, version_n)[1:1])"
            " || email_address(customer_n, version_n)[2:]",
        },
        buffer="account_change",
        dirt=(
            Dirt("missing_id", "quarantined", 0, 0.30, {"account_no": "null"}),
            Dirt("bad_date", "quarantined", 0, 0.75, {"opened_on": "'2020-00-17 10:00:00'"}),
            Dirt("exact_duplicate", "deduplicated", 0, 0.50),
        ),
    ),
    Feed(
        name="offerings",
        system="sim_catalog",
        format="xlsx",
        source="""
            select
                offering.*,
                cast(if(sold_from_month = 0, window_from(), month_from()) as timestamp)
                    + interval 0 hour as known_at,
            from offering
            where sold_from_month = 0 or sold_from_month = month_n()
        """,
        order="offering_n",
        kinds={"Price": "number", "Data GB": "number", "Term": "number", "On sale from": "time"},
        columns={
            "Code": "offering_id",
            "Offering": "name",
            "Family": "family",
            "Kind": "if(is_addon, 'add-on', 'subscription')",
            "Price": "price",
            "Currency": "'EUR'",
            "Data GB": "gigabytes",
            "Term": "term_months",
            "State": "'launched'",
            "On sale from": "if(sold_from_month = 0, timestamp '2023-01-01', month_from())",
        },
        entities={"product_offering": "1"},
        dirt=(
            Dirt("bad_number", "quarantined", 0, 0.40, {"Price": "'on request'"}),
            Dirt("missing_id", "quarantined", 0, 0.70, {"Code": "''"}),
        ),
    ),
    Feed(
        name="teams",
        system="sim_crm",
        format="csv",
        delimiter=";",
        source="select *, window_from() as known_at from team",
        order="team_id",
        columns={
            "TEAM": "team_id",
            "NAME": "name",
            "BEREICH": "if(office = 'front', 'F', 'B')",
            "AUFGABE": "function",
            "ERFASST": "german(known_at)",
        },
        entities={"agent_team": "1"},
    ),
)
