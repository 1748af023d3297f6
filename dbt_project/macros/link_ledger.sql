{#
    The edges of the model that are held in the link ledger (M48): per edge the column of the row
    that should say where it belongs, the column of the thing it belongs to, whether rows have a
    date, and which column would tell apart what fits several.
#}
{% macro link_edges() %}
    {{ return({
        'alarm→resource': {
            'key': 'alarm.resource_id', 'partner': 'resource.resource_id',
            'surer': 'alarm.resource_id',
        },
        'problem→resource': {
            'key': 'service_problem.root_cause_resource_id', 'partner': 'resource.resource_id',
            'surer': 'service_problem.root_cause_resource_id',
        },
        'resource→service': {
            'key': 'service_resource.service_id', 'partner': 'resource.resource_id',
            'surer': 'service_resource.resource_id',
        },
        'service→subscription': {
            'key': 'product_service.service_id', 'partner': 'product.product_id',
            'surer': 'product_service.product_id',
        },
        'ticket→service': {
            'key': 'trouble_ticket.service_id', 'partner': 'service.service_id',
            'surer': 'trouble_ticket.service_id',
        },
        'ticket→subscription': {
            'key': 'trouble_ticket.product_id', 'partner': 'product.product_id',
            'surer': 'trouble_ticket.product_id',
        },
        'contact→customer': {
            'key': 'interaction.customer_id', 'partner': 'customer.customer_id',
            'surer': 'interaction.product_id',
        },
        'notice→customer': {
            'key': 'communication_message.customer_id', 'partner': 'customer.customer_id',
            'surer': 'communication_message.product_id',
        },
        'order→service': {
            'key': 'service_order.service_id', 'partner': 'service.service_id',
            'surer': 'service_order.service_id',
        },
        'port→subscription': {
            'key': 'number_port.product_id', 'partner': 'product.product_id',
            'surer': 'number_port.product_id',
        },
        'bill→customer': {
            'key': 'customer_bill.account_id', 'partner': 'billing_account.account_id',
            'surer': 'customer_bill.account_id',
        },
        'credit→problem': {
            'key': 'adjustment.problem_id', 'partner': 'service_problem.problem_id',
            'surer': 'adjustment.problem_id',
        },
    }) }}
{% endmacro %}

{# A key without what systems write differently: case, separators, leading zeros. #}
{% macro bare_key(column) -%}
    regexp_replace(
        regexp_replace(lower({{ column }}), '[^\p{L}\p{N}]', '', 'g'), '(^|\p{L})0+', '\1', 'g'
    )
{%- endmacro %}
